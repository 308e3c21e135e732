"""A course in which nearly every event finds its contact at rest, as a large shop's do.

200,000 events of 100,000 contacts in 12 hours, with the frequencies of a Zipf distribution. Between
two events of a contact lie thousands of others, so that a contact is decoded and encoded for nearly
each of its events. Each event carries a nested ``context``, as web trackers send it. Under `RULES`
an event has about 0.4 outcomes.
"""

from __future__ import annotations

import random
import time
from bisect import bisect
from itertools import accumulate
from typing import Any, Final

from streamseg.simulate import encode_line

EVENTS_PER_CONTACT: Final = 2
EXPONENT: Final = 0.8  # of the Zipf distribution
PRODUCTS: Final = 5_000
LASTS_MS: Final = 12 * 3_600_000

RULES: Final = """\
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: 1h}}
  - {name: gone_quiet, use: inactivity, with: {after: 2h}}
  - name: bag_lovers
    when: {did: product_viewed, where: {category: bags, price: {gte: 100}}, at_least: 2, within: 7d}
    trigger: {cooldown: 7d}
  - name: wants_more
    per: category
    when: {did: product_viewed, at_least: 3, within: 1d}
    trigger: {}
"""

_CATEGORIES: Final = ("bags", "shoes", "dresses", "knitwear", "beauty", "home", "toys", "garden")
_SHARES: Final = {
    "product_viewed": 55,
    "page_viewed": 20,
    "cart_item_added": 10,
    "searched": 8,
    "category_viewed": 5,
    "order_placed": 2,
}
_TYPES, _WEIGHTS = list(_SHARES), list(_SHARES.values())


def spread_lines(events: int, end_ms: int | None = None) -> list[tuple[bytes, bytes]]:
    """The course as (key, value) of records, by time; it ends at ``end_ms`` (default: now).

    Always the same but for its times.
    """
    rng = random.Random(11)
    contacts = max(1, events // EVENTS_PER_CONTACT)
    shares = list(accumulate(rank**-EXPONENT for rank in range(1, contacts + 1)))
    end = time.time_ns() // 1_000_000 if end_ms is None else end_ms
    lines: list[tuple[bytes, bytes]] = []
    for number in range(events):
        rank = bisect(shares, rng.random() * shares[-1])
        kind = rng.choices(_TYPES, _WEIGHTS)[0]
        event = {
            "id": f"{rng.getrandbits(64):016x}",
            "type": kind,
            "contact": f"c-{rank * 7_919 % 1_000_003:07d}",
            "time": end - LASTS_MS + LASTS_MS * number // events,
            "data": _data(kind, number, rng) | {"context": _context(rank, rng)},
        }
        lines.append((event["contact"].encode(), encode_line(event).rstrip()))
    return lines


def _data(kind: str, number: int, rng: random.Random) -> dict[str, Any]:
    place = int(PRODUCTS * rng.random() ** 3)
    product, category = f"p-{place}", _CATEGORIES[place % len(_CATEGORIES)]
    price = 5 + place % 300 + 0.99
    match kind:
        case "product_viewed":
            return {"product": product, "category": category, "price": price}
        case "cart_item_added":
            return {"product": product, "quantity": 1, "price": price, "category": category}
        case "order_placed":
            items = [{"product": product, "quantity": 1, "price": price}]
            return {"order": f"o-{number}", "total": price, "currency": "EUR", "items": items}
        case "category_viewed":
            return {"category": category}
        case "searched":
            return {"query": f"{category} {place % 17}"}
    return {"title": f"Page {place % 40}"}


def _context(rank: int, rng: random.Random) -> dict[str, Any]:
    return {
        "page": {"path": f"/p/{rng.randrange(PRODUCTS)}", "referrer": "https://search.example/"},
        "locale": "uk-UA",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0",
        "screen": {"width": 390, "height": 844, "density": 3.0},
        "campaign": {"source": "mail", "medium": "email", "name": f"c{rank % 9}"},
    }
