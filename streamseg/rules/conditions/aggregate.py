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
    doc="A figure over the matching events meets all given comparisons. Missing values are "
    "skipped and, except for `distinct`, so are values that are not numbers. Over no values "
    "`sum` and `distinct` are 0, and no comparison of the other figures holds.",
    fields={
        "aggregate": Field(
            Choice("sum", "avg", "min", "max", "distinct"), "the figure to compute", required=True
        ),
        "of": Field(
            Text("a field of data"),
            "the field of the events' data; a dot leads into an object",
            required=True,
        ),
        "over": Field(
            EventTypes(),
            "an event type, a list of event types, or `any` for any activity",
            required=True,
        ),
        "where": Field(WhereKind(), "condition on the event's data"),
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
