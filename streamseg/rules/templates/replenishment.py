"""``replenishment``: a product that the contact orders again and again is due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.due_again import DueAgain
from streamseg.core.conditions.logic import All, Not
from streamseg.core.conditions.product import ProductIs
from streamseg.core.conditions.wanted import product
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.predicates import Comparison
from streamseg.core.values.timestamps import format_duration
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    gap, early = values["gap"], values["early"]
    if gap is not None and early >= gap:
        raise scope.fail(
            node.at("early"),
            f"`early` {format_duration(early)} must be shorter than `gap` {format_duration(gap)}",
        )


def _expand(values: Mapping[str, Any]) -> Expansion:
    least = values["least"] if values["gap"] is None else 0
    due = DueAgain(values["gap"], values["early"], values["give_up"], least)
    sold_out = ProductIs({"stock": Comparison({"lte": 0})})

    def context(ctx: EvalContext) -> dict[str, Any]:
        return product(ctx) | due.context(ctx)

    again = All([due, Not(sold_out)])
    return Expansion([Rung(None, again)], Episode(anchor=due.last, context=context))


TEMPLATE = Template(
    name="replenishment",
    doc="The contact's last order of a product is one gap ago: `gap`, or the mean gap between the "
    "contact's own last 8 orders of it. The product is not out of stock. The next order of it "
    "ends the episode, and so does `give_up`.",
    per="product",
    parameters={
        "gap": Field(
            Duration(),
            "the time from one order to the next (default: the contact's own mean, from 2 orders "
            "on)",
        ),
        "least": Field(
            Duration(),
            "a mean gap of the contact that is shorter than this counts as no gap (default 1d)",
            DAY_MS,
        ),
        "early": Field(
            Duration(zero=True),
            "how long before the product is due the contact enters (default 0s)",
            0,
        ),
        "give_up": Field(
            Duration(),
            "how long after the product is due the episode ends (default 30d)",
            30 * DAY_MS,
        ),
    },
    expand=_expand,
    check=_check,
    context=(
        "product.id",
        "product.stock",
        "product.price",
        "replenishment.last",
        "replenishment.due",
    ),
    example="{early: 3d, give_up: 14d}",
)
