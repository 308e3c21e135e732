"""The programs in `examples/` do what they say, on a real Kafka."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from .conftest import Install
from .installation import Installation, wait_for
from .shop import simulated

pytestmark = pytest.mark.stream

ROOT = Path(__file__).parents[2]


class Consumer:
    """`examples/consumer.py` in a process of its own."""

    def __init__(self, shop: Installation, database: Path) -> None:
        self._log = shop.folder / "consumer.log"
        environment = {
            "STREAMSEG_BOOTSTRAP": shop.bootstrap,
            "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "examples/consumer.py", database],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> list[str]:
        """What all of them wrote so far."""
        return self._log.read_text().splitlines()

    def end(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        return self._process.wait(30)


async def _again(bootstrap: str, records: list[ConsumerRecord]) -> None:
    """Put records into their topic once more, as a producer does that is not idempotent."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for one in records:
            await producer.send_and_wait(one.topic, one.value, one.key, headers=list(one.headers))


def test_the_consumer_queues_one_message_for_each_trigger_whatever_comes_twice(
    install: Install, tmp_path: Path
) -> None:
    shop = install()
    shop.produce(simulated(2_000))
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    records = shop.read("triggers")
    assert len(records) > 20
    asyncio.run(_again(shop.bootstrap, records[:10]))

    database = tmp_path / "messages.sqlite"
    first = Consumer(shop, database)
    try:
        wait_for(lambda: len(first.log) >= 5, 30, lambda: str(first.log))
    finally:
        first.end(signal.SIGKILL)  # it has not committed all that it acted on
    second = Consumer(shop, database)
    try:
        # All triggers, and those that were sent again; more, where the first had not committed.
        wait_for(lambda: _is_done(database, records, second.log), 60, lambda: str(second.log))
    finally:
        assert second.end(signal.SIGTERM) == 0

    with sqlite3.connect(database) as connection:
        queued = connection.execute("SELECT trigger, contact, segment FROM messages").fetchall()
    connection.close()
    told = {(one["id"], one["contact"], one["segment"]): one["type"] for one in shop.told()}
    assert set(told.values()) == {"trigger.fired"}
    assert sorted(queued) == sorted(told)
    assert second.log.count(f"known {records[0].key.decode()}") >= 1


def _is_done(database: Path, records: list[ConsumerRecord], log: list[str]) -> bool:
    """Whether each trigger was acted on, and those that were sent again were looked at."""
    with sqlite3.connect(database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM known").fetchone()
    connection.close()
    looked_at = sum(line.startswith(("known", "queued")) for line in log)
    return bool(count == len(records) and looked_at >= len(records) + 10)


def test_faust_s_own_command_line_runs_the_same_worker_with_the_user_s_agents(
    install: Install,
) -> None:
    shop = install()
    shop.produce(simulated(500))
    command = ("-m", "faust", "-A", "examples.agent", "worker", "--without-web")
    worker = shop.worker(*command)
    shop.wait_drained()
    greeted = {
        f"{one['type']} {one['segment']} {one['contact']} {source}/{name}"
        for one, source, name in (_named(record) for record in shop.read("triggers"))
    }
    assert greeted
    wait_for(lambda: greeted <= set(worker.log.splitlines()), 20, lambda: worker.log)
    assert worker.stop() == 0


def _named(record: ConsumerRecord) -> tuple[dict[str, str], str, str]:
    """A trigger, its source and its id."""
    headers = dict(record.headers)
    return json.loads(record.value), headers["ce_source"].decode(), headers["ce_id"].decode()
