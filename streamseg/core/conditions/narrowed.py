"""``narrowed``: a template's condition, and what must hold besides."""

from __future__ import annotations

from streamseg.core.conditions.base import Answer, Condition, EvalContext, Part
from streamseg.core.conditions.logic import All


class Narrowed(All):
    """Both hold: the ``template`` and what narrows it.

    Who has left only because of what narrows it is still in the template, so the template is
    asked as if they had not left: they may come back in the same episode.
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
