"""``first_order``: the contact has become a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.context_only import LastEventContext
from streamseg.core.conditions.did import Did
from streamseg.core.conditions.logic import All
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    order = LastEventContext(("order_placed",), ("order", "total", "currency"))
    ordered = All([Did(("order_placed",), None, 1, None, None), order])
    episode = Episode(context=lambda ctx: {"order": order.last(ctx)}, once=True)
    return Expansion([Rung(None, ordered)], episode)


TEMPLATE = Template(
    name="first_order",
    doc="The contact has ordered. It fires once for a contact, at the first order.",
    parameters={},
    expand=_expand,
    context=("order.order", "order.total", "order.currency", "order.time"),
    example="{}",
)
