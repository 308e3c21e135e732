"""``interest``: the contact showed interest in the product."""

from streamseg.core.conditions.interest import ShowedInterest
from streamseg.core.features.interest import EVENTS_OF
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.interest import Interests
from streamseg.rules.kinds import Choice, Duration
from streamseg.rules.records import Field, Record

_FIELDS = {
    "by": Field(Interests(), "which events show interest", list(EVENTS_OF)),
    "within": Field(
        Duration(), "the window before now in which the interest counts (default: any time)"
    ),
    "while": Field(
        Choice("out_of_stock", "any"),
        "`out_of_stock`: only interest while the product was out of stock counts",
        "any",
    ),
}

SPEC = ConditionSpec(
    word="interest",
    doc="The contact showed interest in the product, ever or in (t - within, t].",
    fields={"interest": Field(Record(_FIELDS), "which interest counts", required=True)},
    build=lambda values: ShowedInterest(
        tuple(values["interest"]["by"]),
        values["interest"]["within"],
        values["interest"]["while"] == "out_of_stock",
    ),
    example="{interest: {by: [viewed, wishlist], within: 7d}}",
    per_product=True,
)
