"""A shop that the console looks at: contacts, a product, a dead letter, a worker on one port."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, TypeVar

from streamseg.broker.probe import free_port
from tests.stream.installation import Installation, Worker

T = TypeVar("T")
RULES = """\
version: 1
segments:
- {name: cart_left, use: abandoned_cart, with: {after: [1h, 24h]}}
- {name: back, use: back_in_stock}
- {name: searched, on: searched}
- name: keen
  when: {all: [{did: product_viewed, at_least: 2, within: 1d}, {not: {did: order_placed}}]}
  trigger: {cooldown: 1d}
"""
ODD = "a/b#c?d%25<script>document.title='taken'</script>"


class Shop:
    """A thin layer on an installation: what uses an event loop runs in a thread of its own, as this
    one's is the browser's.
    """

    def __init__(self, aside: Executor, installation: Installation) -> None:
        self._aside = aside
        self.installation = installation
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.worker: Worker | None = None
        self._number = 0

    def run(self, work: Callable[..., T], *given: Any) -> T:
        """What work gives, done elsewhere."""
        return self._aside.submit(work, *given).result(120)

    def start(self, **settings: str) -> None:
        """A worker, until it runs."""
        self.worker = self.installation.worker(web_port=str(self.port), **settings)
        self.worker.wait_running(60)

    def happens(self, kind: str, contact: str = "ann", *, ago_s: float = 0, **data: Any) -> None:
        """An event of a contact, so many seconds ago."""
        self.run(self.installation.produce, [self.event(kind, contact, ago_s=ago_s, **data)])

    def event(self, kind: str, owner: str, *, ago_s: float = 0, **data: Any) -> dict[str, Any]:
        """An event with an id of its own."""
        self._number += 1
        at = int((time.time() - ago_s) * 1000)
        whose = "product" if kind == "stock_changed" else "contact"
        return {"type": kind, whose: owner, "time": at, "id": f"e{self._number}", "data": data}

    def write(self, key: bytes, event: dict[str, Any]) -> None:
        """An event under a key that need not be its own."""
        self.run(self.installation.send, [("events", key, json.dumps(event).encode(), [])])

    def drained(self) -> None:
        """Wait until all is worked off."""
        self.run(self.installation.wait_drained)

    def close(self) -> None:
        """End the workers."""
        self.installation.close()


def new_shop(aside: Executor, kafka: str, folder: Path, rules: str = RULES) -> Shop:
    """A shop with nothing in it, and no worker yet."""
    return Shop(aside, aside.submit(Installation, kafka, folder, rules, 2, 1).result(120))


def furnish(shop: Shop) -> None:
    """Have a worker run, and something happen."""
    shop.start()
    events = [
        shop.event("cart_item_added", "ann", ago_s=1_200, product="bag", price=199.0),
        shop.event("product_viewed", "bob", ago_s=900, product="hat"),
        shop.event("product_viewed", "bob", ago_s=800, product="hat"),
        shop.event("stock_changed", "hat", ago_s=700, quantity=0),
        shop.event("product_viewed", ODD, ago_s=600, product="hat"),
    ]
    shop.run(shop.installation.produce, events)
    shop.write(b"somebody else", shop.event("searched", "carl", query="socks"))
    shop.drained()
