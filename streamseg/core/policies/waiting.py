"""What a contact keeps for policies: triggers that wait, and decisions that are not told yet."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.contacts.at_rest import DecisionAtRest, WaitingAtRest

# What a `Decision` is.
DEFERRED: Final = 0
RELEASED: Final = 1
ENDED: Final = 2


class Waiting:
    """A trigger that waits: it was not held back at its own instant, and is not released yet.

    - ``entered_at``: its own instant (T)
    - ``target``: the instant that `send_at` has chosen at T
    - ``due``: when time alone has its gates asked again; ``floor``: the instant before which they
      are not asked (None: there is none)
    - ``closed``: the gates that were closed, each with when it was last expected to open (None:
      never)
    - ``is_asked``: its gates were asked at least once
    - ``is_deferred``: ``trigger.deferred`` was decided for it
    - ``shown``: when the interest was shown that it is for
    - ``event``: the event that caused it, as JSON, where its context needs it
    """

    __slots__ = (
        "anchor",
        "closed",
        "due",
        "entered_at",
        "event",
        "floor",
        "is_asked",
        "is_deferred",
        "key",
        "rung",
        "segment",
        "shown",
        "target",
    )

    def __init__(
        self, segment: int, key: str | None, rung: int, entered_at: int, anchor: int | str, due: int
    ) -> None:
        self.segment = segment
        self.key = key
        self.rung = rung
        self.entered_at = entered_at
        self.anchor = anchor
        self.due = due
        self.floor: int | None = None
        self.target: int | None = None
        self.is_asked = False
        self.is_deferred = False
        self.closed: dict[str, int | None] = {}
        self.shown: int | None = None
        self.event: str | None = None

    def fields(self) -> tuple[Any, ...]:
        """Its fields at rest, in the order of `WaitingAtRest`."""
        return (
            self.segment,
            self.key,
            self.rung,
            self.entered_at,
            self.anchor,
            self.due,
            self.floor,
            self.target,
            self.is_asked,
            self.is_deferred,
            self.closed,
            self.shown,
            self.event,
        )


class Decision:
    """A decision about a trigger at the instant ``at``, to be told ``lateness`` later.

    - ``kind``: DEFERRED, RELEASED, or ENDED for a ``reason``; ``by``: the gate that was closed
    - ``until``: when a deferred trigger is expected to be released
    - ``content``: of the message, as JSON; empty where there is none
    - ``variant``: the arm of a released trigger
    - ``source``: of an end by a merge, whose trigger it was if not the keeper's; that is told at
      once, so it is not kept at rest
    """

    __slots__ = ("at", "by", "content", "kind", "reason", "source", "trigger", "until", "variant")

    def __init__(
        self,
        at: int,
        kind: int,
        trigger: Waiting,
        reason: str | None = None,
        by: str | None = None,
    ) -> None:
        self.at = at
        self.kind = kind
        self.trigger = trigger
        self.content = ""
        self.reason = reason
        self.by = by
        self.until: int | None = None
        self.variant: str | None = None
        self.source: str | None = None

    @property
    def is_release(self) -> bool:
        """Whether a released trigger is to be told. Where its stay has ended since, ``left`` is."""
        return self.kind == RELEASED and self.reason != "left"

    def fields(self) -> tuple[Any, ...]:
        """Its fields at rest, in the order of `DecisionAtRest`."""
        return (
            self.at,
            self.kind,
            self.trigger.fields(),
            self.content,
            self.reason,
            self.by,
            self.until,
            self.variant,
        )


def ask_again_by(waiting: list[Waiting], instant: int) -> None:
    """Have the gates of all triggers that wait asked again at an instant, or as soon after it as
    their floors allow: a released trigger was not told, so a place in a cap may be free.
    """
    for one in waiting:
        one.due = min(one.due, instant if one.floor is None else max(one.floor, instant))


def waiting_of(rest: WaitingAtRest) -> Waiting:
    """The trigger of these fields at rest."""
    trigger = Waiting(rest.segment, rest.key, rest.rung, rest.entered_at, rest.anchor, rest.due)
    trigger.floor = rest.floor
    trigger.target = rest.target
    trigger.is_asked = rest.is_asked
    trigger.is_deferred = rest.is_deferred
    trigger.closed = rest.closed
    trigger.shown = rest.shown
    trigger.event = rest.event
    return trigger


def decision_of(rest: DecisionAtRest) -> Decision:
    """The decision of these fields at rest."""
    decision = Decision(rest.at, rest.kind, waiting_of(rest.trigger), rest.reason, rest.by)
    decision.content = rest.content
    decision.until = rest.until
    decision.variant = rest.variant
    return decision


def is_same(one: Waiting, other: Waiting) -> bool:
    """Whether two are the same candidate."""
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
