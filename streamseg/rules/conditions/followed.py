"""``followed``: an event had another after it soon enough."""

from streamseg.core.conditions.followed import Followed
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.kinds import Duration, EventTypes
from streamseg.rules.records import Field, Record

SPEC = ConditionSpec(
    word="followed",
    doc="Some `first` event, of the last time or ever, has a `by` event at its time or soon after.",
    fields={
        "followed": Field(
            Record(
                {
                    "first": Field(EventTypes(), "what comes first", required=True),
                    "by": Field(EventTypes(), "what must follow", required=True),
                    "within": Field(Duration(), "how soon after at most", required=True),
                    "last": Field(Duration(), "how long ago the first may be (ever)"),
                }
            ),
            "what must follow what",
            required=True,
        )
    },
    build=lambda values: Followed(
        values["followed"]["first"],
        values["followed"]["by"],
        values["followed"]["within"],
        values["followed"]["last"],
    ),
    example="{followed: {first: message_clicked, by: order_placed, within: 1d, last: 30d}}",
)
