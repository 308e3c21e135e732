"""``in_segment``: the contact is in another segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamseg.core.conditions.base import (
    ALWAYS,
    NEVER,
    NO_SINCE,
    UNKNOWN,
    Answer,
    Condition,
    Frame,
    Registry,
)
from streamseg.core.contact import FEATURES, SLOTS, Contact
from streamseg.core.effects import Bar, Effect
from streamseg.core.features.base import States

if TYPE_CHECKING:
    from streamseg.core.segments import Segment

NO_STATES: Final[States] = {}


class InSegment(Condition):
    """The contact is in the segment ``name``, on any rung: under the same key where both have the
    same ``per``, else under any.

    Its truth is that segment's membership, which is decided before this one at every instant, so
    time changes it only with that one. Where it is not known whether that segment holds, this is
    not either.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._target: Segment | None = None
        self._same_key = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        contact.refer(self)

    def link(self, target: Segment, per: str | None) -> None:
        """Say which segment the name is of; ``per`` is the field of the asking segment's key."""
        self._target = target
        self._same_key = target.per is not None and target.per == per

    def effects(self) -> list[Effect]:
        return []

    def bars(self) -> list[Bar]:
        target = self._target
        return [Bar(asked=self.name)] if target is not None and target.per is None else []

    def at(self, frame: Frame, instant: int) -> Answer:
        if self._inside(frame):
            return ALWAYS
        owner = frame.owner
        assert owner is not None
        has_gaps = owner.since or owner.key_since
        return self._unless_known(frame, owner, instant) if has_gaps else NEVER

    def _unless_known(self, frame: Frame, owner: Contact, instant: int) -> Answer:
        """The answer for who is not in the segment, but of whom not all is known."""
        target = self._target
        assert target is not None
        key_since = owner.key_since.get(target.table, NO_SINCE)
        if target.per is None:
            return _unknown(target, Frame(owner.features, NO_STATES, owner), instant)
        if key_since and (not self._same_key or frame.key not in owner.keyed.get(target.table, ())):
            return UNKNOWN  # there may have been keys that are not known
        for key in [frame.key] if self._same_key else list(owner.keyed.get(target.table, ())):
            state = owner.key(target.table, key or "")
            if state is not None:
                seen = Frame(owner.features, state[FEATURES], owner)
                seen.key, seen.key_since = key, key_since
                seen.facts = frame.facts if self._same_key else None
                answer = _unknown(target, seen, instant)
                if answer[0] is None:
                    return answer
        return NEVER

    def _inside(self, frame: Frame) -> bool:
        target = self._target
        owner = frame.owner
        assert target is not None
        assert owner is not None
        if target.per is None:
            return target.holds_in(owner.slots)
        keys = [frame.key] if self._same_key else list(owner.keyed.get(target.table, ()))
        for key in keys:
            state = owner.key(target.table, key or "")
            if state is not None and target.holds_in(state[SLOTS]):
                return True
        return False

    def why(self, frame: Frame, instant: int) -> list[str]:
        return [f"in segment {self.name}" if self._inside(frame) else f"not in {self.name}"]


def _unknown(target: Segment, frame: Frame, instant: int) -> Answer:
    """Whether it is unknown that somebody is in a segment; they are out."""
    assert frame.owner is not None
    frame.owner.unfold(target.places)
    frame.since = frame.owner.since
    answers = [rung.condition.at(frame, instant) for rung in target.rungs]
    changes = [change for truth, change in answers if truth is None]
    return (None, min(changes)) if changes else NEVER
