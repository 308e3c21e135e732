"""``product``: the facts of the product that the key names."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.base import Condition
from streamseg.core.conditions.logic import All
from streamseg.core.conditions.product import PriceDrop, ProductIs
from streamseg.core.values.predicates import Comparison
from streamseg.rules.comparisons import (
    Operands,
    Percentage,
    ValueOrOperands,
    operator_fields,
)
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field, Record

_SHARES = ("gt", "gte", "lt", "lte", "eq")


class _Drop(Record):
    """How far the price has fallen, and from what."""

    def __init__(self) -> None:
        shares = operator_fields(_SHARES, Percentage())
        origin = Field(
            Choice("seen", "last"),
            "compare with the price at the contact's last view (`seen`), or with the price before "
            "(`last`)",
            "seen",
        )
        super().__init__({**shares, "from": origin}, at_least_one=True)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        values = super().read(node, scope)
        if all(values[name] is None for name in _SHARES):
            raise scope.fail(node, f"say by how much, with one of {', '.join(_SHARES)}")
        return values


def _build(values: Mapping[str, Any]) -> Condition:
    facts = values["product"]
    parts: list[Condition] = []
    comparisons = {
        name: Comparison(facts[name])
        for name in ("stock", "price", "category", "brand")
        if facts[name]
    }
    if comparisons:
        parts.append(ProductIs(comparisons))
    if facts["price_drop"]:
        drop = facts["price_drop"]
        shares = {name: drop[name] for name in _SHARES if drop[name] is not None}
        parts.append(PriceDrop(shares, ("viewed",) if drop["from"] == "seen" else None))
    return parts[0] if len(parts) == 1 else All(parts)


SPEC = ConditionSpec(
    word="product",
    doc="The product's facts meet all given comparisons. A fact that no event has told is missing.",
    fields={
        "product": Field(
            Record(
                {
                    "stock": Field(Operands(), "the stock, summed over all locations"),
                    "price": Field(Operands(), "its price"),
                    "price_drop": Field(_Drop(), "by how much the price has fallen"),
                    "category": Field(ValueOrOperands(), "its category"),
                    "brand": Field(ValueOrOperands(), "its brand"),
                },
                at_least_one=True,
            ),
            "conditions on the product's facts",
            required=True,
        )
    },
    build=_build,
    example="{product: {stock: {gt: 0}, price: {lt: 100}}}",
    per_product=True,
)
