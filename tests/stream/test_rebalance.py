"""Workers come and go: partitions change hands, and state that stays is not read again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from streamseg.core.compiled import IS_COMPILED

from .conftest import Install
from .installation import Installation, Worker, wait_for
from .scraping import scrape, scraped
from .shop import simulated

pytestmark = pytest.mark.stream

QUICK = {"session_timeout": "2s", "heartbeat_interval": "300ms"}


def assigned(worker: Worker) -> float:
    return sum(
        scraped(worker, f'streamseg_partitions{{phase="{phase}"}}')
        for phase in ("claiming", "restoring", "waiting", "running")
    )


def test_state_that_comes_back_to_the_same_worker_is_not_read_again(install: Install) -> None:
    shop = install(partitions=4)
    shop.produce(simulated(500))
    first = shop.worker(**QUICK)
    first.wait_running()
    second = shop.worker(**QUICK)
    second.wait_running()
    wait_for(lambda: assigned(first) == 4 and assigned(second) == 4, 20, "an even spread")
    wait_for(
        lambda: scraped(first, 'streamseg_takeovers_total{state="warm"}') == 4, 20, "warm returns"
    )
    assert second.stop() == 0
    wait_for(lambda: assigned(first) == 8, 20, "the partitions of the one that left")
    wait_for(
        lambda: scraped(first, 'streamseg_partitions{phase="running"}') == 8, 20, "them to run"
    )
    assert scraped(first, 'streamseg_takeovers_total{state="warm"}') == 8
    assert scraped(first, "streamseg_fences_total") == 0
    # The tests' worker runs the engine that the tests run.
    assert f'compiled="{"yes" if IS_COMPILED else "no"}"' in scrape(first)
    assert first.stop() == 0


def test_a_static_member_is_back_without_a_rebalance(install: Install) -> None:
    shop = install()
    shop.produce(simulated(500))
    settings = {"group_instance_id": "one", "session_timeout": "10s"}
    first = shop.worker(**settings)
    first.wait_running()
    shop.wait_drained()
    assert first.stop() == 0
    again = shop.worker(**settings)
    again.wait_running()
    assert again.stop() == 0


def test_two_workers_under_one_static_name_do_not_fight(install: Install) -> None:
    shop = install()
    settings = {"group_instance_id": "one", "session_timeout": "6s", "heartbeat_interval": "300ms"}
    first = shop.worker(**settings)
    first.wait_running()
    second = shop.worker(**settings)
    assert first.wait() == 1
    assert "STREAMSEG_GROUP_INSTANCE_ID" in first.log
    second.wait_running()
    assert second.stop() == 0


def test_a_static_member_that_is_replaced_between_two_polls_ends(install: Install) -> None:
    """No assignment comes to it any more that a poll could wait for."""
    shop = install()
    shop.produce(simulated(500))
    settings = {"group_instance_id": "one", "heartbeat_interval": "300ms", "min_cycle": "3s"}
    first = shop.worker(**settings)
    first.wait_running()
    second = shop.worker(**settings)
    more = iter(simulated(1_000))
    wait_for(lambda: replaced(first, shop, more), 30, lambda: f"it to end:\n{first.log}")
    assert "STREAMSEG_GROUP_INSTANCE_ID" in first.log
    second.wait_running()
    assert second.stop() == 0


def replaced(worker: Worker, shop: Installation, events: Iterator[dict[str, Any]]) -> bool:
    """Whether the worker has ended; until then it gets something to commit, and waits after it."""
    shop.produce([next(events)])
    return worker.process.poll() is not None
