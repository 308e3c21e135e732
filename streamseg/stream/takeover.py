"""From an assignment to running tasks: claim, fence, restore, seek, go.

It runs in a task of its own, never in a rebalance callback: whatever takes longer there than the
session timeout gets the worker evicted, again and again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from streamseg.core.partition import Partition
from streamseg.observe.stats import PartitionStats
from streamseg.stream.catalog_progress import wait_for_catalog
from streamseg.stream.catalog_task import CatalogTask
from streamseg.stream.clients import new_producer, stop_quietly
from streamseg.stream.launch import Launch
from streamseg.stream.losses import Losses, StateLog
from streamseg.stream.offsets import Reached
from streamseg.stream.ownership import Owners, Ownership, transactional_id, work_done
from streamseg.stream.partition_task import PartitionTask
from streamseg.stream.restore import restore
from streamseg.stream.sinks import AtLeastOnceSink, Sink, TransactionSink
from streamseg.stream.tasks import StreamTask
from streamseg.stream.watch import find_logs

if TYPE_CHECKING:
    from streamseg.kafka.cluster import Cluster
    from streamseg.observe.stats import WorkerStats
    from streamseg.settings import Settings
    from streamseg.stream.assignment import Assignment
    from streamseg.stream.engine import Engine
    from streamseg.stream.log_ends import LogEnds
    from streamseg.stream.topic_names import TopicNames
    from streamseg.stream.warm import WarmStates

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Takeover:
    """Takes the partitions of assignments over; one for each membership in the group."""

    settings: Settings
    topics: TopicNames
    engine: Engine
    stats: WorkerStats
    counts: dict[str, int]  # partitions by topic
    consumer: Any
    cluster: Cluster
    ends: LogEnds
    ownership: Ownership
    warm: WarmStates
    losses: Losses
    retention: dict[str, int | None]  # see retention

    async def run(self, assignment: Assignment) -> None:
        """Bring every task of the assignment to run. Raises OwnershipLostError, KafkaError."""
        if not assignment.partitions:
            return
        assignment.sink = await self._open_sink(assignment.writer)
        tps = [tp for owner in assignment.partitions for tp in self._inputs_of(owner)]
        first, written = await asyncio.gather(self.ends.first(tps), self.ends.written(tps))
        owners = await self.ownership.take(assignment.partitions, assignment.writer)
        launch = Launch(self.consumer, assignment, first, written, self.losses, self.stats)
        kept = self.warm.take(owners)
        for task, reached in kept.values():
            self.stats.warm_returns += 1
            launch.start(task, reached)
        gate = asyncio.create_task(self._open_gate(launch))
        try:
            await self._restore(launch, assignment.partitions - kept.keys(), written)
            await gate
        finally:
            gate.cancel()

    async def _restore(
        self,
        launch: Launch,
        partitions: frozenset[TopicPartition],
        written: dict[TopicPartition, int],
    ) -> None:
        cold = [self._new_task(tp) for tp in sorted(partitions)]
        if cold:
            unaware: Counter[str] = Counter()
            logs, done = await self._look(cold)
            for task in cold:
                self._show_lag(task, written, done)
            async for task, reached in restore(self.settings, cold, self.stats):
                self.stats.restores += 1
                unaware.update(task.core.unaware)
                launch.start(task, self._check(task, reached, logs[task.changelog], done))
                # the migration to other rules, and the log's id, have to be written: commit it
                task.touched = True
            _tell(unaware)

    async def _look(
        self, tasks: list[StreamTask]
    ) -> tuple[dict[TopicPartition, StateLog], dict[TopicPartition, int]]:
        """The changelogs as they are now, and how far the group has committed the inputs."""
        changelogs = [task.changelog for task in tasks]
        inputs = [source.tp for task in tasks for source in task.inputs]
        logs, committed = await asyncio.gather(
            find_logs(self.cluster, self.ends, changelogs),
            self.cluster.group_offsets(self.settings.app_id, inputs),
        )
        return logs, {tp: work_done(committed.get(tp)) for tp in inputs}

    def _check(
        self, task: StreamTask, reached: Reached, found: StateLog, done: dict[TopicPartition, int]
    ) -> Reached:
        """How far the inputs of a restored task are applied. Raises LossError where state is
        missing.
        """
        if not reached.offsets:
            self.losses.check_empty(task.changelog, task.tp, done[task.tp])
            if done[task.tp]:
                reached = Reached({source.name: done[source.tp] for source in task.inputs})
        else:
            known = StateLog(reached.log, reached.log_first)
            self.losses.check_log(task.changelog, known, found)
            self.losses.check_state(
                task.changelog, task.tp, reached.offsets[task.kind], done[task.tp]
            )
        task.log = found
        return reached

    async def _open_sink(self, writer: str) -> Sink:
        once = self.settings.processing_guarantee == "exactly_once"
        group, metadata = self.settings.app_id, str(Owners((writer,)))
        producer = new_producer(self.settings, transactional_id(group, writer) if once else None)
        try:
            await producer.start()
        except BaseException:
            await stop_quietly(producer)
            raise
        if once:
            return TransactionSink(producer, group, metadata)
        return AtLeastOnceSink(producer, self.consumer, metadata)

    async def _open_gate(self, launch: Launch) -> None:
        products, signals = self.topics.products, self.topics.signals
        await wait_for_catalog(
            self.ends, self.cluster, self.settings.app_id, self._all_partitions(products)
        )
        launch.open_gate(await self.ends.written(self._all_partitions(signals)))

    def _all_partitions(self, topic: str) -> list[TopicPartition]:
        return [TopicPartition(topic, index) for index in range(self.counts[topic])]

    def _inputs_of(self, owner: TopicPartition) -> list[TopicPartition]:
        if owner.topic == self.topics.events:
            return [owner, TopicPartition(self.topics.signals, owner.partition)]
        return [owner]

    def _show_lag(
        self, task: StreamTask, written: dict[TopicPartition, int], done: dict[TopicPartition, int]
    ) -> None:
        """Show the lag of inputs while the state is restored."""
        shown = self.stats.partitions[task.kind, task.tp.partition]
        for source in task.inputs:
            shown.lag_records[source.name] = max(0, written[source.tp] - done[source.tp])

    def _new_task(self, tp: TopicPartition) -> StreamTask:
        task: StreamTask
        checked = self.settings.partitioner == "murmur2"
        partitions = self.counts[tp.topic] if checked else 0
        if tp.topic == self.topics.events:
            core = self.engine.partition(tp.partition, self.counts[tp.topic])
            if isinstance(core, Partition) and tp.topic in self.retention:
                core.remember_erasures(self.retention[tp.topic])
            task = PartitionTask(core, tp.partition, self.topics, self.stats, partitions)
        else:
            core = self.engine.catalog(tp.partition)
            task = CatalogTask(core, tp.partition, self.topics, self.stats, partitions)
        key = (task.kind, tp.partition)
        self.stats.partitions[key] = PartitionStats(*key, phase="restoring")
        return task


def _tell(unaware: Counter[str]) -> None:
    """Tell which segments ask about what no rule remembered before, and of how many contacts."""
    if unaware:
        log.warning(
            "New to these rules are %d contacts: what %s ask about was not remembered of them, so "
            "it is unknown to these segments until it is told or over; see docs/operations.md",
            max(unaware.values()), ", ".join(unaware),
        )  # fmt: skip
