"""``tier``: the highest sum that the contact's orders have come to."""

from streamseg.core.conditions.label import LabelIs
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.labels import NamesOf
from streamseg.rules.records import Field

SPEC = ConditionSpec(
    word="tier",
    doc="The contact's tier is the given one: the highest that its orders reach, or that it has "
    "kept. `value.tier` sets what each tier takes.",
    fields={"tier": Field(NamesOf("tier", "gold"), "a tier, or a list of tiers", required=True)},
    build=lambda values: LabelIs(values["tier"][0], tuple(values["tier"][1])),
    example="{tier: gold}",
    value="{tier: {tiers: {silver: 500, gold: 2000}, within: 365d}}",
)
