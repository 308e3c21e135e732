"""``low_stock``: little is left of a product that the contact wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.logic import All
from streamseg.core.conditions.product import ProductIs
from streamseg.core.conditions.wanted import Wanted, product
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.predicates import Comparison
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.document import Node
from streamseg.rules.interest import Interests
from streamseg.rules.kinds import Duration, Integer
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    if values["after"] >= values["within"]:
        raise scope.fail(node.at("after", "within"), "`after` must be shorter than `within`")


def _expand(values: Mapping[str, Any]) -> Expansion:
    wanted = Wanted(tuple(values["by"]), values["after"], values["within"])
    low = ProductIs({"stock": Comparison({"gt": 0, "lte": values["at_most"]})})
    episode = Episode(anchor=wanted.last_at, context=product)
    return Expansion([Rung(None, All([wanted, low]))], episode)


TEMPLATE = Template(
    name="low_stock",
    doc="A product is in stock, but at most `at_most` of it. The contact showed interest in it at "
    "least `after` and less than `within` ago, and has not ordered it since. One interest leads "
    "to one trigger.",
    per="product",
    parameters={
        "at_most": Field(Integer(1), "the largest stock that counts as low (default 5)", 5),
        "by": Field(Interests(), "which events show interest", ["viewed", "wishlist", "cart"]),
        "after": Field(Duration(zero=True), "how old the interest must be (default 1h)", 3_600_000),
        "within": Field(Duration(), "how old the interest may be (default 30d)", 30 * DAY_MS),
    },
    expand=_expand,
    check=_check,
    context=("product.id", "product.stock", "product.price"),
    example="{at_most: 3, by: cart, within: 14d}",
)
