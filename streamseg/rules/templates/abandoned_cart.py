"""``abandoned_cart``: an open cart that has not changed for some time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.cart import CartIs
from streamseg.core.features.cart import DEFAULT_MAX_AGE_MS, Cart
from streamseg.core.predicates import Comparison
from streamseg.core.segments import Rung, Story
from streamseg.core.timestamps import format_duration
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Duration, Field, Ladder, NumberKind, Scope
from streamseg.rules.templates.base import Expansion, Template


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    label, longest = values["after"][-1]
    if longest >= values["max_age"]:
        closing = format_duration(values["max_age"])
        raise scope.fail(
            node.at("after", "max_age"),
            f"`after` {label} must be shorter than `max_age` {closing}, which closes the cart",
        )


def _expand(values: Mapping[str, Any]) -> Expansion:
    least = values["min_total"]

    def condition(after: int) -> CartIs:
        return CartIs(
            idle=after,
            total=None if least is None else Comparison({"gte": least}),
            cart=Cart(values["max_age"], values["order_closes"] == "any"),
        )

    rungs = [Rung(label, condition(after)) for label, after in values["after"]]
    first = rungs[0].condition
    assert isinstance(first, CartIs)
    story = Story(anchor=first.opened_at, context=first.context)
    return Expansion(rungs, story)


TEMPLATE = Template(
    name="abandoned_cart",
    doc="The cart is open, not empty, and last changed at least so long ago. Every change of its "
    "contents restarts the wait; an order, emptying it or its age close it. Each rung of a ladder "
    "fires once for a cart.",
    parameters={
        "after": Field(Ladder(), "how long unchanged; a ladder for reminders", [("1h", 3_600_000)]),
        "min_total": Field(NumberKind(), "least sum of price × quantity"),
        "max_age": Field(
            Duration(), "after this long without a change it closes (10d)", DEFAULT_MAX_AGE_MS
        ),
        "order_closes": Field(
            Choice("related", "any"),
            "which order closes it: one that names it, shares a product or lists none, or any",
            "related",
        ),
    },
    expand=_expand,
    check=_check,
    example="{after: [1h, 24h], min_total: 50}",
)
