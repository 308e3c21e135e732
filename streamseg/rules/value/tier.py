"""``tier`` of a rule file: sums of orders with names."""

from __future__ import annotations

from typing import Any

from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.tier import SPENT, Tier
from streamseg.rules.kinds import Choice, Duration
from streamseg.rules.records import Field, Fields, Record
from streamseg.rules.tiers import Tiers

TIER_FIELDS: Fields = {
    "of": Field(Choice(SPENT, "orders"), "the sum of orders, or their number", SPENT),
    "tiers": Field(Tiers(), "a mapping from names to the least of each, ascending", required=True),
    "within": Field(Duration(), "how long ago the orders may be (ever)"),
    "keep": Field(Duration(zero=True), "how long a tier lasts once it is reached no more", 0),
}
TIER = Record(TIER_FIELDS)


def tier_label(values: dict[str, Any], terms: OrderTerms) -> Tier:
    """The label of the fields' values."""
    return Tier(terms, values["of"], values["tiers"], values["within"], values["keep"])
