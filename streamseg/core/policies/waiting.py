"""What a policy has a contact remember: triggers that wait, and what of them is to be told."""

from __future__ import annotations

from typing import Final

import msgspec

# What an `Untold` is.
DEFERRED: Final = 0
RELEASED: Final = 1
ENDED: Final = 2


class Waiting(msgspec.Struct, array_like=True, gc=False):
    """A trigger that waits: a candidate that no stage has held back, and not released yet.

    ``entered_at`` is T. ``target`` is that of `send_at`, chosen at T. Its gates are asked by time
    at ``due``, and not before ``floor`` (None: at any instant). ``closed`` has the gates that were
    closed, each with when it was last foreseen to open (None: never). ``is_deferred``: that it
    waits was decided to be told. ``shown``: the interest that it is for. ``event``: the one that
    brought it, as JSON.
    """

    segment: int
    key: str | None
    rung: int
    entered_at: int
    anchor: int | str
    due: int
    floor: int | None = None
    target: int | None = None
    is_asked: bool = False
    is_deferred: bool = False
    closed: dict[str, int | None] = {}
    shown: int | None = None
    event: str | None = None


class Untold(msgspec.Struct, array_like=True, gc=False):
    """What was decided of a trigger at the instant ``at``, and is to be told ``lateness`` later.

    ``kind``: that it is deferred, released, or ended for a ``reason`` (``by``: the gate that was
    closed). ``until``: when a deferred one is foreseen to be released. ``content``: as JSON, empty
    where there is none.
    """

    at: int
    kind: int
    trigger: Waiting
    content: str = ""
    reason: str | None = None
    by: str | None = None
    until: int | None = None
    variant: str | None = None


def is_same(one: Waiting, other: Waiting) -> bool:
    """Whether two are of one candidate."""
    return (one.segment, one.key, one.rung, one.entered_at, one.anchor) == (
        other.segment,
        other.key,
        other.rung,
        other.entered_at,
        other.anchor,
    )


def is_of_rung(one: Waiting, other: Waiting) -> bool:
    """Whether two are of the same rung of the same segment and key."""
    return (one.segment, one.key, one.rung) == (other.segment, other.key, other.rung)


def is_below(one: Waiting, other: Waiting) -> bool:
    """Whether a trigger is of an earlier rung than another of the same segment and key."""
    return (one.segment, one.key) == (other.segment, other.key) and one.rung < other.rung
