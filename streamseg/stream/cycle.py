"""The cycle: poll, one synchronous step through the engine, one transaction.

    wait until min_cycle after the last begin
    records = getmany(ready, 50 ms) + getmany(ready, 5 ms)     the second brings what arrived
    new states, outputs, offsets = engine(records, now)        during the last commit
    commit all of it; install the new states

It is not pipelined: under load the batches grow by themselves.
"""

from __future__ import annotations

import asyncio
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import OffsetOutOfRangeError

from streamseg.formats.outbound import source_of
from streamseg.stream.catalog_task import step_catalogs
from streamseg.stream.gc_timing import IdleCollector
from streamseg.stream.inputs import SignalInput
from streamseg.stream.outbox import Outbox

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streamseg.formats.naming import Naming
    from streamseg.settings import Settings
    from streamseg.stream.assignment import Assignment
    from streamseg.stream.inputs import Input
    from streamseg.stream.partition_task import PartitionTask
    from streamseg.stream.recording import Recorder
    from streamseg.stream.tasks import StreamTask
    from streamseg.stream.topic_names import TopicNames

IDLE_MS: Final = 50  # first poll, when there is nothing else to do
SECOND_MS: Final = 5
LIVE_SECONDS: Final = 0.06  # of applying in a cycle, while some partition is up to date
DRAIN_SECONDS: Final = (0.2, 0.5)  # the same in a backlog of all partitions: least and most
COMMIT_SHARE: Final = 0.2  # of a cycle's time that its commit should take at most, in a backlog
TICK_SECONDS: Final = 0.04  # of emitting what time changes, after applying
BUILD_SECONDS: Final = 0.02  # of building indexes that a restore left for later, after that
BUILD_SLICE: Final = 500  # contacts
LEAST_SHARE: Final = 500  # records of one partition in a cycle
PAUSE_MS: Final = 2_000  # a longer time between two cycles: the process, or Kafka, stood still
FETCH_WAIT_MS: Final = 200  # longer than a fetch waits for records
OFFSETS_SECONDS: Final = 1.0  # between commits of offsets that only passed transaction markers


class Cycle:
    """Runs cycles over the running tasks of an assignment."""

    def __init__(
        self,
        settings: Settings,
        topics: TopicNames,
        counts: dict[str, int],
        consumer: Any,
        recorder: Recorder,
        retention: dict[str, int | None],
        naming: Naming,
    ) -> None:
        self._naming = naming
        self._settings = settings
        self._topics = topics
        self._counts = counts
        self._source = source_of(settings.app_id)
        self._consumer = consumer
        self._recorder = recorder
        self._retention = retention  # see retention
        self._collector = IdleCollector()
        self._polling: asyncio.Future[Any] | None = None
        self._interrupted = False
        self._busy = False  # whether more can be applied without waiting for a poll
        self._last_begin = 0.0
        self._commit_seconds = 0.0  # of the last commit
        self._last_offsets = 0.0
        self._observed_ms = 0  # wall clock of the last cycle
        self._trusted_from_ms = 0
        self._turn = 0

    def interrupt(self) -> None:
        """End a poll in progress: during a rebalance it would wait for the next assignment."""
        self._interrupted = True
        if self._polling is not None:
            self._polling.cancel()

    async def once(self, assignment: Assignment) -> None:
        """One cycle. Raises EngineError, PoisonError, UnsureError, CommitAbortedError,
        ProducerUnsoundError, KafkaError.

        OffsetOutOfRangeError says that records were deleted before they were read.

        After CommitAbortedError, PoisonError and UnsureError the tasks are to be rolled back and
        the consumer to be sent back, by ``rewind``.
        """
        self._interrupted = False
        await self._poll(assignment)
        if self._interrupted:
            return
        await self._observe(assignment)
        wall, polled = int(time() * 1000), monotonic()
        applied = self._step(assignment, wall)
        touched = [task for task in assignment.tasks() if task.touched] or self._passed(assignment)
        self._recorder.surveyed(assignment)
        if touched:
            await self._commit(assignment, touched, wall)
            now = monotonic()
            self._recorder.committed(applied, now - self._last_begin, now - polled)
        elif not self._busy:
            self._collector.idle()

    async def _observe(self, assignment: Assignment) -> None:
        """Note the position and the end of each input.

        After a pause of the whole process, answers to fetches may be from before the pause: they
        are not trusted as ends.
        """
        now_ms, consumer = int(time() * 1000), self._consumer
        if now_ms - self._observed_ms > PAUSE_MS:
            self._trusted_from_ms = now_ms + FETCH_WAIT_MS
        self._observed_ms = now_ms
        for tp, source in assignment.inputs.items():
            position = await consumer.position(tp)
            seen_ms = consumer.last_poll_timestamp(tp)
            trusted = seen_ms is not None and seen_ms >= self._trusted_from_ms
            stable = consumer.last_stable_offset(tp)
            source.observe(position, stable if trusted else None, seen_ms)
            source.note_ends(stable, consumer.highwater(tp))

    async def _poll(self, assignment: Assignment) -> None:
        wait = self._last_begin + self._settings.min_cycle_ms / 1000 - monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        most = self._settings.batch_max_records
        inputs = assignment.inputs
        short = [tp for tp, source in inputs.items() if source.wants_more]
        if not short:
            return
        # Naming partitions costs time where there are many. It is needed only to leave some out:
        # pausing these instead would throw away what is fetched of them.
        some = () if len(short) == len(inputs) else short
        if self._busy:
            await self._take(inputs, some, 0, most)
            return
        got = await self._take(inputs, some, IDLE_MS, most)
        if 0 < got < most:
            await self._take(inputs, some, SECOND_MS, most - got)

    async def _take(
        self,
        inputs: dict[TopicPartition, Input],
        some: tuple[()] | list[TopicPartition],
        timeout_ms: int,
        most: int,
    ) -> int:
        """Put what a poll brings into the inputs; returns how many records that are."""
        taken = 0
        try:
            found = await self._getmany(some, timeout_ms, most)
        except OffsetOutOfRangeError as error:
            if not any(_has_more(inputs.get(tp)) for tp in error.args[0]):
                raise
            return 0
        for tp, records in found.items():
            if tp in inputs:  # else it was fetched before it was paused; it will be again
                inputs[tp].extend(records)
                taken += len(records)
        return taken

    async def _getmany(
        self, some: tuple[()] | list[TopicPartition], timeout_ms: int, most: int
    ) -> dict[TopicPartition, list[Any]]:
        if self._interrupted:
            return {}
        polling = self._polling = asyncio.ensure_future(
            self._consumer.getmany(*some, timeout_ms=timeout_ms, max_records=most)
        )
        # `wait`, not `await`: a cancellation by interrupt() must not end the caller
        try:
            await asyncio.wait({polling})
        finally:
            polling.cancel()
            self._polling = None
        if polling.cancelled():
            return {}
        records: dict[TopicPartition, list[Any]] = polling.result()
        return records

    def _step(self, assignment: Assignment, wall: int) -> int:
        """Let every running task apply records and emit; returns the number of records applied."""
        tasks = assignment.running
        loaded = [task for task in tasks if any(source.pending for source in task.inputs)]
        # where the last cycle has left records, there is a backlog
        live = not self._busy and any(
            all(source.at_end for source in task.inputs) for task in loaded
        )
        started, most = monotonic(), self._settings.batch_max_records
        seconds = LIVE_SECONDS if live else drain_seconds(self._commit_seconds)
        deadline = started + (seconds / 2 if loaded else seconds)
        applied = step_catalogs(assignment.catalogs, most, wall, deadline)
        deadline = started + seconds
        share = max(LEAST_SHARE, most // max(1, len(loaded)))
        self._turn += 1  # another task goes first each time: the deadline may cut off the last one
        first = self._turn % max(1, len(tasks))
        order = tasks[first:] + tasks[:first]
        for task in order:
            applied += task.step(share, wall, deadline)
        deadline, contacts = monotonic() + TICK_SECONDS, self._settings.batch_max_contacts
        done = True
        for task in order:
            done &= task.tick(wall, contacts, deadline)
        _build(order)
        self._busy = not done or any(
            task.touched and any(source.pending for source in task.inputs)
            for task in assignment.tasks()
        )
        return applied

    def _passed(self, assignment: Assignment) -> list[StreamTask]:
        """Tasks that only passed transaction markers: they commit offsets, too, for the lag."""
        now = monotonic()
        if now - self._last_offsets < OFFSETS_SECONDS:
            return []
        self._last_offsets = now
        return [
            task
            for task in assignment.tasks()
            if any(source.reached > source.committed for source in task.inputs)
        ]

    async def _commit(self, assignment: Assignment, touched: list[StreamTask], wall: int) -> None:
        sink = assignment.sink
        assert sink is not None
        outbox = Outbox(
            sink.producer,
            self._topics,
            self._counts,
            self._source,
            wall,
            self._retention,
            self._naming,
        )
        offsets: dict[TopicPartition, int] = {}
        for task in touched:
            task.touched = True
            try:
                batch = task.collect()
                outbox.add_batch(task, batch)
            except Exception as error:
                raise task.blame(error) from error
            for letter in task.letters:
                outbox.add_letter(letter)
            for source in task.inputs:
                reached = source.reached
                if source.tp == task.tp or assignment.offsets.get(source.tp) != reached:
                    offsets[source.tp] = reached
            self._recorder.collected(task, batch)
        self._last_begin = monotonic()
        await sink.commit(outbox, offsets)
        self._commit_seconds = monotonic() - self._last_begin
        assignment.offsets |= offsets
        for task in touched:
            task.installed()

    def rewind(self, assignment: Assignment) -> None:
        """After an aborted transaction: back to the state and the offsets of the last commit."""
        for task in assignment.tasks():
            if task.touched:
                task.rolled_back()
                for source in task.inputs:
                    self._consumer.seek(source.tp, source.committed)
        self._busy = False


def _has_more(source: Input | None) -> bool:
    """Whether records before a gap of deleted ones are still to be applied: these come first.

    Not so with signals: they may wait for records behind the gap.
    """
    return source is not None and source.pending > 0 and not isinstance(source, SignalInput)


def drain_seconds(commit_seconds: float) -> float:
    """For how long to apply records in a backlog, so that the commit takes
    `COMMIT_SHARE` at most.
    """
    least, most = DRAIN_SECONDS
    return min(most, max(least, commit_seconds * (1 - COMMIT_SHARE) / COMMIT_SHARE))


def _build(tasks: list[PartitionTask]) -> None:
    """Build some of the indexes that restores left for later."""
    deadline = monotonic() + BUILD_SECONDS
    for task in tasks:
        while not task.core.build(BUILD_SLICE):
            if monotonic() >= deadline:
                return
