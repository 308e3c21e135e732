"""``back_in_stock``: a product that the contact waits for can be bought again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.restocked import Restocked
from streamseg.core.definitions import Episode, Rung
from streamseg.core.zones import DAY_MS
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
    doc="A product is in stock since a restock, and the contact showed interest in it before, "
    "while it was out of stock, and has not ordered it since.",
    per="product",
    parameters={
        "by": Field(Interests(), "how interest is shown", ["viewed", "requested"]),
        "within": Field(Duration(), "how long before the restock at most (90d)", 90 * DAY_MS),
        "while": Field(
            Choice("out_of_stock", "any"),
            "whether only interest in the out-of-stock episode counts",
            "out_of_stock",
        ),
        "hold": Field(Duration(zero=True), "how long a restock must last to count", 0),
        "repeat": Field(
            Choice("once", "each_restock"),
            "whether one interest is good for one restock or for each until an order",
            "once",
        ),
    },
    expand=_expand,
    context=("product.id", "product.stock", "product.price"),
    example="{by: [viewed, wishlist], hold: 10m}",
)
