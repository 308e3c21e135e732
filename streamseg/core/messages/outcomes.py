"""Outcomes: the messages of the engine, and what one batch hands to the host."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.counting.figures import News
from streamseg.core.identity.graves import Grave
from streamseg.core.rule_metrics import RuleMetrics

FIRED: Final = "trigger.fired"
CANCELLED: Final = "trigger.cancelled"
SUPPRESSED: Final = "trigger.suppressed"
DEFERRED: Final = "trigger.deferred"
ENTERED: Final = "segment.entered"
EXITED: Final = "segment.exited"
MERGED: Final = "contact.merged"
MERGE_REFUSED: Final = "contact.merge_refused"
ERASED: Final = "contact.erased"
RAISED: Final = "alert.raised"
CLEARED: Final = "alert.cleared"
BLIND: Final = "alert.blind"

# The gates of a policy, in the order in which they are asked; each is a reason to wait.
GATES: Final = ("paused", "snooze", "send_at", "quiet_hours", "cap")
# Why a trigger is held back.
REASONS: Final = (
    *("cooldown", "limit", "stale", "left", "forgotten", "merged"),
    # By a policy.
    *("consent", "control", *GATES, "expired", "superseded", "crowded", "rules_changed"),
)


class Outcome(msgspec.Struct, gc=False):
    """One message about one contact and one segment.

    Times are instants; ``anchor`` is an instant or a text. ``cause`` is what made a contact enter
    or exit: ``event``, ``time``, ``rules_changed``, ``model``, ``table``, ``consent``,
    ``forgotten``, ``merged``, ``erased`` or ``objected``. ``source`` is the other contact of a
    merge: whose stay or trigger it was before.
    """

    type: str
    segment: str
    contact: str
    key: str | None
    rung: str | None
    entered_at: int
    emitted_at: int
    anchor: int | str
    rule: str
    context: dict[str, Any]
    why: list[str]
    reason: str | None = None
    cause: str | None = None
    exited_at: int | None = None
    # What a policy adds.
    released_at: int | None = None
    deferred: list[tuple[str, int | None]] | None = None
    allowed: list[str] | None = None
    variant: str | None = None
    by: str | None = None
    until: int | None = None
    source: str | None = None

    @property
    def stream(self) -> str:
        """The topic's short name: triggers, decisions or membership."""
        return _STREAMS[self.type]


_STREAMS: Final = {
    FIRED: "triggers",
    CANCELLED: "triggers",
    SUPPRESSED: "decisions",
    DEFERRED: "decisions",
    ENTERED: "membership",
    EXITED: "membership",
}


class ContactNews(msgspec.Struct, gc=False):
    """A message about a contact itself, by an event of the time ``at``: ``source`` was merged into
    it, or the merge was refused, or it was erased.

    ``stays``: the source's stays at that time, each as segment, key, rung and since when.
    ``mixed``: the segments that had the two in different arms.
    """

    type: str
    stream: str
    contact: str
    at: int
    emitted_at: int
    source: str | None = None
    stays: list[list[Any]] = []
    mixed: list[str] = []


class AlertNews(msgspec.Struct, gc=False):
    """An alert was raised or cleared as of the minute ``at``, with the counted ``value`` and the
    bound that it passed; both are None where the rules no longer have the alert.

    Of the type ``BLIND`` (without a name): no alert could be decided for long, as the
    ``partitions`` have not come to the minute.
    """

    type: str
    at: int
    name: str | None = None
    segment: str | None = None
    value: int | None = None
    limit: Decimal | None = None
    partitions: list[int] | None = None

    stream = "alerts"


class ProductChange(msgspec.Struct, gc=False, frozen=True):
    """A product's facts after an event changed some of them; None where never told.

    ``time`` is that of the event, ``stock_time`` and ``price_time`` are the instants at which stock
    and price became what they are. ``price_before`` is the price before this one; ``currency`` and
    ``currency_before`` are those of the two. ``version`` counts the changes of a product, from 1.
    ``arrival`` is when the event arrived, None where nothing is known of it.
    """

    product: str
    time: int
    version: int = 0
    stock: Any = None
    stock_time: int | None = None
    price: Any = None
    price_time: int | None = None
    price_before: Any = None
    category: str | None = None
    brand: str | None = None
    name: str | None = None
    currency: str | None = None
    currency_before: str | None = None
    arrival: int | None = None

    stream = "signals"

    @property
    def reaches(self) -> int:
        """The instant up to which it advances the time of a partition: its own time, but never
        beyond its arrival.
        """
        return self.time if self.arrival is None else min(self.time, self.arrival)


class Batch(msgspec.Struct):
    """The result of one batch: messages in order, and changelog records.

    - ``outgrown``: contacts that were shrunk, and how many things each forgot
    - ``duplicates``: how many events had come before, and changed nothing
    - ``rule_metrics``: figures about the events, for metrics
    - ``news``: what was counted
    - ``erased``: how many events of erased contacts were dropped
    - ``buried``: the graves of the batch, by the hash of the contact's id
    """

    outcomes: list[Any]
    changes: list[tuple[bytes, bytes | None]]
    outgrown: list[tuple[str, int]] = []
    duplicates: int = 0
    rule_metrics: RuleMetrics | None = None
    news: News | None = None
    erased: int = 0
    buried: list[tuple[str, Grave]] = []
