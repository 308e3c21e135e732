"""``not_followed``: an event that had nothing of a kind after it."""

from streamseg.core.conditions.followed import NotFollowed
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.kinds import Duration, EventTypes
from streamseg.rules.records import Field, Record

SPEC = ConditionSpec(
    word="not_followed",
    doc="The last `first` event is at least so old, with no `by` event at its time or later.",
    fields={
        "not_followed": Field(
            Record(
                {
                    "first": Field(EventTypes(), "what came first", required=True),
                    "by": Field(EventTypes(), "what did not follow", required=True),
                    "within": Field(Duration(), "how long it has not", required=True),
                }
            ),
            "what did not follow what",
            required=True,
        )
    },
    build=lambda values: NotFollowed(
        values["not_followed"]["first"],
        values["not_followed"]["by"],
        values["not_followed"]["within"],
    ),
    example="{not_followed: {first: checkout_started, by: [order_placed], within: 1h}}",
)
