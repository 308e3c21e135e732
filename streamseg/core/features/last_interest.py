"""The last interest in a product, and its price then."""

from __future__ import annotations

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
from streamseg.core.features.interest import EVENTS_OF
from streamseg.core.features.wording import events_of, moment
from streamseg.core.values.numbers import NUMBER_BYTES, pack, unpack
from streamseg.core.values.predicates import Where

MAX_CURRENCY: Final = 16  # characters
MAX_CURRENCY_BYTES: Final = 4 * MAX_CURRENCY + 2


class LastInterest(SharedFeature):
    """The last interest in the key's product: state is ``[instant, price then]``, and the price's
    currency where it is known.

    The price is the event's (of a snapshot, that of the item), else the catalog's at that time as
    far as it is remembered. A snapshot of a cart shows interest in the products that are new in it.
    ``[instant]``: a snapshot of then may have shown it, as it is not known what was new in it.
    """

    where: Where | None = None
    is_of_last = True

    def __init__(self, by: tuple[str, ...]) -> None:
        self.by = tuple(sorted(set(by)))
        self.types: tuple[str, ...] | None = tuple(
            event_type for way in self.by for event_type in EVENTS_OF[way]
        )

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("last_interest", self.by)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"of {events_of(self.types)}: when the last one of the product happened, and the "
            "price then",
            until="the next one takes its place",
            typical=1 + INSTANT_BYTES + 6,
            most=1 + INSTANT_BYTES + NUMBER_BYTES + MAX_CURRENCY_BYTES,
        )

    def reads(self) -> list[str]:
        return ["currency", "items", "price", "product"]

    def readable(self, state: Any) -> Any:
        if is_doubtful(state):
            return {"maybe_at": moment(state[0])}
        currency = {"currency": state[2]} if len(state) > 2 else {}
        return {"at": moment(state[0]), "price": unpack(state[1]), **currency}

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        is_new = event.type != "cart_updated" or ctx.key in ctx.new_in_cart
        if not is_new and ctx.key not in ctx.maybe_new_in_cart:
            return IGNORED
        kept = states.get(column)
        if kept is not None and event.time < kept[0]:
            return UNCHANGED
        if kept is None and ctx.is_unknown_last(column, event.time):
            return UNCHANGED
        if not is_new:
            states[column] = [event.time]
            return CHANGED
        price = _price(event, ctx.key)
        currency = event.data.get("currency")
        if price is None and ctx.facts is not None:
            price, currency = ctx.facts.price_at(event.time)
        state = states[column] = [event.time, pack(price)]
        if type(currency) is str:
            state.append(currency[:MAX_CURRENCY])
        return CHANGED

    def join(self, older: list[Any], newer: list[Any], ctx: UpdateContext) -> list[Any]:
        """The later one."""
        return older if older[0] > newer[0] else newer


def is_doubtful(state: list[Any]) -> bool:
    """Whether it is not known that there was interest at the instant of a state."""
    return len(state) == 1


def _price(event: Event, product: str | None) -> Any:
    """The price in the event. Of several lines of a snapshot the highest counts: one at half
    price, or as a gift, is no price of the product.
    """
    if event.type != "cart_updated":
        return event.data.get("price")
    highest = None
    for item in event.data["items"]:
        price = item.get("price") if item["product"] == product else None
        if price is not None and (highest is None or price > highest):
            highest = price
    return highest
