"""The stay in a segment with ``consents`` as it is told: only while one of these is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamseg.core.conditions.base import NEVER, Answer, Condition, EvalContext, Registry
from streamseg.core.conditions.in_segment import InSegment
from streamseg.core.contacts.contact import SLOTS
from streamseg.core.contacts.slots import ANCHOR, OUT, STATUS
from streamseg.core.features.base import FOREVER
from streamseg.core.segments.dependencies import ANY, Dependency

if TYPE_CHECKING:
    from streamseg.core.policies.answers import Consent


class Outward(InSegment):
    """The contact is on the same rung of the segment ``name``, under the same key, and says yes to
    one of ``consents``. The segment's own ``condition`` is never asked; it is bound, so that both
    segments have the same keys.
    """

    def __init__(self, name: str, condition: Condition, consents: tuple[Consent, ...]) -> None:
        super().__init__(name)
        self._condition = condition
        self._consents = consents
        self._columns: list[int] = []

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._condition.bind(contact, keyed)
        self._columns = [contact.column(one.answer) for one in self._consents]
        super().bind(contact, keyed)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(column, ANY) for column in self._columns]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        if self.stay(ctx) is None:
            return NEVER
        ends = -FOREVER
        for column, consent in zip(self._columns, self._consents, strict=True):
            state = ctx.features.get(column)
            if consent.holds(state, instant):
                assert state is not None
                ends = max(ends, state[1] + consent.expires)
        return (True, min(ends, FOREVER)) if ends > instant else NEVER

    def anchor(self, ctx: EvalContext) -> int | str:
        """The anchor of the stay that is told."""
        stay = self.stay(ctx)
        assert stay is not None
        anchor: int | str = stay[ANCHOR]
        return anchor

    def stay(self, ctx: EvalContext) -> list[Any] | None:
        """The segment's slot of this rung and key; None where the contact is out of it."""
        target, contact = self._target, ctx.contact
        assert target is not None
        assert contact is not None
        slots = contact.slots
        if target.per is not None:
            state = contact.key(target.key_group, ctx.key or "")
            if state is None:
                return None
            slots = state[SLOTS]
        slot: list[Any] | None = slots.get(target.first_slot + ctx.rung)
        return slot if slot is not None and slot[STATUS] != OUT else None
