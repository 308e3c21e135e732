"""``abandoned_browse``: the contact looked at products and left it at that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.cart import CartIs
from streamseg.core.conditions.context_only import RecentProductsContext
from streamseg.core.conditions.followed import NotFollowed
from streamseg.core.conditions.logic import All, Not
from streamseg.core.conditions.open_checkout import OpenCheckout
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.rules.templates.base import LAST_EVENT_AGE, Expansion, Template, check_longest

# An addition told by a snapshot of the cart shows in the open cart.
_STRONGER = ("cart_item_added", "checkout_started", "order_placed")


def _expand(values: Mapping[str, Any]) -> Expansion:
    left = [
        NotFollowed(("product_viewed",), _STRONGER, after, values["max_age"])
        for _, after in values["after"]
    ]
    checkout = OpenCheckout()
    products = RecentProductsContext()
    rungs = [
        Rung(label, All([one, Not(CartIs()), Not(checkout), products]))
        for (label, _), one in zip(values["after"], left, strict=True)
    ]

    def context(ctx: EvalContext) -> dict[str, Any]:
        return {"products": products.after(ctx, left[0].followed_at(ctx))}

    return Expansion(rungs, Episode(anchor=left[0].first_at, context=context))


TEMPLATE = Template(
    name="abandoned_browse",
    doc="The contact viewed a product, the last view is at least `after` old, and nothing was "
    "added to the cart, no checkout started and no order placed at its time or later. No cart or "
    "checkout is open. The next view restarts the wait and is an episode of its own.",
    parameters=LAST_EVENT_AGE,
    expand=_expand,
    check=check_longest,
    context=("products",),
    example="{after: [2h, 24h], max_age: 5d}",
)
