"""``idle``: nothing of a kind has happened for some time, after it once has."""

from streamseg.core.conditions.idle import Idle
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.kinds import Duration, EventTypes
from streamseg.rules.records import Field

SPEC = ConditionSpec(
    word="idle",
    doc="There is a matching event, and the last one was at least `for` ago.",
    fields={
        "idle": Field(
            EventTypes(),
            "an event type, a list of event types, or `any` for any activity",
            required=True,
        ),
        "for": Field(Duration(), "how long ago the last event must be, at least", required=True),
        "where": Field(WhereKind(), "condition on the event's data"),
    },
    build=lambda values: Idle(values["idle"], values["where"], values["for"]),
    example="{idle: any, for: 30d}",
)
