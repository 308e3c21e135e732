"""``attribute``: what the contact is known to be."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.age import Age
from streamseg.core.conditions.attribute import AttributeIs
from streamseg.core.conditions.base import Condition
from streamseg.core.conditions.logic import All
from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.values.predicates import Comparison
from streamseg.rules.comparisons import numeric_operands, operands_of, operator_fields
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.kinds import Text
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field


class _Age(Kind):
    """Operators on a number of years; read as (operands, the contact's clock)."""

    sample = "{gte: 25, lt: 35}"
    _operands = numeric_operands()

    def read(self, node: Node, scope: Scope) -> tuple[dict[str, Any], ZoneRule]:
        return self._operands.read(node, scope), scope.value.contact_zone

    def schema(self) -> JsonSchema:
        return self._operands.schema()

    def normal(self, value: Any) -> Any:
        return [self._operands.normal(value[0]), value[1].text]


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    if not operands_of(values) and values["age"] is None:
        raise scope.fail(node, "say what the attribute must be, with eq, in, exists …, or age")


def _build(values: Mapping[str, Any]) -> Condition:
    operands, age = operands_of(values), values["age"]
    parts: list[Condition] = []
    if operands:
        parts.append(AttributeIs(values["attribute"], Comparison(operands)))
    if age is not None:
        parts.append(Age(values["attribute"], Comparison(age[0]), age[1]))
    return parts[0] if len(parts) == 1 else All(parts)


SPEC = ConditionSpec(
    word="attribute",
    doc="An attribute of the contact meets all given comparisons. A missing attribute meets only "
    "`exists: false`, `ne` and `not_in`.",
    fields={
        "attribute": Field(
            Text("a path of names"),
            "path of the attribute; a dot leads into an object",
            required=True,
        ),
        **operator_fields(),
        "age": Field(
            _Age(),
            "whole years since the date that the attribute holds (`YYYY-MM-DD`), in the contact's "
            "local time; if it holds no date, no comparison is met",
        ),
    },
    build=_build,
    check=_check,
    example="{attribute: country, in: [PL, UA]}",
    also="{attribute: birthday, age: {gte: 25, lt: 35}}",
)
