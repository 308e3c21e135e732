"""``next_order``: by the contact's own rhythm it is time to order again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.next_order import NextOrder
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.kinds import Duration
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    due = NextOrder(values["orders"], values["due"], values["give_up"])
    episode = Episode(due.anchor, due.context, can_return=due.can_return)
    return Expansion([Rung(None, due)], episode)


TEMPLATE = Template(
    name="next_order",
    doc="The contact is expected to order again: the last order day is as long ago as the mean gap "
    "between the contact's last 8 order days. There must be at least two gaps. The next order day "
    "ends the episode, and so does `give_up`.",
    parameters={
        "due": Field(
            Duration(zero=True),
            "how long before the expected order the contact enters (default 0s)",
            0,
        ),
        "give_up": Field(
            Duration(),
            "how long after the expected order the episode ends (default 30d)",
            30 * DAY_MS,
        ),
    },
    expand=_expand,
    context=("next_order.last", "next_order.due"),
    example="{due: 7d, give_up: 30d}",
    of_file={"orders": lambda node, scope: scope.value.orders},
)
