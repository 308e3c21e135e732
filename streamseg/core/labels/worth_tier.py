"""``tier`` by the expected worth of a contact's future orders, which a model predicts.

While the contact does not order, the expected worth only falls, so time alone moves it only down
from tier to tier.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import EvalContext, Registry
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.features.base import FOREVER
from streamseg.core.labels.base import NONE, UNKNOWN, Label, Value
from streamseg.core.segments.dependencies import ANY, Dependency

_CENT = 2  # decimals of a sum that is told


class WorthTier(Label):
    """The highest tier whose sum the expected worth of the contact's future orders reaches.

    ``steps`` are names, each with the prediction that its sum is reached, in ascending order; all
    of one model and one time.
    """

    def __init__(self, steps: list[tuple[str, Predicted]]) -> None:
        self.name = "tier"
        self.names = tuple(name for name, _ in steps)
        self._steps = [step for _, step in steps]
        first = self._steps[0]
        asked = [f"{name} {step.asks()}" for name, step in steps]
        self.text = f"tier {first.predictor.model.text} of {first.terms.text} {asked}"
        self.besides_model = f"tier of {first.terms.text} {asked}"

    def bind(self, contact: Registry) -> None:
        for step in self._steps:
            step.bind(contact, None)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._steps[0].column, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Value:
        first = self._steps[0]
        if ctx.known_since(first.column, False) is not None:
            return UNKNOWN, FOREVER
        past = first.past(ctx)
        if past is None:
            return NONE, FOREVER
        for place in range(len(self._steps) - 1, -1, -1):
            crossing = self._steps[place].crosses_at(ctx, past)
            if crossing is None:
                return place, FOREVER
            if instant < crossing:
                return place, crossing
        return NONE, FOREVER

    def figures(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        first = self._steps[0]
        told: dict[str, Any] = {"name": self.word(self.at(ctx, instant)[0])}
        past = first.past(ctx)
        if past is not None:
            curve = first.curve(ctx, past)
            silence = curve.told_after(instant - past.last)
            told["clv"] = first.predictor.told(curve, silence, _CENT)
        return {"tier": told}
