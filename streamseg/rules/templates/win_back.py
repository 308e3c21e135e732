"""``win_back``: a customer has stopped ordering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.context_only import LastEventContext
from streamseg.core.conditions.did import Did
from streamseg.core.conditions.idle import Idle
from streamseg.core.conditions.logic import All
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.kinds import Integer, Ladder
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template

_ORDERS = ("order_placed",)


def _expand(values: Mapping[str, Any]) -> Expansion:
    order = LastEventContext(_ORDERS, ("order", "total", "currency"))
    often = Did(_ORDERS, None, values["at_least"], None, None)
    silences = [Idle(_ORDERS, None, after) for _, after in values["after"]]
    rungs = [
        Rung(label, All([silence, often, order]))
        for (label, _), silence in zip(values["after"], silences, strict=True)
    ]
    episode = Episode(
        anchor=silences[0].last_at, context=lambda ctx: {"last_order": order.last(ctx)}
    )
    return Expansion(rungs, episode)


TEMPLATE = Template(
    name="win_back",
    doc="The contact has ordered at least `at_least` times, and the last order is at least `after` "
    "old. Each rung fires once in a pause; the next order ends the pause.",
    parameters={
        "after": Field(
            Ladder(),
            "how long without an order (default 90d); a ladder makes several steps",
            [("90d", 90 * DAY_MS)],
        ),
        "at_least": Field(
            Integer(1, 1000), "how many orders the contact must have placed (default 1)", 1
        ),
    },
    expand=_expand,
    context=("last_order.order", "last_order.total", "last_order.currency", "last_order.time"),
    example="{after: [60d, 90d, 180d], at_least: 2}",
)
