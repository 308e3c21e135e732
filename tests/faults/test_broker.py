"""A broker that goes away in the middle and comes back: the worker waits, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka import TopicPartition

from streamseg.broker import ANY_PORT, start, stop
from streamseg.kafka.cluster import connected
from streamseg.kafka.transactions import OpenTransaction, find_hanging

from ..stream.installation import Installation, run, wait_for
from ..stream.shop import RULES, simulated
from .test_crashes import SETTINGS, expect_replayed, run_until

pytestmark = pytest.mark.stream


async def hanging(bootstrap: str, partitions: list[TopicPartition]) -> list[OpenTransaction]:
    async with connected({"bootstrap_servers": bootstrap}) as cluster:
        return await find_hanging(cluster, partitions)


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
            topics = [
                TopicPartition(shop.topic(t), i) for t, n in shop.counts.items() for i in range(n)
            ]
            assert not run(hanging(status.bootstrap, topics)), "somebody has ended each transaction"
        finally:
            shop.close()
    finally:
        stop(folder, purge=True, grace_s=0)
