"""``narrowed``: a template's condition, and the ``when`` that must hold, too."""

from __future__ import annotations

from streamseg.core.conditions.base import Answer, Condition, EvalContext, Part
from streamseg.core.conditions.logic import All


class Narrowed(All):
    """Both hold: the ``template`` and what narrows it.

    A contact may leave because of what narrows the template, while the template itself still holds.
    It may then come back in the same episode. So the template is asked as if it had never left.
    """

    def __init__(self, template: Condition, narrowing: Condition) -> None:
        super().__init__([template, narrowing])

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        inside = ctx.inside
        ctx.inside = True
        answer = super().at(ctx, instant)
        ctx.inside = inside
        return answer

    def explain(self, ctx: EvalContext, instant: int) -> Part:
        inside = ctx.inside
        ctx.inside = True
        part = super().explain(ctx, instant)
        ctx.inside = inside
        return part
