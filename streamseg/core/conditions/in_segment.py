"""``in_segment``: the contact is in another segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from streamseg.core.conditions.base import (
    ALL_KEPT,
    ALWAYS,
    NEVER,
    UNKNOWN,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.contacts.contact import FEATURES, SLOTS, Contact
from streamseg.core.segments.dependencies import Dependency
from streamseg.core.segments.preconditions import IS_MEMBER, Precondition

if TYPE_CHECKING:
    from streamseg.core.segments.segment import Segment


class InSegment(Condition):
    """The contact is in the segment ``name``, on any rung: under the same key where both have the
    same ``per``, else under any.

    Its truth is the membership in that segment, which is evaluated before this condition at every
    instant. So time changes it only when that membership changes. It is unknown if the truth of
    that segment is unknown.
    """

    word = "in_segment"

    def __init__(self, name: str) -> None:
        self.name = name
        self._target: Segment | None = None
        self._same_key = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        contact.refer(self)

    def link(self, target: Segment, per: str | None) -> None:
        """Set the segment that is named; ``per`` is that of the segment that asks."""
        self._target = target
        self._same_key = target.per is not None and target.per == per

    def dependencies(self) -> list[Dependency]:
        return []

    def asked_segments(self) -> list[Segment]:
        return [] if self._target is None else [self._target]

    def preconditions(self) -> list[Precondition]:
        target = self._target
        if target is None or target.per is not None:
            return []
        return [Precondition(IS_MEMBER, 0, target.bit)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        if self._inside(ctx):
            return ALWAYS
        contact = ctx.contact
        assert contact is not None
        has_gaps = contact.kept_since or contact.key_kept_since
        return self._out_or_unknown(ctx, contact, instant) if has_gaps else NEVER

    def _out_or_unknown(self, ctx: EvalContext, contact: Contact, instant: int) -> Answer:
        """The answer for a contact that is out of the segment, but has features that are not
        remembered from the beginning, so that it might belong in.
        """
        target = self._target
        assert target is not None
        key_since = contact.key_kept_since.get(target.key_group, ALL_KEPT)
        if target.per is None:
            return _answer_for_outsider(target, EvalContext().look_at(contact), instant)
        if key_since and (
            not self._same_key or contact.touched_key(target.key_group, ctx.key or "") is None
        ):
            return UNKNOWN  # there may have been keys from before anything was remembered
        for key in [ctx.key] if self._same_key else list(contact.keys.get(target.key_group, ())):
            state = contact.touched_key(target.key_group, key or "")
            if state is not None:
                facts = ctx.facts if self._same_key else None
                seen = EvalContext()
                seen.look_at_key(contact, target.key_group, key or "", state[FEATURES], facts)
                answer = _answer_for_outsider(target, seen, instant)
                if answer[0] is None:
                    return answer
        return NEVER

    def _inside(self, ctx: EvalContext) -> bool:
        target = self._target
        contact = ctx.contact
        assert target is not None
        assert contact is not None
        if target.per is None:
            return target.holds_in(contact.slots)
        keys = [ctx.key] if self._same_key else list(contact.keys.get(target.key_group, ()))
        for key in keys:
            state = contact.key(target.key_group, key or "")
            if state is not None and target.holds_in(state[SLOTS]):
                return True
        return False

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        return [f"in segment {self.name}" if self._inside(ctx) else f"not in {self.name}"]

    def asks(self) -> str:
        return f"in segment {self.name}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        stays = self._stays(ctx)
        return {"segment": self.name, "entered_at": min(stays, default=None)}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        target = self._target
        assert target is not None
        if not truth or len(target.rungs) > 1 or (target.per is not None and not self._same_key):
            return None
        if target.anchor is not None:
            return None  # the stay may have begun as the one before ended, with another anchor
        return min(self._stays(ctx), default=None)

    def _stays(self, ctx: EvalContext) -> list[int]:
        """When the present stays in the segment began, for the keys that count."""
        target, contact = self._target, ctx.contact
        assert target is not None
        assert contact is not None
        if target.per is None:
            return target.stays_in(contact.slots)
        keys = [ctx.key] if self._same_key else list(contact.keys.get(target.key_group, ()))
        found: list[int] = []
        for key in keys:
            state = contact.key(target.key_group, key or "")
            if state is not None:
                found += target.stays_in(state[SLOTS])
        return found


def _answer_for_outsider(target: Segment, ctx: EvalContext, instant: int) -> Answer:
    """The answer for a contact that is out of a segment: NEVER if the segment's conditions are
    known to be false; else unknown, with the instant until which it is.
    """
    assert ctx.contact is not None
    ctx.contact.decode_features(target.columns)
    answers = [rung.condition.at(ctx, instant) for rung in target.rungs]
    changes = [change for truth, change in answers if truth is None]
    return (None, min(changes)) if changes else NEVER
