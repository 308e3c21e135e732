"""``cart``: what is in the open cart."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.cart import CartIs
from streamseg.core.values.predicates import Comparison
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
    doc="There is an open cart, and it meets all that is given.",
    fields={
        "cart": Field(
            Record(
                {
                    "items": Field(numeric_operands(), "the number of different products"),
                    "total": Field(numeric_operands(), "the sum of price × quantity"),
                    "contains": Field(
                        WhereKind(),
                        "condition on the fields of an item: at least one item meets it",
                    ),
                    "idle": Field(Duration(), "the cart has not changed for at least this long"),
                }
            ),
            "what the open cart must be like",
            required=True,
        )
    },
    build=_build,
    example="{cart: {items: {gte: 2}, total: {gte: 100}}}",
)
