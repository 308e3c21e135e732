"""The messages of the engine, in their order: triggers, decisions and changes of membership."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streamseg.core.contacts.membership import Membership
from streamseg.core.contacts.slots import Release
from streamseg.core.messages.content import NOTHING, Content
from streamseg.core.messages.outcomes import CANCELLED, ENTERED, EXITED, FIRED, SUPPRESSED, Outcome
from streamseg.core.messages.pending import (
    DUE,
    ENTRY_ANCHOR,
    STAY_ENTERED_AT,
    Item,
    cause_of,
    is_entry,
)

if TYPE_CHECKING:
    from streamseg.core.counting.counts import Counts

SortKey = tuple[bool, int, bytes, int, str, int]
_UNDONE: Final[Content] = {"context": {}, "why": ["an event that arrived late undid it"]}


class Message:
    """A message that is not told yet: its ``order`` among others, and the ``outcome``.

    The other fields are the outcome's, for the counters: to ask the struct for them takes 1,000
    instructions. ``place`` is that of the segment in the file. ``has_policy``: a policy, maybe one
    of former rules, may have told the outcome when it was released, and as which variant.
    """

    __slots__ = (
        "contact",
        "entered_at",
        "has_policy",
        "kind",
        "order",
        "outcome",
        "place",
        "segment",
    )

    def __init__(
        self,
        order: SortKey,
        outcome: Outcome,
        kind: str,
        segment: str,
        contact: str,
        entered_at: int,
        has_policy: bool,
    ) -> None:
        self.order = order
        self.place = order[3]
        self.outcome = outcome
        self.kind = kind
        self.segment = segment
        self.contact = contact
        self.entered_at = entered_at
        self.has_policy = has_policy


class Emission:
    """Messages since the last ``drain``.

    - ``now``: the instant at which they are emitted
    - ``catches_up``: product changes from before ``now`` are being delivered. What time causes in
      between stays pending, as the next change may end it
    - ``counts``: counts the messages, where anything is counted
    """

    def __init__(self) -> None:
        self.now = 0
        self.catches_up = False
        self.counts: Counts | None = None
        self.queue: list[Message] = []

    def is_due(self, at: int) -> bool:
        """Whether what time causes, and is to be told at an instant, is told now."""
        return at <= self.now and not self.catches_up

    def drain(self, into: list[Any]) -> None:
        """Move the messages to a list: cancellations first, then by instant, contact, segment,
        key and rung.
        """
        queue = self.queue
        if not queue:
            return
        if len(queue) > 1:
            queue.sort(key=_sort_key)
        if self.counts is not None:
            self.counts.triggers.tell(queue)
        into.extend([message.outcome for message in queue])
        self.queue = []

    def fired(
        self, membership: Membership, entered_at: int, anchor: int | str, content: Content
    ) -> None:
        """Queue a trigger."""
        self.put(membership, entered_at, FIRED, entered_at, anchor, content, has_policy=False)

    def suppressed(
        self,
        membership: Membership,
        entered_at: int,
        anchor: int | str,
        content: Content,
        reason: str,
        source: str | None = None,
    ) -> None:
        """Queue a trigger that is held back; ``source``: see `Outcome`."""
        outcome = self.put(membership, entered_at, SUPPRESSED, entered_at, anchor, content)
        outcome.reason = reason
        outcome.source = source

    def cancelled(
        self,
        membership: Membership,
        entered_at: int,
        anchor: int | str,
        instant: int,
        release: Release | None = None,
    ) -> None:
        """Queue the cancellation of a trigger; ``release`` is what its message said of a policy."""
        outcome = self.put(membership, instant, CANCELLED, entered_at, anchor, _UNDONE)
        if release is not None:
            outcome.released_at, outcome.deferred, outcome.allowed, outcome.variant = release

    def entered(
        self, membership: Membership, entered_at: int, anchor: int | str, cause: str
    ) -> None:
        """Queue an entry."""
        outcome = self.put(membership, entered_at, ENTERED, entered_at, anchor, NOTHING)
        outcome.cause = cause

    def exited(
        self,
        membership: Membership,
        entered_at: int,
        anchor: int | str,
        instant: int,
        cause: str,
        source: str | None = None,
    ) -> None:
        """Queue an exit at an instant; ``source``: see `Outcome`."""
        outcome = self.put(membership, instant, EXITED, entered_at, anchor, NOTHING)
        outcome.exited_at = instant
        outcome.cause = cause
        outcome.source = source

    def membership_record(self, item: Item, membership: Membership) -> None:
        """Queue a pending membership record, of an entry or an exit."""
        if not membership.segment.reports_membership:
            return
        if is_entry(item):
            self.entered(membership, item[DUE], item[ENTRY_ANCHOR], "time")
        else:
            cause, entered_at = cause_of(item), item[STAY_ENTERED_AT]
            self.exited(membership, entered_at, item[ENTRY_ANCHOR], item[DUE], cause)

    def put(
        self,
        membership: Membership,
        instant: int,
        kind: str,
        entered_at: int,
        anchor: int | str,
        content: Content,
        has_policy: bool = True,
    ) -> Outcome:
        """Queue a message of an instant; the caller sets its further fields. ``has_policy``: see
        `Message`.
        """
        segment = membership.segment.told_as
        contact = membership.contact.id
        outcome = Outcome(
            type=kind,
            segment=segment.name,
            contact=contact,
            key=membership.key,
            rung=segment.labels[membership.rung],
            entered_at=entered_at,
            emitted_at=self.now,
            anchor=anchor,
            rule=segment.version,
            context=content["context"],
            why=content["why"],
        )
        order = (
            kind != CANCELLED,
            instant,
            membership.contact.raw,
            segment.index,
            membership.key or "",
            membership.rung,
        )
        self.queue.append(
            Message(order, outcome, kind, segment.name, contact, entered_at, has_policy)
        )
        return outcome


def _sort_key(message: Message) -> SortKey:
    return message.order
