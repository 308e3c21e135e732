"""A worker that was paused, as a virtual machine may be, first reads what it has missed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ..stream.conftest import Install

pytestmark = pytest.mark.stream

RULES = """
version: 1
segments:
  - name: cart_left
    use: abandoned_cart
    with: {after: 2s}
"""


def event(name: str, contact: str, kind: str, time_ms: int, **data: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "contact": contact, "time": time_ms, "data": data}


def test_no_cart_is_told_before_the_order_that_came_during_the_pause(install: Install) -> None:
    shop = install(rules=RULES)
    worker = shop.worker(session_timeout="30s")
    worker.wait_running()
    shop.wait_drained()
    contacts = [f"c{number}" for number in range(20)]
    now = int(time.time() * 1000)
    shop.produce(event(f"a-{one}", one, "cart_item_added", now, product="p") for one in contacts)
    time.sleep(0.7)  # it has read them, and waits for more
    worker.freeze()
    shop.produce(
        event(f"o-{one}", one, "order_placed", now + 1_000, order=one) for one in contacts[1:]
    )
    time.sleep(3)
    worker.thaw()
    shop.wait_drained()
    time.sleep(1)
    assert worker.stop() == 0
    assert [trigger["contact"] for trigger in shop.told()] == ["c0"]
