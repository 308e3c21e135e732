"""A record on which the engine fails is never skipped: the worker stops and names it."""

from __future__ import annotations

import pytest

from ..stream.conftest import Install

pytestmark = pytest.mark.stream


def test_the_worker_stops_at_a_record_on_which_the_engine_fails(install: Install) -> None:
    shop = install(partitions=1)
    day = 1_700_000_000_000
    events = [
        {"id": f"e{n}", "type": "boom" if n == 7 else "look", "contact": "c", "time": day + n}
        for n in range(10)
    ]
    shop.produce(events)
    for _ in range(2):  # and again at the next start
        worker = shop.worker("-m", "tests.stream.poisoned", batch_max_records="5")
        assert worker.wait() == 1
        assert f"{shop.topic('events')}-0-7" in worker.log
        assert "ZeroDivisionError" in worker.log
        assert shop.committed_events() <= 7
    assert len(shop.told()) == shop.committed_events() <= 7
