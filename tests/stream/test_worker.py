"""What a worker makes of events in Kafka is what a replay makes of them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from streamseg.replay.inprocess import run_replay

from .conftest import Install
from .installation import ids
from .shop import RULES, SAMPLE, sample, simulated

pytestmark = pytest.mark.stream


def replayed(events: list[dict[str, Any]], rules: str = RULES, lateness: str = "0s") -> Any:
    """The replay up to this moment: a worker that has read everything goes by the wall clock."""
    return run_replay(rules, events, until=int(time.time() * 1000), lateness=lateness)


@pytest.mark.parametrize("partitions", [4, 16])
def test_a_backlog_of_the_simulated_shop_gives_what_a_replay_gives(
    install: Install, partitions: int
) -> None:
    events = simulated(8_000)
    shop = install(partitions=partitions)
    shop.produce(events)
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    expected = replayed(events)
    assert len({trigger["segment"] for trigger in expected.triggers}) == 4
    assert ids(shop.told("triggers")) == ids(expected.triggers)
    assert ids(shop.told("membership")) == ids(expected.membership)
    assert ids(shop.told("decisions")) == ids(expected.decisions)
    assert shop.told("dlq") == []


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not beside this checkout")
def test_the_taobao_sample_gives_what_a_replay_gives(install: Install) -> None:
    events = sample(20_000)
    shop = install()
    shop.produce(events)
    worker = shop.worker(lateness="5s")
    shop.wait_drained()
    assert worker.stop() == 0
    expected = replayed(events, lateness="5s").triggers
    assert {"cart_left", "back_in_stock", "gone_quiet"} <= {one["segment"] for one in expected}
    assert ids(shop.told()) == ids(expected)
