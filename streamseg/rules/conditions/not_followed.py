"""``not_followed``: an event that had nothing of a kind after it."""

from streamseg.core.conditions.followed import NotFollowed
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.kinds import Duration, EventTypes
from streamseg.rules.records import Field, Record

SPEC = ConditionSpec(
    word="not_followed",
    doc="The last `first` event was at least `within` ago, and no `by` event came at its time or "
    "later.",
    fields={
        "not_followed": Field(
            Record(
                {
                    "first": Field(EventTypes(), "the events that come first", required=True),
                    "by": Field(EventTypes(), "the events that did not follow", required=True),
                    "within": Field(Duration(), "for how long none has followed", required=True),
                }
            ),
            "which event was not followed by which",
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
