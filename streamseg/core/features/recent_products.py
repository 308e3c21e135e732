"""The products that events of a kind were of, the last few."""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    IGNORED,
    INSTANT_BYTES,
    UNCHANGED,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import events_of, moment
from streamseg.core.values.numbers import NUMBER_BYTES, pack, unpack
from streamseg.core.values.predicates import Where
from streamseg.core.vocabulary import MAX_ID_BYTES

MAX_RECENT: Final = 5
_INSTANT: Final = itemgetter(0)


class RecentProducts(SharedFeature):
    """The last 5 products of events of ``types``, for the context of a message.

    State: a list of ``[instant, product, price]``, ascending, each product once with the last of
    its events; the price is the event's, null where it has none.
    """

    where: Where | None = None

    def __init__(self, types: tuple[str, ...]) -> None:
        self.types: tuple[str, ...] | None = types

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("recent_products", self.types)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"of {events_of(self.types)}: the last {MAX_RECENT} products, when each last "
            "happened, and the price then",
            until="a later one takes the place of the oldest",
            typical=1 + 3 * (1 + INSTANT_BYTES + 10 + 6),
            most=1 + MAX_RECENT * (1 + INSTANT_BYTES + MAX_ID_BYTES + 3 + NUMBER_BYTES),
        )

    def reads(self) -> list[str]:
        return ["price", "product"]

    def readable(self, state: Any) -> Any:
        return [
            {"at": moment(at), "product": product, "price": unpack(price)}
            for at, product, price in state
        ]

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        product = event.data.get("product")
        if product is None:
            return IGNORED
        kept: list[list[Any]] = states.setdefault(column, [])
        entry = [event.time, product, pack(event.data.get("price"))]
        return CHANGED if _put(kept, entry) else UNCHANGED

    def join(
        self, older: list[list[Any]], newer: list[list[Any]], ctx: UpdateContext
    ) -> list[list[Any]]:
        """The last 5 of both, each product once."""
        kept = older[:]
        for entry in newer:
            _put(kept, entry)
        return kept


def _put(kept: list[list[Any]], entry: list[Any]) -> bool:
    """Put an entry in its place, unless a later one of its product is there; whether it was."""
    for index, known in enumerate(kept):
        if known[1] == entry[1]:
            if known[0] > entry[0]:
                return False
            del kept[index]
            break
    kept.insert(bisect_right(kept, entry[0], key=_INSTANT), entry)
    if len(kept) > MAX_RECENT:
        del kept[0]
    return True
