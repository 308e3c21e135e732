"""Whatever crashes, every trigger is in the topic exactly once for who reads committed records."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.replaying import run_replay

from ..stream.conftest import Install
from ..stream.installation import Installation, Worker, ids, wait_for
from ..stream.shop import RULES, simulated

pytestmark = pytest.mark.stream

# small transactions, so that there are many moments to crash at; a quick group
WAITING = 9_000  # contacts, for the product that comes back
SETTINGS = {"batch_max_records": "60", "session_timeout": "2s", "heartbeat_interval": "500ms"}


def expect_replayed(shop: Installation, events: list[dict[str, Any]]) -> None:
    expected = run_replay(RULES, events, until=int(time.time() * 1000))
    assert ids(shop.told("triggers")) == ids(expected.triggers)
    assert ids(shop.told("membership")) == ids(expected.membership)


def run_until(shop: Installation, worker: Worker, events: int) -> None:
    """Let a worker get on until that many events are committed."""
    worker.wait_running()
    wait_for(lambda: shop.committed_events() >= events, 60, lambda: f"progress:\n{worker.log}")


def test_a_worker_and_the_one_that_took_over_are_killed(install: Install) -> None:
    events = simulated(6_000)
    shop = install()
    shop.produce(events)
    for share in (0.2, 0.5):
        worker = shop.worker(**SETTINGS)
        run_until(shop, worker, int(len(events) * share))
        worker.kill()
    last = shop.worker(**SETTINGS)
    shop.wait_drained()
    assert last.stop() == 0
    expect_replayed(shop, events)


def test_one_of_two_workers_is_killed_and_the_other_goes_on(install: Install) -> None:
    events = simulated(6_000)
    shop = install()
    shop.produce(events)
    first = shop.worker(**SETTINGS)
    second = shop.worker(**SETTINGS)
    second.wait_running()
    run_until(shop, first, len(events) // 3)
    first.kill()
    shop.wait_drained()
    assert second.stop() == 0
    expect_replayed(shop, events)


def test_one_of_two_workers_leaves_and_the_other_goes_on(install: Install) -> None:
    events = simulated(6_000)
    shop = install()
    shop.produce(events)
    first = shop.worker(**SETTINGS)
    run_until(shop, first, 1_000)
    second = shop.worker(**SETTINGS)
    run_until(shop, second, 3_000)
    assert first.stop() == 0
    shop.wait_drained()
    assert second.stop() == 0
    expect_replayed(shop, events)


def test_a_frozen_worker_writes_nothing_once_another_has_taken_over(install: Install) -> None:
    events = simulated(6_000)
    shop = install()
    shop.produce(events)
    zombie = shop.worker(**SETTINGS)
    run_until(shop, zombie, len(events) // 4)
    zombie.freeze()
    heir = shop.worker(**SETTINGS)
    run_until(shop, heir, len(events) // 2)
    zombie.thaw()
    shop.wait_drained()
    zombie.wait_running(times=2)  # it starts over, as a new member
    assert zombie.stop() == 0
    assert heir.stop() == 0
    expect_replayed(shop, events)


def test_a_worker_is_killed_while_a_restock_is_brought_to_thousands(install: Install) -> None:
    day = 1_700_000_000_000
    stock = {"type": "stock_changed", "product": "p"}
    view = {"type": "product_viewed", "data": {"product": "p"}}
    events: list[dict[str, Any]] = [{**stock, "id": "out", "time": day, "data": {"quantity": 0}}]
    for number in range(WAITING):
        who = {"id": f"e{number}", "contact": f"c{number}", "time": day + 1 + number}
        events.append({**view, **who})
    events.append({**stock, "id": "back", "time": day + 10_000, "data": {"quantity": 5}})
    shop = install()
    shop.produce(events)
    settings = {**SETTINGS, "batch_max_records": "20000", "batch_max_contacts": "10"}
    for _ in range(2):
        kill_while_it_tells(shop, shop.worker(**settings))
        assert shop.count("triggers") < WAITING, "it was too quick to be killed in the middle"
    last = shop.worker(**settings)
    last.wait_running()
    shop.wait_drained()
    assert last.stop() == 0
    expect_replayed(shop, events)


def kill_while_it_tells(shop: Installation, worker: Worker) -> None:
    worker.wait_running()
    before = shop.count("triggers")
    wait_for(lambda: shop.count("triggers") > before, 60, lambda: worker.log)
    worker.kill()
