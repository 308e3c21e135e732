"""All that is known of a contact, as it stands in JSON; `privacy` compiles it."""

from __future__ import annotations

from typing import Any

import msgspec

from streamseg.explain.answers import ContactAnswer


class Erasure(msgspec.Struct):
    """When a contact was erased, and the event that asked for it."""

    erased_at: str
    request: str
    removed: dict[str, int]


class RecordOf(msgspec.Struct):
    """A record that names the contact, in ``parts``. What is no JSON is text, or hexadecimal.

    Of those of our own state only the place is told: ``state`` has what they hold.
    """

    place: str
    at: str
    parts: list[str]
    key: Any = None
    value: Any = None
    headers: dict[str, Any] = {}


class Fired(msgspec.Struct, frozen=True):
    """The last firing of a segment's rung, for a key where there is one: when its episode was
    entered, the anchor, and how many fired ever.
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
    """What one feature remembers, with names and instants that a person can read, and the segments
    that need it.
    """

    what: str
    needed_by: list[str]
    key: str | None
    value: Any


class Dossier(msgspec.Struct):
    """What is known of a contact. ``state`` is by feature, segment and rung, as in an export of
    all; ``more_states`` are those of other partitions, where keys may lie in any.

    ``now``, ``in_words``, ``fired`` and ``waits`` say the same by the rules, where they are given;
    ``arms`` are those of segments with a control group or a split, which are drawn anew and not
    kept.
    """

    contact: str
    exported_at: str
    led_to_by: list[str]
    leads_to: str | None
    erased: Erasure | None
    state: dict[str, Any] | None
    more_states: list[dict[str, Any]]
    now: ContactAnswer | None
    in_words: list[InWords]
    fired: list[Fired]
    waits: list[Waits]
    arms: dict[str, str]
    records: list[RecordOf]
