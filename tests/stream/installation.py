"""One installation on the session's broker: topics, worker processes, what goes in and out."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import ConsumerRecord

from streamseg.core.vocabulary import PRODUCT_TYPES
from streamseg.produce.sender import Sender
from streamseg.topics import load_catalogue
from streamseg.topics.cluster import admin, ensure_topics

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
INPUTS = ("events", "signals", "products")
DRAIN_SECONDS = 90.0
QUIET_SECONDS = 1.5


class Installation:
    """Topics under a prefix of their own, and the workers that a test starts on them."""

    def __init__(
        self, bootstrap: str, folder: Path, rules: str, partitions: int = 4, products: int = 4
    ) -> None:
        self.bootstrap = bootstrap
        self.folder = folder
        self.name = f"t{uuid.uuid4().hex[:10]}"
        self.rules = folder / "rules.yaml"
        self.rules.write_text(rules)
        self.workers: list[Worker] = []
        catalogue = load_catalogue(f"{self.name}.").with_partitions(partitions)
        catalogue = replace(
            catalogue,
            topics=tuple(
                replace(topic, partitions=products) if topic.group == "products" else topic
                for topic in catalogue.topics
            ),
        )
        self.counts = {topic.short: topic.partitions for topic in catalogue.topics}
        asyncio.run(ensure_topics({"bootstrap_servers": bootstrap}, catalogue))

    def topic(self, short: str) -> str:
        """The full name of a topic."""
        return f"{self.name}.{short}"

    def add_partitions(self, short: str, count: int) -> None:
        """Raise a topic's partitions, as an operator might by mistake."""

        async def add() -> None:
            async with admin({"bootstrap_servers": self.bootstrap}) as client:
                await client.create_partitions({self.topic(short): NewPartitions(count)})

        asyncio.run(add())

    # -- in --------------------------------------------------------------------------------

    def produce(self, events: Iterable[dict[str, Any]]) -> None:
        """Send events of both kinds, each to its topic and under its key."""
        self.send(
            (
                "products" if event["type"] in PRODUCT_TYPES else "events",
                _key(event),
                json.dumps(event).encode(),
                [],
            )
            for event in events
        )

    def send(
        self, records: Iterable[tuple[str, bytes | None, bytes | None, list[tuple[str, Any]]]]
    ) -> None:
        """Send raw records: topic's short name, key, value, headers."""

        async def send() -> None:
            async with Sender({"bootstrap_servers": self.bootstrap}) as sender:
                await sender.find([self.topic(short) for short in INPUTS])
                for short, key, value, headers in records:
                    sender.add(self.topic(short), key, value, headers)
                await sender.flush()

        asyncio.run(send())

    # -- workers ---------------------------------------------------------------------------

    def worker(self, *command: str, **settings: str) -> Worker:
        """Start a worker process; `settings` are STREAMSEG_ variables, in lower case."""
        worker = Worker(self, command or ("-m", "streamseg", "worker"), settings)
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        """End what a test left running."""
        for worker in self.workers:
            worker.kill()

    # -- out -------------------------------------------------------------------------------

    def wait_drained(self, seconds: float = DRAIN_SECONDS) -> None:
        """Return when all inputs are worked off and nothing more is told."""
        wait_for(lambda: asyncio.run(self._drained()), seconds, "all inputs to be worked off")
        before: dict[TopicPartition, int] = {}
        deadline = time.monotonic() + seconds
        while (now := asyncio.run(self._ends(("triggers", "changelog", "catalog")))) != before:
            assert time.monotonic() < deadline, f"something is still told after {seconds} s"
            before = now
            time.sleep(QUIET_SECONDS)

    async def _drained(self) -> bool:
        ends, committed = await self._ends(INPUTS), await self._committed()
        return all(committed.get(tp, 0) >= end for tp, end in ends.items())

    def committed_events(self) -> int:
        """How far the group is in the events, over all partitions."""
        found = asyncio.run(self._committed())
        return sum(offset for tp, offset in found.items() if tp.topic == self.topic("events"))

    async def _ends(self, shorts: Iterable[str]) -> dict[TopicPartition, int]:
        async with self._reader() as reader:
            tps = self._partitions(shorts)
            first = await reader.beginning_offsets(tps)
            ends = await reader.end_offsets(tps)
            return {tp: end for tp, end in ends.items() if end > first[tp]}

    async def _committed(self) -> dict[TopicPartition, int]:
        client = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await client.start()
        try:
            found = await client.list_consumer_group_offsets(self.name)
        except GroupCoordinatorNotAvailableError:  # the broker is still making its topic
            found = {}
        finally:
            await client.close()
        return {tp: each.offset for tp, each in found.items()}

    def count(self, short: str) -> int:
        """Committed offsets of a topic, transaction markers included; 0 if it is empty."""
        return sum(asyncio.run(self._ends([short])).values())

    def ends(self, short: str) -> dict[int, int]:
        """The ends of a topic's partitions, of those with records."""
        found = asyncio.run(self._ends([short]))
        return {tp.partition: end for tp, end in found.items()}

    def read(self, short: str) -> list[ConsumerRecord]:
        """All committed records of a topic, partition by partition."""

        async def read() -> list[ConsumerRecord]:
            async with self._reader() as reader:
                tps = self._partitions([short])
                ends = await reader.end_offsets(tps)
                reader.assign(tps)
                await reader.seek_to_beginning()
                records: list[ConsumerRecord] = []
                while True:
                    left = [tp for tp in tps if await reader.position(tp) < ends[tp]]
                    if not left:
                        return records
                    for got in (await reader.getmany(timeout_ms=200)).values():
                        records += got

        return asyncio.run(read())

    def told(self, short: str = "triggers") -> list[dict[str, Any]]:
        """The values of all committed records of a topic."""
        return [json.loads(record.value) for record in self.read(short)]

    def _reader(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
        )

    def _partitions(self, shorts: Iterable[str]) -> list[TopicPartition]:
        return [
            TopicPartition(self.topic(short), partition)
            for short in shorts
            for partition in range(self.counts[short])
        ]


class Worker:
    """A worker process."""

    def __init__(
        self, installation: Installation, command: tuple[str, ...], settings: dict[str, str]
    ) -> None:
        number = len(installation.workers)
        self.log_file = installation.folder / f"worker-{number}.log"
        variables = {
            "bootstrap": installation.bootstrap,
            "app_id": installation.name,
            "topic_prefix": f"{installation.name}.",
            "rules": str(installation.rules),
            "stale_after": "36500d",
            "lateness": "0s",
            "web_port": "0",
            **settings,
        }
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("STREAMSEG_")
        }
        environment |= {f"STREAMSEG_{name.upper()}": value for name, value in variables.items()}
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text(errors="replace")

    def wait_running(self, seconds: float = 30.0, times: int = 1) -> None:
        """Return when it has taken over what it was assigned, for the n-th time."""
        wait_for(
            lambda: self.log.count("partitions are running") >= times or self._ended(),
            seconds,
            lambda: f"the worker to run:\n{self.log}",
        )
        assert not self._ended(), self.log

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self, seconds: float = 30.0) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = 30.0) -> int:
        """The exit code, when it has ended by itself."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it has not ended in {seconds} s:\n{self.log}") from None

    def kill(self) -> None:
        """SIGKILL, also while it is frozen."""
        if not self._ended():
            self.process.kill()
        self.process.wait(10)

    def freeze(self) -> None:
        """SIGSTOP."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)


def wait_for(done: Callable[[], bool], seconds: float, what: str | Callable[[], str]) -> None:
    """Poll until `done`; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(
                f"waited {seconds} s for {what if isinstance(what, str) else what()}"
            )
        time.sleep(0.1)


def ids(outcomes: Iterable[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """The multiset of (id, type)."""
    return Counter((outcome["id"], outcome["type"]) for outcome in outcomes)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine to its end."""
    return asyncio.run(coroutine)


def _key(event: dict[str, Any]) -> bytes:
    owner = event["product"] if event["type"] in PRODUCT_TYPES else event["contact"]
    return str(owner).encode()
