"""``attribute``: what the contact is known to be."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.attribute import AttributeIs
from streamseg.core.predicates import Comparison
from streamseg.rules.comparisons import operands_of, operator_fields
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.kinds import Text
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    if not operands_of(values):
        raise scope.fail(node, "say what the attribute must be, with eq, in, exists …")


SPEC = ConditionSpec(
    word="attribute",
    doc="An attribute of the contact compares so; a missing one only satisfies exists: false, "
    "ne and not_in.",
    fields={
        "attribute": Field(Text("a path of names"), "its path; dots go down", required=True),
        **operator_fields(),
    },
    build=lambda values: AttributeIs(values["attribute"], Comparison(operands_of(values))),
    check=_check,
    example="{attribute: country, in: [PL, UA]}",
)
