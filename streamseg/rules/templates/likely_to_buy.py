"""``likely_to_buy``: an order soon is likely."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.prediction.past import BUYS
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.prediction import (
    BY,
    EXAMPLE_MODEL,
    PATHS,
    Chance,
    Within,
    crossing_of,
    told,
)
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    by, within = values["by"], values["within"]
    likely = Predicted(by.predictor, by.terms, BUYS, within, values["at_least"], False)

    def context(ctx: EvalContext) -> dict[str, Any]:
        until = crossing_of(likely, ctx)
        return {"prediction": told(likely, within, ctx) | {"until": until}}

    episode = Episode(likely.anchor, context, can_return=likely.can_return)
    return Expansion([Rung(None, likely)], episode)


TEMPLATE = Template(
    name="likely_to_buy",
    doc="By the shop's model, the contact orders within `within` with a probability of at least "
    "`at_least`. The probability is highest right after an order and falls until the next "
    "one. [prediction.md](prediction.md) says what the model can and cannot do.",
    parameters={
        "within": Field(Within(), "how far ahead the model looks", 30 * DAY_MS),
        "at_least": Field(Chance(), "the least probability of an order", Decimal("0.4")),
    },
    expand=_expand,
    context=(*PATHS, "prediction.until"),
    example="{within: 30d, at_least: 40%}",
    value=EXAMPLE_MODEL,
    of_file=BY,
)
