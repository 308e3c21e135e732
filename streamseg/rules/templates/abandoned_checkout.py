"""``abandoned_checkout``: a checkout that did not come to an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.context_only import CartContext, LastEventContext
from streamseg.core.conditions.followed import NotFollowed
from streamseg.core.conditions.logic import All
from streamseg.core.features.cart import DEFAULT_MAX_AGE_MS
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.rules.kinds import Duration, Ladder
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template, check_longest

_CHECKOUT = ("checkout_started",)


def _expand(values: Mapping[str, Any]) -> Expansion:
    left = [
        NotFollowed(_CHECKOUT, ("order_placed",), after, values["max_age"])
        for _, after in values["after"]
    ]
    started, cart = LastEventContext(_CHECKOUT, ("cart",)), CartContext()
    rungs = [
        Rung(label, All([one, started, cart]))
        for (label, _), one in zip(values["after"], left, strict=True)
    ]

    def context(ctx: EvalContext) -> dict[str, Any]:
        return {"checkout": started.last(ctx), **cart.context(ctx)}

    return Expansion(rungs, Episode(anchor=left[0].first_at, context=context))


TEMPLATE = Template(
    name="abandoned_checkout",
    doc="The contact's last checkout is at least `after` old, and no order was placed at its time "
    "or later. The next checkout restarts the wait and is an episode of its own. An order ends "
    "the episode, and so does `max_age`.",
    parameters={
        "after": Field(
            Ladder(),
            "how old the checkout must be (default 1h); a ladder sends a series of reminders",
            [("1h", 3_600_000)],
        ),
        "max_age": Field(
            Duration(),
            "how old the checkout may be (default 10d); must be longer than `after`",
            DEFAULT_MAX_AGE_MS,
        ),
    },
    expand=_expand,
    check=check_longest,
    context=("checkout.cart", "checkout.time", "cart.items", "cart.total"),
    example="{after: [30m, 24h], max_age: 3d}",
)
