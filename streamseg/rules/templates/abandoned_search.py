"""``abandoned_search``: the contact searched and looked at nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.cart import CartIs
from streamseg.core.conditions.context_only import LastEventContext
from streamseg.core.conditions.followed import NotFollowed
from streamseg.core.conditions.logic import All, Not
from streamseg.core.conditions.open_checkout import OpenCheckout
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.rules.templates.base import LAST_EVENT_AGE, Expansion, Template, check_longest

_SEARCHED = ("searched",)
# An addition told by a snapshot of the cart shows in the open cart.
_STRONGER = (
    "product_viewed",
    "wishlist_added",
    "cart_item_added",
    "checkout_started",
    "order_placed",
)


def _expand(values: Mapping[str, Any]) -> Expansion:
    left = [
        NotFollowed(_SEARCHED, _STRONGER, after, values["max_age"]) for _, after in values["after"]
    ]
    checkout = OpenCheckout()
    search = LastEventContext(_SEARCHED, ("query",))
    rungs = [
        Rung(label, All([one, Not(CartIs()), Not(checkout), search]))
        for (label, _), one in zip(values["after"], left, strict=True)
    ]
    episode = Episode(anchor=left[0].first_at, context=lambda ctx: {"search": search.last(ctx)})
    return Expansion(rungs, episode)


TEMPLATE = Template(
    name="abandoned_search",
    doc="The contact's last search is at least `after` old, and at its time or later the contact "
    "viewed no product, added nothing to wishlist or cart, started no checkout and placed no "
    "order. No cart or checkout is open. The next search restarts the wait and is an episode of "
    "its own.",
    parameters=LAST_EVENT_AGE,
    expand=_expand,
    check=check_longest,
    context=("search.query", "search.time"),
    example="{after: 1h, max_age: 2d}",
)
