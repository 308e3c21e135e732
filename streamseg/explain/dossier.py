"""All that is known of a contact, as JSON; `privacy` compiles it."""

from __future__ import annotations

from typing import Any

import msgspec

from streamseg.explain.answers import ContactAnswer


class Erasure(msgspec.Struct):
    """When a contact was erased, and the event that asked for the erasure."""

    erased_at: str
    request: str
    removed: dict[str, int]


class Proof(msgspec.Struct):
    """The proof of an erasure of an id, as `streamseg.erasures` has it last.

    ``verified_at``: when nobody of that name was in any topic any more; null until that was seen.
    """

    contact: str
    erased: str
    erased_at: str
    request: str
    removed: dict[str, int]
    asked: int
    answered: int
    remains: list[dict[str, Any]]
    verified_at: str | None


class RecordOf(msgspec.Struct):
    """A record that names the contact, in ``parts``. Parts that are no JSON are text or
    hexadecimal.

    For records of Streamseg's own state, only the place is given: ``state`` has their content.
    """

    place: str
    at: str
    parts: list[str]
    key: Any = None
    value: Any = None
    headers: dict[str, Any] = {}


class Fired(msgspec.Struct, frozen=True):
    """The last firing of a segment's rung, for a key if there is one: when its episode was entered,
    the anchor, and the number of firings ever.
    """

    segment: str
    rung: str | None
    key: str | None
    entered_at: str
    anchor: str | None
    fired: int


class Waits(msgspec.Struct, frozen=True):
    """A trigger that waits to be told: since when, and for which gates, each with when it is
    expected to open (null: not known).
    """

    segment: str
    rung: str | None
    key: str | None
    entered_at: str
    anchor: str | None
    closed: dict[str, str | None]


class InWords(msgspec.Struct):
    """What one feature remembers, in readable names and instants, and the segments that need it."""

    what: str
    needed_by: list[str]
    key: str | None
    value: Any


class Dossier(msgspec.Struct):
    """What is known of a contact. ``state`` is by feature, segment and rung, as in a state export;
    ``more_states`` are states in other partitions, if keys may be in any partition.

    ``now``, ``in_words``, ``fired`` and ``waits`` describe the state by the rules, if these are
    given; ``arms`` are the contact's arms in segments with a control group or a split, which are
    not stored but drawn again.

    If the id that was asked for was merged into another one, it is about that one: ``merged_into``.
    ``proofs`` are those of erasures of any of these ids under the present key, the latest last.
    """

    contact: str
    exported_at: str
    led_to_by: list[str]
    merged_into: str | None
    erased: Erasure | None
    proofs: list[Proof]
    state: dict[str, Any] | None
    more_states: list[dict[str, Any]]
    now: ContactAnswer | None
    in_words: list[InWords]
    fired: list[Fired]
    waits: list[Waits]
    arms: dict[str, str]
    records: list[RecordOf]
