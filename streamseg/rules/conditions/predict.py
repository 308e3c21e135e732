"""``predict``: what a model of the shop says of the contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from streamseg.core.conditions.base import Condition
from streamseg.core.conditions.logic import All
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.prediction.past import ALIVE, BUYS, CLV, ORDERS
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.kinds import NumberKind
from streamseg.rules.prediction import BY, EXAMPLE_MODEL, By, Chance, Within
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record

_STEP: Final = 30 * DAY_MS


class _Amount(NumberKind):
    """A number above 0."""

    sample = "2"

    def read(self, node: Node, scope: Scope) -> Any:
        value = super().read(node, scope)
        if value <= 0:
            raise scope.fail(node, f"must be above 0, not {value}")
        return value

    def schema(self) -> JsonSchema:
        return {"type": "number", "exclusiveMinimum": 0}


class _Bound(Record):
    """``gte`` or ``lt``, and ``within`` where the figure has one."""

    def __init__(self, threshold: Kind, within: Kind | None = None) -> None:
        fields: Fields = {
            "gte": Field(threshold, "at least this much"),
            "lt": Field(threshold, "less than this"),
        }
        if within is not None:
            fields = {
                "within": Field(within, "how far ahead the model looks", required=True),
                **fields,
            }
        super().__init__(fields)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        values = super().read(node, scope)
        if (values["gte"] is None) == (values["lt"] is None):
            raise scope.fail(node, "say what it must be: one of `gte` and `lt`")
        return values


FIGURES: Fields = {
    ALIVE: Field(_Bound(Chance()), "the probability that the contact is still a customer"),
    BUYS: Field(_Bound(Chance(), Within()), "the probability of an order within `within`"),
    ORDERS: Field(
        _Bound(_Amount(), Within()),
        "the expected number of order days within `within`, in steps of a week",
    ),
    CLV: Field(
        _Bound(_Amount(), Within(_STEP)),
        "the expected worth of the orders within `within` (a multiple of 30d), in steps of a week",
    ),
}


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    by: By = values["by"]
    asked = node.at("predict")
    if values["predict"][CLV] is not None and not by.predictor.model.tells_worth:
        raise scope.fail(
            asked.at(CLV),
            "the model has no `p`, `q` and `v`: it does not know what orders are worth",
        )


def _build(values: Mapping[str, Any]) -> Condition:
    by: By = values["by"]
    parts: list[Condition] = []
    for figure, bound in values["predict"].items():
        if bound is not None:
            below = bound["lt"] is not None
            threshold = bound["lt" if below else "gte"]
            parts.append(
                Predicted(by.predictor, by.terms, figure, bound.get("within", 0), threshold, below)
            )
    return parts[0] if len(parts) == 1 else All(parts)


SPEC = ConditionSpec(
    word="predict",
    doc="What the shop's model predicts for the contact meets all given bounds. While the contact "
    "does not order each figure only falls, so time alone crosses a threshold at most once. "
    "For a contact that has never ordered nothing is known. [prediction.md](prediction.md) "
    "says what the model can and cannot do.",
    fields={
        "predict": Field(Record(FIGURES, at_least_one=True), "what it must be", required=True),
    },
    build=_build,
    check=_check,
    example="{predict: {buys: {within: 30d, gte: 40%}}}",
    value=EXAMPLE_MODEL,
    of_file=BY,
)
