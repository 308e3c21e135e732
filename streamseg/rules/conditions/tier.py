"""``tier``: the highest sum that the contact's orders have come to."""

from streamseg.core.conditions.label import LabelIs
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.labels import NamesOf
from streamseg.rules.records import Field

SPEC = ConditionSpec(
    word="tier",
    doc="The highest tier that the contact's orders reach, or have kept, is that one. What each "
    "takes stands under `value.tier`.",
    fields={"tier": Field(NamesOf("tier", "gold"), "a tier, or several", required=True)},
    build=lambda values: LabelIs(values["tier"][0], tuple(values["tier"][1])),
    example="{tier: gold}",
    value="{tier: {tiers: {silver: 500, gold: 2000}, within: 365d}}",
)
