"""A replay of what `tail events|products --json` exported tells what the worker told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Install
from .installation import ROOT, Installation, wait_for

pytestmark = pytest.mark.stream

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
RULES = """
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: [1s, 30m]}}
  - {name: quiet, use: inactivity, with: {after: 1h}}
  - {name: back, use: back_in_stock}
  - {name: searches, on: searched}
"""


def streamseg(shop: Installation, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if "STREAMSEG" not in name}
    environment |= {
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
    }
    done = subprocess.run(
        [sys.executable, "-m", "streamseg", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def export(shop: Installation, stream: str) -> Path:
    file = shop.folder / f"{stream}.ndjson"
    file.write_text(
        streamseg(shop, "tail", stream, "--json", "--from-beginning", "--until-idle", "1")
    )
    return file


def event(kind: str, owner: str, received: int | None, time_ms: int, **data: Any) -> dict[str, Any]:
    """One that a collector got at `received`; None: it goes to Kafka at once."""
    whose = "product" if kind == "stock_changed" else "contact"
    whole = {"id": f"{owner}-{kind}-{time_ms}", "type": kind, whose: owner, "time": time_ms}
    return whole | {"data": data} | ({} if received is None else {"received": received})


def skewed(now: int) -> list[dict[str, Any]]:
    """A shop in the last two hours, and among its senders some whose clocks are ahead."""

    def at(minutes_ago: int, kind: str, owner: str, ahead_ms: int = 0, **data: Any) -> None:
        received = now - minutes_ago * MINUTE_MS
        events.append(event(kind, owner, received, received + ahead_ms, **data))

    events: list[dict[str, Any]] = []
    at(120, "stock_changed", "hat", quantity=0)
    at(110, "product_viewed", "bob", product="hat")
    for number in range(20):
        at(100, "cart_item_added", f"c-{number}", product="bag", price=10)
    for number in range(20):
        # A day ahead: it counts at its arrival. Ninety seconds ahead: its time stays.
        ahead_ms = DAY_MS if number % 2 else 90_000
        at(95, "cart_item_added", f"ahead-{number}", ahead_ms, product="bag")
    for number in range(20):  # in time for the rung of 30 minutes: no clock may tell that before
        at(80, "order_placed", f"c-{number}", order=f"o-{number}")
    for number in range(20):
        at(79, "searched", f"c-{number}", DAY_MS if number % 2 else 90_000, query="shoes")
    at(60, "stock_changed", "hat", quantity=4)
    for number in range(5):  # of these Kafka alone knows when they came
        name = f"now-{number}"
        events.append(event("cart_item_added", name, None, now + DAY_MS, product="bag"))
    return events


def told_of(triggers: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(one["id"], one["type"], one["entered_at"]) for one in triggers}


@pytest.mark.parametrize("partitions", [1, 4])
def test_live_triggers_come_again_from_an_export(install: Install, partitions: int) -> None:
    shop = install(rules=RULES, partitions=partitions)
    shop.produce(skewed(int(time.time() * 1000)))
    worker = shop.worker()
    shop.wait_drained()
    # The last carts count from their arrival in Kafka on.
    wait_for(
        lambda: sum(one["contact"].startswith("now-") for one in shop.told()) == 5,
        30,
        lambda: worker.log,
    )
    assert worker.stop() == 0
    live = shop.told()
    assert {one["segment"] for one in live} == {"cart_left", "quiet", "back", "searches"}
    late = {one["contact"] for one in live if one["rung"] == "30m"}
    assert late == {f"ahead-{number}" for number in range(20)}, "the others had ordered in time"
    assert {one["type"] for one in live} == {"trigger.fired"}
    assert not shop.read("dlq")

    # Until when the last one was told, and no longer: the rest is still to come live, too.
    until = max(one["emitted_at"] for one in live)
    rules, files = str(shop.rules), [str(export(shop, stream)) for stream in ("products", "events")]
    again = streamseg(shop, "replay", "--rules", rules, "--until", until, *files)
    replayed = [json.loads(line) for line in again.splitlines()]
    assert told_of(replayed) == told_of(live)
    assert len(replayed) == len(live)
