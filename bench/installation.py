"""What a bench stands on: topics under a prefix of their own, processes, and watching progress."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streamseg.topics import load_catalogue
from streamseg.topics.cluster import ensure_topics

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 30.0
POLL_SECONDS = 0.05


class Sample(NamedTuple):
    """A look at a process that drains: when (monotonic, s), records done, processor time (s)."""

    at: float
    done: int
    cpu: float


class Pace(NamedTuple):
    """Records a second, and microseconds of processor time a record."""

    rate: float
    cpu_us: float


class BenchError(Exception):
    """A bench could not be carried out; the message has the last lines of who failed."""


class Process:
    """A process that is measured; what it writes goes to a file that ends with it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._log = tempfile.TemporaryFile(prefix="streamseg-bench-")  # noqa: SIM115
        kept = {name: one for name, one in os.environ.items() if not name.startswith("STREAMSEG_")}
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**kept, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return os.pread(self._log.fileno(), 1 << 24, 0).decode(errors="replace")

    def last_lines(self) -> str:
        """The end of what it wrote, for an error."""
        return "\n".join(self.log.splitlines()[-15:])

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far; 0 once it has ended."""
        try:
            times = psutil.Process(self._process.pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system)

    def check(self) -> None:
        """Raise BenchError if it has ended."""
        if self._process.poll() is not None:
            code = self._process.returncode
            raise BenchError(f"it ended with code {code}:\n{self.last_lines()}")

    def wait(self, seconds: float) -> None:
        """Return when it has ended well. Raises BenchError."""
        if self._process.wait(seconds):
            self.check()

    def stop(self) -> None:
        """SIGTERM, and after a while SIGKILL."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Process]:
    """A process for the length of a `with` block."""
    process = Process(command, environment)
    try:
        yield process
    finally:
        process.stop()


class Installation:
    """Topics of Streamseg under a prefix of their own; `name` is the prefix and the group."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self.bootstrap = bootstrap
        self.partitions = partitions
        self.name = f"bench-{uuid.uuid4().hex[:8]}"
        self.connection = {"bootstrap_servers": bootstrap}
        self.catalogue = load_catalogue(f"{self.name}.").with_partitions(partitions)

    def topic(self, short: str) -> str:
        """The full name of a topic."""
        return f"{self.name}.{short}"

    def worker(self, rules: str, group: str | None = None, **settings: str) -> Worker:
        """`streamseg worker` under these rules; `settings` are STREAMSEG_ variables."""
        return Worker(self, rules, {"APP_ID": group or self.name, **settings})


class Worker:
    """`streamseg worker` for the length of a `with` block."""

    def __init__(self, installation: Installation, rules: str, settings: dict[str, str]) -> None:
        self._installation = installation
        self._rules = rules
        self._settings = settings

    def __enter__(self) -> Process:
        self._folder = tempfile.TemporaryDirectory(prefix="streamseg-bench-")
        rules = Path(self._folder.name) / "rules.yaml"
        rules.write_text(self._rules, encoding="utf-8")
        settings = {
            "BOOTSTRAP": self._installation.bootstrap,
            "TOPIC_PREFIX": f"{self._installation.name}.",
            "STALE_AFTER": "36500d",  # the shop's history is told as if it were live
            "WEB_PORT": "0",
            "RULES": str(rules),
            **self._settings,
        }
        self._process = Process(
            [sys.executable, "-m", "streamseg", "worker"],
            {f"STREAMSEG_{name}": value for name, value in settings.items()},
        )
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.stop()
        self._folder.cleanup()


@asynccontextmanager
async def installed(bootstrap: str, partitions: int) -> AsyncIterator[Installation]:
    """Makes the topics, and deletes all topics of the prefix in the end."""
    installation = Installation(bootstrap, partitions)
    await ensure_topics(installation.connection, installation.catalogue)
    try:
        yield installation
    finally:
        async with admin(bootstrap) as client:
            names = [one for one in await client.list_topics() if installation.name in one]
            await client.delete_topics(names)


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def reader(bootstrap: str, **options: object) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, group_id=None, **options
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


class CommittedProgress:
    """How many records of a topic a group has committed: the offsets, over all partitions."""

    def __init__(self, client: AIOKafkaAdminClient, group: str, topic: str) -> None:
        self._client = client
        self._group = group
        self._topic = topic

    async def __call__(self) -> int:
        try:
            found = await self._client.list_consumer_group_offsets(self._group)
        except KafkaError:  # the group, or the broker's own topic for groups, is just being made
            return 0
        return sum(max(0, each.offset) for tp, each in found.items() if tp.topic == self._topic)


class WrittenProgress:
    """How many records a topic has got, over all partitions."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic

    async def __call__(self) -> int:
        cluster = await self._consumer._client.fetch_all_metadata()
        partitions = cluster.partitions_for_topic(self._topic) or set()
        ends = await self._consumer.end_offsets(
            [TopicPartition(self._topic, number) for number in partitions]
        )
        return sum(ends.values())


async def watch(
    progress: CommittedProgress | WrittenProgress, total: int, process: Process, seconds: float
) -> list[Sample]:
    """A sample whenever the progress is another, until it is `total`.

    Raises BenchError after `seconds`, or when the process ends.
    """
    samples: list[Sample] = []
    deadline = time.monotonic() + seconds
    while not samples or samples[-1].done < total:
        process.check()
        done = await progress()
        if not samples or done != samples[-1].done:
            samples.append(Sample(time.monotonic(), done, process.cpu_seconds()))
        if time.monotonic() > deadline:
            raise BenchError(
                f"{samples[-1].done:,} of {total:,} after {seconds:.0f} s:\n{process.last_lines()}"
            )
        await asyncio.sleep(POLL_SECONDS)
    return samples


def steady_pace(samples: list[Sample], total: int, low: float = 0.1, high: float = 0.9) -> Pace:
    """The pace between the shares `low` and `high` of `total`, start and end left out.

    Progress that comes in steps counts from step to step. Raises BenchError where there are fewer
    than two steps between the two.
    """
    between = [sample for sample in samples if low * total <= sample.done <= high * total]
    if len(between) < 2 or between[0].done == between[-1].done:
        raise BenchError("too few steps of progress to tell a rate: give it more records")
    first, last = between[0], between[-1]
    done = last.done - first.done
    return Pace(done / (last.at - first.at), (last.cpu - first.cpu) / done * 1e6)
