"""``not``: a condition that does not hold."""

from streamseg.core.conditions.logic import Not
from streamseg.rules.conditions.base import ConditionKind, ConditionSpec
from streamseg.rules.records import Field

SPEC = ConditionSpec(
    word="not",
    doc="The condition does not hold.",
    fields={"not": Field(ConditionKind(), "the condition", required=True)},
    build=lambda values: Not(values["not"].build()),
    example="{all: [{did: product_viewed}, {not: {did: order_placed, within: 21d}}]}",
)
