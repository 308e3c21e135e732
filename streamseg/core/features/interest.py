"""When a contact showed interest in a product."""

from __future__ import annotations

from bisect import insort
from itertools import pairwise
from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    IGNORED,
    INSTANT_BYTES,
    LIST_BYTES,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import events_of, moments
from streamseg.core.values.predicates import Where

MAX_INSTANTS: Final = 16

EVENTS_OF: Final[dict[str, tuple[str, ...]]] = {
    "viewed": ("product_viewed",),
    "wishlist": ("wishlist_added",),
    "cart": ("cart_item_added", "cart_updated"),
    "requested": ("stock_alert_requested",),
}


class Interest(SharedFeature):
    """Instants of interest in the key's product, ascending; 16 at most.

    Beyond that one of them is dropped: the earliest that another one follows while the product is
    in stock, or out of stock, all the time between. A restock asks only for the last of such a
    stretch. A snapshot of a cart shows interest in the products that are new in it.
    """

    asks_what_is_new = True

    def __init__(self, by: tuple[str, ...]) -> None:
        self.by = tuple(sorted(by))
        self.where: Where | None = None
        self.types: tuple[str, ...] | None = tuple(
            event_type for way in self.by for event_type in EVENTS_OF[way]
        )

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("interest", self.by)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"of {events_of(self.types)}: when the last {MAX_INSTANTS} "
            "of the product happened",
            until="beyond that the earliest goes that another one of the same stay in or out of "
            "stock follows",
            typical=1 + 2 * INSTANT_BYTES,
            most=LIST_BYTES + MAX_INSTANTS * INSTANT_BYTES,
        )

    def reads(self) -> list[str]:
        return ["items", "price", "product"]

    def readable(self, state: Any) -> Any:
        return moments(state)

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        if event.type == "cart_updated" and ctx.key not in ctx.new_in_cart:
            return CHANGED if ctx.key in ctx.maybe_new_in_cart else IGNORED
        kept = states.setdefault(column, [])
        insort(kept, event.time)
        if len(kept) > MAX_INSTANTS:
            del kept[_dispensable(kept, ctx)]
        return CHANGED

    def join(self, older: list[int], newer: list[int], ctx: UpdateContext) -> list[int]:
        """All instants of both, up to 16. Which products were new in a cart was decided on each
        side.
        """
        kept = sorted([*older, *newer])
        while len(kept) > MAX_INSTANTS:
            del kept[_dispensable(kept, ctx)]
        return kept


def _dispensable(kept: list[int], ctx: UpdateContext) -> int:
    facts = ctx.facts
    for column, (one, following) in enumerate(pairwise(kept)):
        if facts is None or facts.stay(one) == facts.stay(following):
            return column
    return 0
