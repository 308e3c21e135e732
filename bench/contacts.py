"""The changelog of very many contacts, as the engine writes it; each has 4 to 6 events.

What a contact does is drawn with the shares of `streamseg.simulate`: mostly looking at products,
some carts, few orders. The engine makes the state of `DISTINCT` contacts; further ones are the same
states under other names, so that a million takes seconds and not minutes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from functools import cache

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules

DISTINCT = 50_000
PRODUCTS = 20_000
NOW_MS = time.time_ns() // 1_000_000
LATENESS_MS = 5_000
NEVER_STALE_MS = 10**15

_SHARES = {
    "product_viewed": 44,
    "session_started": 17,
    "cart_item_added": 11,
    "category_viewed": 8,
    "searched": 5,
    "stock_alert_requested": 4,
    "message_opened": 3,
    "checkout_started": 3,
    "order_placed": 2,
    "wishlist_added": 2,
    "cart_item_removed": 1,
}
_TYPES, _WEIGHTS = list(_SHARES), list(_SHARES.values())

Change = tuple[bytes, bytes]  # a record of the changelog


def _data(kind: str, number: int, rng: random.Random) -> dict[str, object]:
    product = f"p-{int(PRODUCTS * rng.random() ** 3)}"
    match kind:
        case "product_viewed":
            return {"product": product, "category": "bags", "brand": "Cove", "price": 199}
        case "cart_item_added":
            return {"product": product, "quantity": 1, "price": 199, "category": "bags"}
        case "order_placed":
            return {"order": f"o-{number}", "total": 199, "items": [{"product": product}]}
        case "category_viewed":
            return {"category": "bags"}
        case "searched":
            return {"query": "gift"}
        case "checkout_started":
            return {"cart": f"k-{number}"}
        case "message_opened":
            return {"channel": "email"}
        case "session_started":
            return {}
        case _:
            return {"product": product}


def events_of(count: int, lasts_ms: int) -> list[Event]:
    """The events of so many contacts, over so long until now, in the order of time."""
    rng = random.Random(11)
    events = []
    for number in range(count):
        for step in range(rng.randint(4, 6)):
            kind = rng.choices(_TYPES, _WEIGHTS)[0]
            name = f"e-{number}-{step}"
            time_ms = NOW_MS - rng.randrange(lasts_ms)
            event = Event(kind, f"c-{number}", time_ms, _data(kind, number, rng), name, name)
            events.append(event)
    events.sort(key=lambda event: event.time)
    return events


@cache
def distinct_states(rules: str, lasts_ms: int) -> tuple[list[Change], list[bytes]]:
    """Records that a partition needs besides its contacts, and the states of DISTINCT contacts."""
    partition = Partition(parse_rules(rules), LATENESS_MS, NEVER_STALE_MS)
    partition.ready()
    rng = random.Random(5)
    for number in range(PRODUCTS):
        stock = 0 if rng.random() < 0.05 else 20
        told = NOW_MS - lasts_ms - 1
        partition.apply(ProductChange(f"p-{number}", told, 1, stock, told, 199, told), None)
    for event in events_of(DISTINCT, lasts_ms):
        partition.apply(event, None)
    changes = [(key, value) for key, value in partition.take().changes if value is not None]
    return (
        [change for change in changes if change[0][:1] != b"c"],
        [value for key, value in changes if key[:1] == b"c"],
    )


def changelog(
    rules: str, contacts: int, partition: int, partitions: int, lasts_ms: int
) -> Iterator[Change]:
    """The changelog of one partition, of a shop with so many contacts over so many partitions.

    Their events lie in the last `lasts_ms`.
    """
    shared, states = distinct_states(rules, lasts_ms)
    yield from shared
    for number in range(partition, contacts, partitions):
        # A copy: what was read from Kafka is an object of its own, too.
        yield b"cc-%d" % number, bytes(bytearray(states[number % len(states)]))
