"""The events of a contact, and what each one is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .values import Json, instant_ms, where_matches

PRODUCT_TYPES = {"stock_changed", "price_changed", "product_updated"}
NOT_ACTIVITY = {"message_sent", "message_delivered", "message_bounced", "order_cancelled"}
INTEREST_TYPES = {
    "viewed": "product_viewed",
    "wishlist": "wishlist_added",
    "requested": "stock_alert_requested",
}


@dataclass(frozen=True)
class Event:
    """One accepted event of a contact."""

    name: str
    """Its id, or the stand-in `line:N`."""
    type: str
    contact: str
    time: int
    data: Mapping[str, Json]
    arrival: int
    """Its place in the order of arrival."""
    settled: int
    """Up to when what time alone changes was decided as it arrived."""
    brings: tuple[str, ...] = ()
    """The products that were new in the cart, of a snapshot."""
    catalog: tuple[Json, str | None] = (None, None)
    """The catalog's price of its product at its time and the currency, as known when it arrived."""

    @property
    def order(self) -> tuple[int, int]:
        """By time; events of the same time in the order of arrival."""
        return self.time, self.arrival


def is_of(event: Event, types: Json) -> bool:
    """Whether the event is of a type, of one of a list, or (`any`) an activity."""
    if isinstance(types, list):
        return event.type in types
    if types == "any":
        return event.type not in NOT_ACTIVITY and not event.type.startswith("contact_")
    return bool(event.type == types)


def matching(events: Iterable[Event], types: Json, where: Json = None) -> list[Event]:
    """The events of the types that match `where`, in the order of their times."""
    found = [e for e in events if is_of(e, types) and where_matches(e.data, where)]
    return sorted(found, key=lambda e: e.order)


def items_of(event: Event) -> list[dict[str, Json]]:
    return list(event.data.get("items") or [])


def keys_of(event: Event, per: str) -> list[str]:
    """The event's keys, in their places: its field, or where it has none that of its items."""
    own = event.data.get(per)
    values = [own] if own is not None else [item.get(per) for item in items_of(event)]
    return list(dict.fromkeys(value for value in values if isinstance(value, str)))


def interests_of(event: Event, by: Iterable[str]) -> list[str]:
    """The products in which the event shows interest of one of the kinds."""
    kinds = set(by)
    if any(event.type == INTEREST_TYPES.get(kind) for kind in kinds):
        return [event.data["product"]]
    if "cart" in kinds and event.type == "cart_item_added":
        return [event.data["product"]]
    if "cart" in kinds and event.type == "cart_updated":
        return list(event.brings)
    return []


def ordered(event: Event, product: str) -> bool:
    return event.type == "order_placed" and product in [item["product"] for item in items_of(event)]


def is_product_record(record: Mapping[str, Any]) -> bool:
    return record["type"] in PRODUCT_TYPES


def time_of(record: Mapping[str, Any]) -> int:
    """When a record counts: at its time, or at its arrival, where it is dated too far after it."""
    time = instant_ms(record["time"])
    arrival = arrival_of(record)
    return time if arrival is None or time <= arrival + 5 * 60_000 else arrival


def reached_by(record: Mapping[str, Any]) -> int:
    """Up to when a record moves the time of all: never beyond its arrival."""
    arrival = arrival_of(record)
    return time_of(record) if arrival is None else min(time_of(record), arrival)


def arrival_of(record: Mapping[str, Any]) -> int | None:
    return None if record.get("received") is None else instant_ms(record["received"])
