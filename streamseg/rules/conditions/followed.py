"""``followed``: an event had another after it soon enough."""

from streamseg.core.conditions.followed import Followed
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.kinds import Duration, EventTypes
from streamseg.rules.records import Field, Record

SPEC = ConditionSpec(
    word="followed",
    doc="At least one `first` event, ever or in the window `last`, is followed by a `by` event, "
    "at the same time or within `within`.",
    fields={
        "followed": Field(
            Record(
                {
                    "first": Field(EventTypes(), "the events that come first", required=True),
                    "by": Field(EventTypes(), "the events that follow", required=True),
                    "within": Field(Duration(), "the longest time between them", required=True),
                    "last": Field(
                        Duration(), "how long ago the `first` event may be (default: any time)"
                    ),
                }
            ),
            "which event must be followed by which",
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
