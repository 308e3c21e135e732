"""``any``: at least one condition of a list."""

from streamseg.core.conditions.logic import AnyOf
from streamseg.rules.conditions.base import ConditionKind, ConditionSpec
from streamseg.rules.kinds import ListOf
from streamseg.rules.records import Field

SPEC = ConditionSpec(
    word="any",
    doc="At least one condition of the list holds.",
    fields={"any": Field(ListOf(ConditionKind()), "the conditions", required=True)},
    build=lambda values: AnyOf([one.build() for one in values["any"]]),
    example="{any: [{did: product_viewed}, {did: searched}]}",
)
