"""What a worker makes of events in Kafka is what a replay makes of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.replaying import run_replay

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


PREDICTING = """
version: 1
value: {model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614}}
segments:
  - {name: viewers, when: {did: product_viewed}}
  - {name: churn, use: likely_to_churn, with: {within: 90d, risk: 80%}}
  - {name: birthday, use: anniversary, with: {of: {attribute: birthday}}}
"""
BEFORE = """
version: 1
segments:
  - {name: viewers, when: {did: product_viewed}}
  - {name: birthday, use: anniversary, with: {of: {attribute: birthday}}}
"""


def test_a_worker_that_begins_with_predicting_rules_says_what_it_does_not_know(
    install: Install,
) -> None:
    shop = install(BEFORE, 2)
    now = int(time.time() * 1000)
    view = {"type": "product_viewed", "data": {"product": "p"}, "time": now}
    shop.produce({**view, "contact": f"c-{number}"} for number in range(40))
    born = {"type": "contact_updated", "data": {"birthday": "1990-01-01"}, "time": now + 1}
    shop.produce({**born, "contact": f"c-{number}"} for number in range(30))
    first = shop.worker()
    shop.wait_drained()
    assert first.stop() == 0
    assert "New to these rules" not in first.log
    shop.rules.write_text(PREDICTING)
    for said in (1, 0):
        worker = shop.worker()
        worker.wait_running()
        shop.wait_drained()
        assert worker.stop() == 0
        lines = [line for line in worker.log.splitlines() if "New to these rules" in line]
        assert len(lines) == said
        assert all("40 contacts: what churn ask about" in line for line in lines)
    command = [sys.executable, "-m", "streamseg", "rules", "dates", str(shop.rules), "--json"]
    environment = {
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_APP_ID": shop.name,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
    }
    done = subprocess.run(
        command, check=False, env=os.environ | environment, capture_output=True, text=True
    )
    assert json.loads(done.stdout)["date"] == {"is": "1990-01-01", "contacts": 30}, done.stderr
