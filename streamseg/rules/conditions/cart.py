"""``cart``: what is in the open cart."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.cart import CartIs
from streamseg.core.predicates import Comparison
from streamseg.rules.comparisons import WhereKind, numeric_operands
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.kinds import Duration
from streamseg.rules.records import Field, Record


def _build(values: Mapping[str, Any]) -> CartIs:
    cart = values["cart"]
    return CartIs(
        items=Comparison(cart["items"]) if cart["items"] else None,
        total=Comparison(cart["total"]) if cart["total"] else None,
        contains=cart["contains"],
        idle=cart["idle"],
    )


SPEC = ConditionSpec(
    word="cart",
    doc="All the given parts hold of the open cart; without an open cart none does.",
    fields={
        "cart": Field(
            Record(
                {
                    "items": Field(numeric_operands(), "number of different products"),
                    "total": Field(numeric_operands(), "sum of price × quantity"),
                    "contains": Field(WhereKind(), "fields that an item must have"),
                    "idle": Field(Duration(), "least age of its last change"),
                }
            ),
            "what must be in it",
            required=True,
        )
    },
    build=_build,
    example="{cart: {items: {gte: 2}, total: {gte: 100}}}",
)
