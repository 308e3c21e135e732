"""``in_segment``: the contact is in another segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamseg.core.conditions.base import Answer, Condition, Frame, Registry
from streamseg.core.contact import SLOTS
from streamseg.core.effects import Bar, Effect
from streamseg.core.features.base import FOREVER

if TYPE_CHECKING:
    from streamseg.core.segments import Segment


class InSegment(Condition):
    """The contact is in the segment ``name``, on any rung: under the same key where both have the
    same ``per``, else under any.

    Its truth is that segment's membership, which is decided before this one at every instant, so
    time changes it only with that one.
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
        return self._inside(frame), FOREVER

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
