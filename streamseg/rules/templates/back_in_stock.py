"""``back_in_stock``: a product that the contact waits for can be bought again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.restocked import Restocked
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.interest import Interests
from streamseg.rules.kinds import Choice, Duration
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    restocked = Restocked(
        by=tuple(values["by"]),
        within=values["within"],
        out_of_stock=values["while"] == "out_of_stock",
        hold=values["hold"],
        each_restock=values["repeat"] == "each_restock",
    )
    episode = Episode(
        anchor=restocked.restock, context=restocked.context, interest=restocked.waited_since
    )
    return Expansion([Rung(None, restocked)], episode)


TEMPLATE = Template(
    name="back_in_stock",
    doc="A product was restocked and is in stock. The contact showed interest in it before the "
    "restock, while it was out of stock, and has not ordered it since.",
    per="product",
    parameters={
        "by": Field(Interests(), "which events show interest", ["viewed", "requested"]),
        "within": Field(
            Duration(), "how long before the restock the interest may be (default 90d)", 90 * DAY_MS
        ),
        "while": Field(
            Choice("out_of_stock", "any"),
            "`out_of_stock`: only interest while the product was out of stock counts",
            "out_of_stock",
        ),
        "hold": Field(
            Duration(zero=True),
            "how long the product must be in stock before the restock counts",
            0,
        ),
        "repeat": Field(
            Choice("once", "each_restock"),
            "`once`: one interest leads to one trigger; `each_restock`: to one at each restock, "
            "until an order",
            "once",
        ),
    },
    expand=_expand,
    context=("product.id", "product.stock", "product.price"),
    example="{by: [viewed, wishlist], hold: 10m}",
)
