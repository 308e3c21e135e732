"""``likely_to_churn``: silence has made it likely that nothing will be ordered for some time."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.prediction.past import BUYS
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.kinds import Ascending, Integer
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
    risky = [
        Predicted(by.predictor, by.terms, BUYS, within, 1 - risk, True, values["at_least"])
        for _, risk in values["risk"]
    ]
    labels = [label for label, _ in values["risk"]]

    def context(ctx: EvalContext) -> dict[str, Any]:
        reached = [
            {"risk": label, "at": crossing_of(one, ctx)}
            for label, one in zip(labels, risky, strict=True)
        ]
        return {"prediction": told(risky[0], within, ctx) | {"reached": reached}}

    rungs = [Rung(label, one) for label, one in zip(labels, risky, strict=True)]
    first = risky[0]
    return Expansion(rungs, Episode(first.anchor, context, can_return=first.can_return))


TEMPLATE = Template(
    name="likely_to_churn",
    doc="By the shop's model, the probability that the contact orders nothing within `within` has "
    "reached `risk`. Each rung fires once in a silence; the next order day ends the silence "
    "and begins another. [prediction.md](prediction.md) says what the model can and cannot do.",
    parameters={
        "within": Field(Within(), "how far ahead the model looks", 90 * DAY_MS),
        "risk": Field(
            Ascending(Chance(), "percentage"),
            "the probability at which the contact enters, or a ladder of probabilities",
            [("66%", Decimal("0.66"))],
        ),
        "at_least": Field(
            Integer(1, 1000), "the least number of order days that the contact must have", 1
        ),
    },
    expand=_expand,
    context=(*PATHS, "prediction.reached"),
    example="{within: 90d, risk: [66%, 80%]}",
    value=EXAMPLE_MODEL,
    of_file=BY,
)
