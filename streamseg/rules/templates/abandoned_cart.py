"""``abandoned_cart``: an open cart that has not changed for some time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.cart import CartIs
from streamseg.core.conditions.logic import All, Not
from streamseg.core.conditions.open_checkout import OpenCheckout
from streamseg.core.features.cart import DEFAULT_MAX_AGE_MS, Cart
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.predicates import Comparison
from streamseg.rules.kinds import Choice, Duration, Ladder, NumberKind
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template, check_longest


def _expand(values: Mapping[str, Any]) -> Expansion:
    least = values["min_total"]
    cart = Cart(values["max_age"], values["order_closes"] == "any")

    def condition(after: int) -> CartIs:
        return CartIs(
            idle=after,
            total=None if least is None else Comparison({"gte": least}),
            cart=cart,
        )

    carts = [condition(after) for _, after in values["after"]]
    checkout = OpenCheckout()
    rungs = [
        Rung(label, All([left, Not(checkout)]) if values["yields_to"] else left)
        for (label, _), left in zip(values["after"], carts, strict=True)
    ]
    episode = Episode(anchor=carts[0].opened_at, context=carts[0].context)
    return Expansion(rungs, episode, cart)


TEMPLATE = Template(
    name="abandoned_cart",
    doc="The contact has an open cart that is not empty and has not changed for at least `after`. "
    "Every change of its contents restarts the wait. An order, emptying it, or `max_age` without "
    "a change closes the cart. Each rung of a ladder fires once for a cart.",
    parameters={
        "after": Field(
            Ladder(),
            "how long the cart must be unchanged (default 1h); a ladder sends a series of "
            "reminders",
            [("1h", 3_600_000)],
        ),
        "min_total": Field(
            NumberKind(), "the least total of the cart: the sum of price × quantity"
        ),
        "max_age": Field(
            Duration(),
            "after this long without a change the cart closes (default 10d)",
            DEFAULT_MAX_AGE_MS,
        ),
        "order_closes": Field(
            Choice("related", "any"),
            "which order closes the cart: `related`, one that names it, shares a product with it "
            "or lists no products; or `any`",
            "related",
        ),
        "yields_to": Field(
            Choice("checkout"),
            "`checkout`: the contact is not in the segment while a checkout of the last 10 days "
            "has no order (default: a checkout makes no difference)",
        ),
    },
    expand=_expand,
    check=check_longest,
    context=("cart.items", "cart.total"),
    example="{after: [1h, 24h], min_total: 50}",
)
