"""One membership in the consumer group, from joining to leaving."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from time import monotonic, time
from typing import TYPE_CHECKING, Final

from aiokafka import ConsumerRebalanceListener
from aiokafka.errors import OffsetOutOfRangeError

from streamseg.core.errors import StreamsegError
from streamseg.stream.assignment import Assignment
from streamseg.stream.assignment_holder import AssignmentHolder
from streamseg.stream.backoff import Backoff
from streamseg.stream.clients import new_cluster, new_member, stop_quietly
from streamseg.stream.cycle import Cycle
from streamseg.stream.directory import Directory
from streamseg.stream.errors import (
    CommitAbortedError,
    PoisonError,
    ProducerUnsoundError,
    SetupError,
    UnsureError,
)
from streamseg.stream.log_ends import LogEnds
from streamseg.stream.losses import Losses
from streamseg.stream.ownership import Ownership, is_member
from streamseg.stream.partition_counts import PartitionCounts
from streamseg.stream.recording import Recorder
from streamseg.stream.retention import read_retention
from streamseg.stream.setup_checks import as_setup_error, check_setup
from streamseg.stream.takeover import Takeover
from streamseg.stream.warm import WarmStates
from streamseg.stream.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka import TopicPartition

    from streamseg.observe.stats import WorkerStats
    from streamseg.settings import Settings
    from streamseg.stream.engine import Engine
    from streamseg.stream.partition_task import PartitionTask
    from streamseg.stream.topic_names import TopicNames

log = logging.getLogger(__name__)

IDLE_CYCLE_SECONDS: Final = 1.0  # a cycle that takes longer waits for Kafka


class Session(ConsumerRebalanceListener):  # type: ignore[misc]
    """Joins the group, takes over what it is assigned, and runs cycles until told to stop."""

    def __init__(
        self,
        settings: Settings,
        topics: TopicNames,
        engine: Engine,
        stats: WorkerStats,
        url: str | None = None,
    ) -> None:
        self.counts: dict[str, int] = {}  # partitions by topic, once they are known
        self.directory: Directory | None = None
        self._url = url
        self._settings = settings
        self._topics = topics
        self._engine = engine
        self._stats = stats
        self._recorder = Recorder(stats, settings.lateness_ms, engine.naming.key)
        self._holder: AssignmentHolder | None = None
        self._warm = WarmStates()
        self._backoff = Backoff()
        self._failure: Exception | None = None
        self._changed = asyncio.Event()
        self._counts: PartitionCounts | None = None
        self._watching: asyncio.Task[None] | None = None
        self._losses = Losses(stats, accepted=settings.accept_loss)
        self.worked = False  # whether a transaction, or nothing to do, went well
        self._asked_at: float | None = None  # monotonic: begin of the cycle that is going on

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then leave in good order.

        Raises SetupError, LossError, EngineError and PoisonError, for a person to deal with; after
        anything else, as PartitionsChangedError and LoginChangedError, a new session may be tried.
        """
        cluster = new_cluster(self._settings)
        consumer = new_member(self._settings, self._topics, self._url)
        ends = self._ends = LogEnds(self._settings)
        self._consumer = consumer
        try:
            await cluster.start()
            counts = self.counts = await check_setup(cluster, self._topics, self._settings)
            self.directory = Directory(
                cluster, self._settings.app_id, self._topics.events, self._url
            )
            self._counts = PartitionCounts(
                cluster, self._topics, counts, self._settings.metadata_max_age_ms / 1000, self.fail
            )
            await ends.start()
            ownership = Ownership(consumer, cluster, self._settings)
            retention = await read_retention(cluster, self._topics)
            self._cycle = Cycle(
                self._settings, self._topics, counts, consumer, self._recorder, retention,
                self._engine.naming,
            )  # fmt: skip
            taking = Takeover(
                self._settings, self._topics, self._engine, self._stats, counts,
                consumer, cluster, ends, ownership, self._warm, self._losses,
                retention,
            )  # fmt: skip
            holder = self._holder = AssignmentHolder(
                self._settings, self._stats, consumer, taking, ownership, self._cycle,
                self._warm, self._backoff, self._changed,
            )  # fmt: skip
            watch = Watch(self._topics, cluster, ends, self._losses, counts, self._stats, retention)
            self._watching = asyncio.create_task(watch.run(lambda: holder.assignment, self.fail))
            consumer.subscribe(list(self._topics.inputs), listener=self)
            await consumer.start()
            self._stats.connected = True
            await self._work(holder, stop)
        finally:
            self._stats.connected = False
            await asyncio.gather(
                *await self._leave(), stop_quietly(consumer), stop_quietly(cluster), ends.stop()
            )

    async def _leave(self) -> set[asyncio.Task[None]]:
        """Stop what goes on beside the cycles, and give up what is assigned; the producers that are
        still being stopped.
        """
        if self._counts is not None:
            self._counts.stop()
        if self._watching is not None:
            self._watching.cancel()
        if self.directory is not None:
            self.directory.stop()
        if self._holder is None:
            return set()
        await self._holder.give_up()
        return self._holder.retiring

    def running(self) -> dict[int, PartitionTask]:
        """The tasks of contacts that run here, by partition."""
        assignment = self._assignment
        if assignment is None or not assignment.inputs:
            return {}
        return {task.tp.partition: task for task in assignment.running}

    def silent_seconds(self) -> float:
        """For how long Kafka has answered neither a transaction nor a fetch."""
        assignment, asked_at = self._assignment, self._asked_at
        if assignment is None or not assignment.inputs:
            return 0.0
        if asked_at is not None and monotonic() - asked_at > IDLE_CYCLE_SECONDS:
            return monotonic() - asked_at
        answered_ms = max(source.seen_ms for source in assignment.inputs.values())
        answered_ms = max(answered_ms, self._stats.last_commit_ms)
        return time() - answered_ms / 1000 if answered_ms else 0.0

    @property
    def _assignment(self) -> Assignment | None:
        return None if self._holder is None else self._holder.assignment

    async def _work(self, holder: AssignmentHolder, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._stats.turn()
            if self._failure is not None:
                raise self._failure
            assignment = holder.assignment
            if assignment is not None and assignment.broken is not None:
                if isinstance(assignment.broken, StreamsegError):
                    raise assignment.broken
                await holder.start_over(assignment, assignment.broken)
            elif assignment is None or not assignment.inputs:
                await self._wait(holder, assignment)
            else:
                await self._once(holder, assignment)

    async def _wait(self, holder: AssignmentHolder, assignment: Assignment | None) -> None:
        """Nothing runs yet; ask the consumer for errors of the group meanwhile."""
        self._warm.forget_old()
        self._changed.clear()
        if assignment is not None:
            async with holder.lock:
                if assignment is holder.assignment and not assignment.inputs:
                    await self._consumer.getmany(timeout_ms=0)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), 0.05)

    async def _once(self, holder: AssignmentHolder, assignment: Assignment) -> None:
        try:
            async with holder.lock:
                if assignment is not holder.assignment:
                    return
                self._asked_at = monotonic()
                try:
                    await self._cycle.once(assignment)
                except CommitAbortedError:
                    self._cycle.rewind(assignment)
                    raise
                except (PoisonError, UnsureError) as error:
                    self._set_aside(assignment, error)
                    return
                finally:
                    self._asked_at = None
            self._backoff.reset()
            self.worked = True
        except OffsetOutOfRangeError as error:
            await self._check_inputs(error.args[0])
            await holder.start_over(assignment, error)
        except CommitAbortedError as error:
            self._recorder.aborted()
            self._raise_if_lasting(error)
            delay = self._backoff.next()
            log.warning("A transaction was aborted, trying again in %.1f s: %s", delay, error)
            await asyncio.sleep(delay)
        except ProducerUnsoundError as error:
            self._recorder.aborted()
            self._stats.fenced += 1
            self._raise_if_lasting(error)
            await holder.start_over(assignment, error)

    def _set_aside(self, assignment: Assignment, error: PoisonError | UnsureError) -> None:
        """Go back to the state before the batch, to come again without the record that the engine
        failed on, or with fewer records at a time to find out which that is.

        Raises PoisonError where the setting is to stop.
        """
        if isinstance(error, PoisonError):
            if self._settings.on_poison == "stop":
                raise error
            tp, offset = error.tp, error.offset
            assignment.inputs[tp].parked[offset] = error.refused
            log.error(
                "The engine failed on the record %s-%d-%d, which goes to the dead letters; this is "
                "a bug, please report it with the rules and the record",
                *(tp.topic, tp.partition, offset),
                exc_info=error.__cause__,
            )
        else:
            log.warning("Looking for the record that the engine fails on: %s", error)
        self._cycle.rewind(assignment)
        self._recorder.forget()

    async def _check_inputs(self, positions: dict[TopicPartition, int]) -> None:
        """Raise LossError where records before these positions are gone, unless it is accepted.

        The takeover that follows counts and logs what is accepted.
        """
        if self._settings.accept_loss:
            return
        first, written = await asyncio.gather(
            self._ends.first(positions), self._ends.written(positions)
        )
        for tp, offset in positions.items():
            self._losses.check_input(tp, offset, first[tp], written[tp])

    def _raise_if_lasting(self, error: Exception) -> None:
        """Raise SetupError where it would be the same again until a person mends it."""
        fatal = as_setup_error(self._settings, error)
        if fatal is not None:
            raise fatal from error

    def fail(self, error: Exception) -> None:
        """Have ``run`` end with this error, when the cycle that is going on is over."""
        self._failure = error
        self._changed.set()
        if self._holder is not None:
            self._cycle.interrupt()  # nobody may come to assign anything that a poll waits for

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Called by the consumer before it rejoins; what raises here would only be logged."""
        if self._settings.group_instance_id and self._evicted():
            name = self._settings.group_instance_id
            self.fail(
                SetupError(
                    f"the group does not know this worker as {name} any more: another one runs "
                    "under this STREAMSEG_GROUP_INSTANCE_ID, or this one was away for longer than "
                    "STREAMSEG_SESSION_TIMEOUT"
                )
            )
            # returning would let the consumer rejoin, and evict the other one in its turn
            await asyncio.Event().wait()
        try:
            if self._holder is not None:
                await self._holder.give_up()
        except Exception as error:  # noqa: BLE001 - the loop deals with it
            self.fail(error)

    def _evicted(self) -> bool:
        return self._assignment is not None and not is_member(self._consumer)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Called by the consumer after a rebalance; returns at once."""
        try:
            self._stats.rebalances += 1
            if self.directory is not None:
                self.directory.forget()
            assert self._counts is not None
            assert self._holder is not None
            tps = list(assigned)
            self._consumer.pause(*tps)  # until their state is here
            self._counts.look(tps)  # new partitions may be why
            for tp in tps:  # which tells where to begin; the consumer need not look for it
                self._consumer.seek(tp, 0)
            self._holder.begin(frozenset(tp for tp in tps if tp.topic != self._topics.signals))
        except Exception as error:  # noqa: BLE001 - the loop deals with it
            self.fail(error)
