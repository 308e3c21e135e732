"""``all``: every condition of a list."""

from streamseg.core.conditions.logic import All
from streamseg.rules.conditions.base import ConditionKind, ConditionSpec
from streamseg.rules.kinds import ListOf
from streamseg.rules.records import Field

SPEC = ConditionSpec(
    word="all",
    doc="Every condition of the list holds.",
    fields={"all": Field(ListOf(ConditionKind()), "the conditions", required=True)},
    build=lambda values: All([one.build() for one in values["all"]]),
    example="{all: [{did: product_viewed}, {did: searched}]}",
)
