"""``aggregate``: a figure over the values of matching events."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.aggregate import Aggregate
from streamseg.rules.comparisons import NUMERIC, WhereKind, operands_of, operator_fields
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Duration, EventTypes, ListOf, NumberKind, Text
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field

_OPERATORS = {
    **operator_fields(NUMERIC, NumberKind()),
    **operator_fields(("in", "not_in"), ListOf(NumberKind())),
}


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    if not operands_of(values):
        raise scope.fail(node, f"say what the figure must be, with {', '.join(_OPERATORS)}")


SPEC = ConditionSpec(
    word="aggregate",
    doc="The figure over the matching events compares so. Values that are missing or, but for "
    "distinct, not numbers are skipped; over none sum and distinct are 0 and the rest is false.",
    fields={
        "aggregate": Field(
            Choice("sum", "avg", "min", "max", "distinct"), "which figure", required=True
        ),
        "of": Field(Text("a field of data"), "the field; dots go down", required=True),
        "over": Field(EventTypes(), "event type, several, or any activity", required=True),
        "where": Field(WhereKind(), "what the event's data must be"),
        "within": Field(Duration(), "how long ago at most"),
        **_OPERATORS,
    },
    build=lambda values: Aggregate(
        values["aggregate"],
        values["of"],
        values["over"],
        values["where"],
        values["within"],
        operands_of(values),
    ),
    check=_check,
    example="{aggregate: sum, of: total, over: order_placed, within: 90d, gte: 500}",
)
