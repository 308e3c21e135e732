"""Events for tests of the host: the simulated shop, and the Taobao sample."""

from __future__ import annotations

import csv
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from streamseg.simulate import ShopPlan, simulate

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "taobao_global_order_96k.csv"

RULES = """
version: 1
segments:
  - name: cart_left
    use: abandoned_cart
    with: {after: [10m, 1h]}
  - name: back_in_stock
    use: back_in_stock
    with: {by: [viewed, wishlist, cart, requested], while: any}
  - name: gone_quiet
    use: inactivity
    with: {after: [1h, 3h]}
  - name: bag_lovers
    when: {did: product_viewed, at_least: 3, within: 2h}
    trigger: {cooldown: 1h}
    membership: true
"""

_TYPES = {
    "pv": "product_viewed",
    "cart": "cart_item_added",
    "fav": "wishlist_added",
    "buy": "order_placed",
}


def simulated(count: int, seed: int = 7, guests: float = 0.0) -> list[dict[str, Any]]:
    """The first `count` events of a simulated shop in which much is sold out; a share of visits
    begins as a guest's.
    """
    plan = ShopPlan(seed=seed, contacts=300, products=40, rate=2.0, outage_s=900.0, guests=guests)
    return [dict(event) for event in simulate(plan, events=count)]


def sample(rows: int) -> list[dict[str, Any]]:
    """Rows of the Taobao sample as events; the most seen products sell out and come back."""
    with SAMPLE.open(newline="") as file:
        table = list(islice(csv.reader(file), rows))
    seen: dict[str, int] = {}
    events: list[dict[str, Any]] = []
    for number, (contact, product, category, kind, second) in enumerate(table):
        time = int(second) * 1000
        seen[product] = seen.get(product, 0) + 1
        if seen[product] in (2, 4):  # sold out just before its second event, back at the fourth
            quantity = 0 if seen[product] == 2 else 5
            events.append(_stock(f"s{number}", product, time - 1, quantity))
        data: dict[str, Any] = {"product": product, "category": category}
        if kind == "buy":
            data = {"order": f"o{number}", "items": [data]}
        name = f"e{number}"
        events.append(
            {"id": name, "type": _TYPES[kind], "contact": contact, "time": time, "data": data}
        )
    return sorted(events, key=itemgetter("time"))


def _stock(name: str, product: str, time: int, quantity: int) -> dict[str, Any]:
    return {
        "id": name,
        "type": "stock_changed",
        "product": product,
        "time": time,
        "data": {"quantity": quantity},
    }
