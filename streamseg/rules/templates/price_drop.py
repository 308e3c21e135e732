"""``price_drop``: a product that the contact wants has become cheaper."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.logic import All, Not
from streamseg.core.conditions.product import PriceDrop, ProductIs
from streamseg.core.conditions.wanted import Wanted, product
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.predicates import Comparison
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.comparisons import Percentage
from streamseg.rules.interest import Interests
from streamseg.rules.kinds import Duration
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    by = tuple(values["by"])
    wanted = Wanted(by, 0, values["within"])
    fallen = PriceDrop({"gt": 0, "gte": values["at_least"]}, by, values["hold"])
    sold_out = ProductIs({"stock": Comparison({"lte": 0})})

    def context(ctx: EvalContext) -> dict[str, Any]:
        told = product(ctx)
        told["product"]["price_before"] = fallen.reference(ctx)
        return told

    cheaper = All([wanted, fallen, Not(sold_out)])
    return Expansion([Rung(None, cheaper)], Episode(anchor=wanted.last_at, context=context))


TEMPLATE = Template(
    name="price_drop",
    doc="A product costs less than when the contact last showed interest in it, by at least "
    "`at_least`. It is not out of stock, and the contact has not ordered it since. One interest "
    "leads to one trigger. A price of 0 counts as no price, and prices in two currencies are not "
    "compared.",
    per="product",
    parameters={
        "by": Field(Interests(), "which events show interest", ["viewed", "wishlist", "cart"]),
        "within": Field(Duration(), "how old the interest may be (default 30d)", 30 * DAY_MS),
        "at_least": Field(
            Percentage(), "by how much the price must have fallen (default 10%)", Decimal(10)
        ),
        "hold": Field(Duration(zero=True), "how long a price must stand before it counts", 0),
    },
    expand=_expand,
    context=("product.id", "product.stock", "product.price", "product.price_before"),
    example="{by: [wishlist, cart], within: 60d, at_least: 5%, hold: 10m}",
)
