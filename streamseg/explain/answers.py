"""The answers about a contact, as JSON.

Instants are RFC 3339 in UTC with three decimals; truth is `true`, `false` or `unknown`. They hold
figures that conditions compare, and never raw events.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Truth = Literal["true", "false", "unknown"]


class Change(msgspec.Struct, frozen=True):
    """The next change that time alone brings, if no event comes: its instant, and the truth from
    then on.

    If `to` is null, nothing changes before the instant, and more is not known.
    """

    at: str
    to: Truth | None


class PartAnswer(msgspec.Struct):
    """A condition, which may be made of `parts`.

    `saw` has the figures that it compared; one whose name ends in `_at_least` may be larger. It
    began to be so at `since`; null where what is remembered does not tell. What it asks about is
    remembered from `known_from` on; null means from the beginning.
    """

    part: str
    asks: str
    truth: Truth
    saw: dict[str, Any]
    since: str | None
    next: Change | None
    known_from: str | None
    parts: list[PartAnswer] = []


class RungAnswer(msgspec.Struct):
    """A rung of a segment; `rung` is null if the segment has only one. `inside` says whether the
    contact is on it, `entered_at` since when, and `cause` what caused the entry: `event`, `time`,
    `rules_changed`, `model`, `table` or `merged`; null if an earlier version did not note it.
    """

    rung: str | None
    truth: Truth
    inside: bool
    entered_at: str | None
    next: Change | None
    cause: str | None = None


class Hold(msgspec.Struct, frozen=True):
    """What would hold a trigger back now: `cooldown`, `limit` or a policy, and until when, if
    known.
    """

    by: str
    until: str | None
    detail: str


class LimitAnswer(msgspec.Struct, frozen=True):
    """How often a trigger may ever fire (`of`), and how often it has fired."""

    of: int
    used: int


class TriggerAnswer(msgspec.Struct):
    """The last firing of the segment's triggers and their number, over all rungs; and what would
    hold back the next trigger of the shown rung.

    `rung` and `id` are those of the last firing. `id` is null if only its record, among `links`,
    could show it, since after a merge the state does not have the id that the trigger was told for.
    `told_at` is when a trigger will be told that is decided and waits for late events.
    """

    fired_at: str | None
    fired: int
    cooldown_until: str | None
    limit: LimitAnswer | None
    told_at: str | None
    would_hold: str | None
    holds: list[Hold]
    rung: str | None = None
    id: str | None = None


class HeldBack(msgspec.Struct, frozen=True):
    """A trigger that was held back: the time of the decision, the reason, the rung, and the place
    of the record.
    """

    at: str
    reason: str
    rung: str | None
    place: str


class StateAnswer(msgspec.Struct):
    """The state that the answer is from: its logical time, the number of records not yet applied,
    and the input offsets.
    """

    now: str
    lag: int | None
    offsets: dict[str, int]
    partition: int | None = None


class WhyAnswer(msgspec.Struct):
    """Whether a contact is in a segment, and why or why not.

    `entered_at`, `anchor` and `cause` belong to the first rung that the contact is on. `rung` is
    the rung of `tree` and of `holds`: in a ladder, the first rung that does not hold, or the last;
    otherwise the last rung that holds, or the one that will hold next. `on` is the event type of an
    instant rule, which fires if `tree` is true after the event and has no members. `history_from`
    is the time of the oldest record that was replayed, in an answer about the past. `links` are
    places of records, as `topic-partition@offset`, and `last_held` is the last trigger among them
    that was held back; `complete` says whether these are all. `merged_ids` are the ids that were
    merged into the contact.
    """

    contact: str
    segment: str
    key: str | None
    at: str
    generation: int | None
    truth: Truth
    entered_at: str | None
    anchor: str | None
    rung: str | None
    rungs: list[RungAnswer]
    tree: PartAnswer
    trigger: TriggerAnswer | None
    links: list[str]
    complete: bool
    state: StateAnswer
    history_from: str | None = None
    merged_into: str | None = None
    notes: list[str] = []
    on: str | None = None
    cause: str | None = None
    last_held: HeldBack | None = None
    merged_ids: list[str] = []


class Stay(msgspec.Struct, frozen=True):
    """A segment that a contact is in, on one rung and for one key."""

    segment: str
    rung: str | None
    key: str | None
    entered_at: str
    anchor: str


class Due(msgspec.Struct, frozen=True):
    """The next instant at which time alone may change a segment, and the segments."""

    at: str
    segments: list[str]


class Remembered(msgspec.Struct, frozen=True):
    """What one feature remembers, in words and as stored; `key` if it belongs to a key."""

    what: str
    key: str | None
    value: Any


class ContactAnswer(msgspec.Struct):
    """The state of a contact. `raw` is there on request only. `history_from` is the time of the
    oldest record that was replayed, in an answer about the past, if older ones are gone.
    """

    contact: str
    at: str
    generation: int | None
    decided_at: str
    segments: list[Stay]
    next: Due | None
    attributes: dict[str, Any]
    cart: dict[str, Any] | None
    state: StateAnswer
    raw: list[Remembered] | None = None
    merged_into: str | None = None
    notes: list[str] = []
    history_from: str | None = None
