"""``idle``: nothing of a kind has happened for some time, after it once has."""

from streamseg.core.conditions.idle import Idle
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.kinds import Duration, EventTypes
from streamseg.rules.records import Field

SPEC = ConditionSpec(
    word="idle",
    doc="There is a matching event, and the last one is at least so old.",
    fields={
        "idle": Field(EventTypes(), "event type, several, or any activity", required=True),
        "for": Field(Duration(), "least age of the last event", required=True),
        "where": Field(WhereKind(), "what the event's data must be"),
    },
    build=lambda values: Idle(values["idle"], values["where"], values["for"]),
    example="{idle: any, for: 30d}",
)
