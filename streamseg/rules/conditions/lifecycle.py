"""``lifecycle``: the stage of a customer's life."""

from streamseg.core.conditions.label import LabelIs
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.labels import NamesOf
from streamseg.rules.records import Field

SPEC = ConditionSpec(
    word="lifecycle",
    doc="The contact is at the given stage of the customer life cycle: lost, at_risk, prospect, "
    "new, returned, active, loyal or vip. `value.lifecycle` sets when each stage begins.",
    fields={
        "lifecycle": Field(
            NamesOf("lifecycle", "vip"), "a stage, or a list of stages", required=True
        )
    },
    build=lambda values: LabelIs(values["lifecycle"][0], tuple(values["lifecycle"][1])),
    example="{lifecycle: [new, returned]}",
)
