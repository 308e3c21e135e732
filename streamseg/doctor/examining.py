"""The examination: the way to Kafka, the topics, the group with its offsets, transactions.

It asks and changes nothing, except that it ends transactions that hang if it is told to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streamseg.core.errors import StreamsegError
from streamseg.kafka.cluster import Cluster, connected
from streamseg.kafka.failures import find_failure
from streamseg.kafka.transactions import abort, find_hanging
from streamseg.observe.stats import WorkerStats
from streamseg.stream.hanging import describe
from streamseg.stream.log_ends import LogEnds
from streamseg.stream.losses import Losses
from streamseg.stream.ownership import work_done
from streamseg.stream.setup_checks import (
    check_policies,
    check_transaction_timeout,
    read_partition_counts,
)
from streamseg.stream.topic_names import TopicNames

if TYPE_CHECKING:
    from streamseg.settings import Settings

OK: Final = "ok"
NOTE: Final = "note"
WRONG: Final = "wrong"


class Finding(NamedTuple):
    """One thing that was looked at; of what is wrong the text also says what to do."""

    verdict: Literal["ok", "note", "wrong"]
    text: str


async def examine(settings: Settings, *, end_hanging: bool) -> AsyncIterator[Finding]:
    """Look at everything, as far as there is a way to it."""
    connection = settings.connection()
    try:
        async with connected(connection, settings.request_timeout_ms) as cluster:
            yield Finding(
                OK, f"Kafka at {settings.bootstrap} answers, {len(cluster.brokers())} brokers"
            )
            async for finding in _Examination(settings, cluster, end_hanging=end_hanging).run():
                yield finding
    except KafkaError as error:
        yield Finding(WRONG, (await find_failure(connection, error)).message)


class _Examination:
    """What follows once Kafka answers. Methods raise KafkaError."""

    def __init__(self, settings: Settings, cluster: Cluster, *, end_hanging: bool) -> None:
        self._settings = settings
        self._cluster = cluster
        self._end_hanging = end_hanging
        self._topics = TopicNames.of(settings)

    async def run(self) -> AsyncIterator[Finding]:
        timeout = check_transaction_timeout(self._cluster, self._settings)
        yield await self._try(timeout, "STREAMSEG_TRANSACTION_TIMEOUT is one that brokers take")
        try:
            counts = await read_partition_counts(self._cluster, self._topics)
        except StreamsegError as error:
            yield Finding(WRONG, str(error))
            return
        yield Finding(OK, f"{len(counts)} topics are there, and their partitions fit")
        policies = check_policies(self._cluster, self._topics)
        yield await self._try(policies, "the changelogs are compacted, and nothing else")
        async for finding in self._group(counts):
            yield finding
        async for finding in self._transactions(counts):
            yield finding

    async def _try(self, checking: Awaitable[None], well: str) -> Finding:
        try:
            await checking
        except StreamsegError as error:
            return Finding(WRONG, str(error))
        return Finding(OK, well)

    async def _group(self, counts: dict[str, int]) -> AsyncIterator[Finding]:
        group = self._settings.app_id
        found = await self._cluster.group(group)
        if found.members:
            yield Finding(OK, f"group {group} has {found.members} workers ({found.state})")
        else:
            yield Finding(NOTE, f"group {group} has no worker: start one with `streamseg worker`")
        ends = LogEnds(self._settings)
        try:
            await ends.start()
            async for finding in self._offsets(counts, ends):
                yield finding
        finally:
            await ends.stop()

    async def _offsets(self, counts: dict[str, int], ends: LogEnds) -> AsyncIterator[Finding]:
        """Whether what the group still has to read is there, and the state of what it has read."""
        topics, losses = self._topics, Losses(WorkerStats(), accepted=False)
        inputs = [TopicPartition(t, i) for t in topics.inputs for i in range(counts[t])]
        committed = await self._cluster.group_offsets(self._settings.app_id, inputs)
        done = {tp: work_done(each) for tp, each in committed.items()}
        first, written = await ends.first(inputs), await ends.written(inputs)
        wrong = [
            _loss(losses.check_input, tp, done[tp], first[tp], written[tp])
            for tp in inputs
            if done.get(tp)
        ]
        changelogs = {
            tp: TopicPartition(topic, tp.partition)
            for owner, topic in (
                (topics.events, topics.changelog),
                (topics.products, topics.catalog),
            )
            for tp in inputs
            if tp.topic == owner
        }
        log_first = await ends.first(changelogs.values())
        log_end = await ends.written(changelogs.values())
        wrong += [
            _loss(losses.check_empty, log, tp, done.get(tp, 0))
            for tp, log in changelogs.items()
            if log_first[log] == log_end[log]
        ]
        for line in filter(None, wrong):
            yield Finding(WRONG, line)
        waiting = sum(max(0, written[tp] - max(first[tp], done.get(tp, 0))) for tp in inputs)
        text = f"{waiting} records wait to be read, transaction markers included"
        yield Finding(NOTE if waiting else OK, text)

    async def _transactions(self, counts: dict[str, int]) -> AsyncIterator[Finding]:
        partitions = [TopicPartition(t, i) for t in sorted(counts) for i in range(counts[t])]
        hanging = await find_hanging(self._cluster, partitions)
        for each in hanging:
            if self._end_hanging:
                await abort(self._cluster, each)
                yield Finding(NOTE, f"ended a transaction that hung in {each}: it is aborted")
            else:
                yield Finding(WRONG, describe(each))
        if not hanging:
            yield Finding(OK, "no transaction hangs")


def _loss(check: Callable[..., object], *about: object) -> str | None:
    """What a check says is lost, if anything is."""
    try:
        check(*about)
    except StreamsegError as error:
        return str(error)
    return None
