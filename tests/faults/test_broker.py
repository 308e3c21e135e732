"""A broker that goes away in the middle and comes back: the worker waits, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamseg.broker import ANY_PORT, start, stop

from ..stream.installation import Installation, wait_for
from ..stream.shop import RULES, simulated
from .test_crashes import SETTINGS, expect_replayed, run_until

pytestmark = pytest.mark.stream


def test_the_broker_is_killed_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP", raising=False)  # not one that others use
    folder = tmp_path / "kafka"
    status = start(folder, ANY_PORT, runner="java", heap="512m")
    assert status.bootstrap is not None
    try:
        events = simulated(6_000)
        shop = Installation(status.bootstrap, tmp_path, RULES)
        shop.produce(events)
        worker = shop.worker(**SETTINGS)
        try:
            run_until(shop, worker, len(events) // 4)
            stop(folder, grace_s=0)
            wait_for(lambda: "has not answered" in worker.log, 30, lambda: worker.log)
            start(folder, runner="java", heap="512m")
            shop.wait_drained()
            assert worker.stop() == 0
            expect_replayed(shop, events)
        finally:
            shop.close()
    finally:
        stop(folder, purge=True, grace_s=0)
