"""``nth_order``: the contact has ordered so often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.context_only import LastEventContext
from streamseg.core.conditions.did import Did
from streamseg.core.conditions.logic import All
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.rules.kinds import Ascending, Integer
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    order = LastEventContext(("order_placed",), ("order", "total", "currency"))
    rungs = [
        Rung(label, All([Did(("order_placed",), None, number, None, None), order]))
        for label, number in values["n"]
    ]
    return Expansion(rungs, Episode(context=lambda ctx: {"order": order.last(ctx)}, once=True))


TEMPLATE = Template(
    name="nth_order",
    doc="The contact has placed at least `n` orders. Each rung fires once for a contact, at its "
    "order.",
    parameters={
        "n": Field(
            Ascending(Integer(1, 1000), "number"),
            "the number of the order, or a ladder of numbers",
            required=True,
        ),
    },
    expand=_expand,
    context=("order.order", "order.total", "order.currency", "order.time"),
    example="{n: [2, 5, 10]}",
)
