"""What runs one partition: it feeds records to the engine in the order of their times.

Everything here is synchronous; the cycle calls ``step`` and ``tick``, commits what ``collect``
gives, and then calls ``installed`` or ``rolled_back``.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiokafka import TopicPartition

from streamseg.core.errors import Refused
from streamseg.formats.canonical import decode_event, decode_product
from streamseg.stream.errors import PoisonError
from streamseg.stream.inputs import Input, SignalInput
from streamseg.stream.offsets import Reached

if TYPE_CHECKING:
    from streamseg.core.events import Event, ProductEvent
    from streamseg.core.outcomes import Batch
    from streamseg.core.task import Task
    from streamseg.observe.stats import WorkerStats
    from streamseg.stream.layout import Layout

CHUNK: Final = 256  # records between two looks at the clock
SLICE: Final = 250  # contacts told in one call of the engine
FUTURE_MS: Final = 300_000  # an event dated further ahead counts at the wall clock


class DeadLetter(NamedTuple):
    """A record that the format refused, and why."""

    record: Any
    error: Refused


class StreamTask:
    """One partition of state with its inputs. ``tp`` is the input that carries the ownership."""

    def __init__(
        self, core: Task, inputs: tuple[Input, ...], changelog: TopicPartition, stats: WorkerStats
    ) -> None:
        self.core = core
        self.inputs = inputs
        self.tp = inputs[0].tp
        self.kind = inputs[0].name
        self.gated: Input | None = None  # the input that waits for the catalog at the start
        self.changelog = changelog
        self.letters: list[DeadLetter] = []
        self.touched = False
        self._stats = stats

    def step(self, limit: int, wall: int, deadline: float) -> int:
        """Apply up to ``limit`` buffered records, until ``deadline`` (monotonic, s).

        Returns how many. ``wall`` is the wall clock in ms. Raises PoisonError.
        """
        applied = 0
        while applied < limit:
            count = self._chunk(min(CHUNK, limit - applied), wall)
            if not count:
                break
            applied += count
            if monotonic() >= deadline:
                break
        if applied:
            self.touched = True
        return applied

    def _chunk(self, limit: int, wall: int) -> int:
        raise NotImplementedError

    def tick(self, wall: int, contacts: int, deadline: float) -> bool:
        """Tell what time alone changes; False if some is left to tell in the next cycle.

        With a backlog, time is the stream's. Read to its ends, it is the wall clock, but no
        later than the fetches that saw those ends: whatever a longer pause has left unread may
        change what is due. At most ``contacts`` are told.
        """
        core = self.core
        due = core.due
        if due is None:
            return True
        now = core.now
        if all(source.drained for source in self.inputs):
            now = max(now, min(source.seen_ms for source in self.inputs))
        if due > now:
            return True
        self.touched = True
        for _ in range(0, contacts, SLICE):
            if core.advance(now, wall, SLICE):
                return True
            if monotonic() >= deadline:
                break
        return False

    def collect(self) -> Batch:
        """What the engine has to send."""
        return self.core.take()

    def reached(self) -> Reached:
        """How far the inputs are applied."""
        return Reached({source.name: source.reached for source in self.inputs})

    def committed(self) -> Reached:
        """How far the inputs were applied at the last commit."""
        return Reached({source.name: source.committed for source in self.inputs})

    def begin(self, reached: Reached) -> None:
        """Start in a new assignment from where the state has got to; all inputs are named."""
        for source in self.inputs:
            source.begin(reached.offsets[source.name])
        self._settled()

    def installed(self) -> None:
        """The transaction with the last ``collect`` is committed."""
        self.core.install()
        self._settled()
        for source in self.inputs:
            source.commit()

    def rolled_back(self) -> None:
        """The transaction is aborted; the inputs start again where the last commit left them."""
        self.core.rollback()
        self._settled()
        for source in self.inputs:
            source.restart()

    def _settled(self) -> None:
        self.letters.clear()
        self.touched = False


class PartitionTask(StreamTask):
    """Joins events[i] and signals[i]: of what is buffered, always the older is applied first.

    In a backlog neither runs ahead of what is still to be read of the other, so that draining
    it gives what a replay of the same records gives. At the same instant, a product's change
    comes before a contact's event.
    """

    def __init__(self, core: Task, index: int, layout: Layout, stats: WorkerStats) -> None:
        self.events = Input("events", TopicPartition(layout.events, index))
        self.signals = SignalInput("signals", TopicPartition(layout.signals, index))
        changelog = TopicPartition(layout.changelog, index)
        super().__init__(core, (self.events, self.signals), changelog, stats)
        self.gated = self.events
        self._head: Event | None = None  # decoded, but younger than the next signal

    def reached(self) -> Reached:
        reached = super().reached()
        reached.ahead = self.signals.ahead()
        return reached

    def committed(self) -> Reached:
        committed = super().committed()
        committed.ahead = self.signals.committed_ahead()
        return committed

    def begin(self, reached: Reached) -> None:
        super().begin(reached)
        self.signals.begin_ahead(reached.offsets["signals"], reached.ahead)

    def _settled(self) -> None:
        super()._settled()
        if not self.events.pending:
            self._head = None

    def _chunk(self, limit: int, wall: int) -> int:
        signals = self.signals
        if signals.refused:
            self.letters += [DeadLetter(*refused) for refused in signals.refused]
            signals.refused.clear()
            self.touched = True
        if not signals.pending:
            return self._apply_events(limit, wall, None) if signals.at_end else 0
        head = signals.head()
        if head is None:
            return 0
        count = self._apply_events(limit, wall, head[0])
        if count or not self._may_apply(head[0]):
            return count
        return self._apply_signal(head, wall)

    def _may_apply(self, time: int) -> bool:
        """Whether no event before ``time`` is buffered or still to be read."""
        if self._head is not None:
            return self._head.time >= time
        return self.events.drained

    def _apply_signal(self, head: tuple[int, int, Any], wall: int) -> int:
        time, offset, change = head
        tp = self.signals.tp
        try:
            if not self._told_until(time, wall):
                return 0
            self.core.apply(change, wall)
        except Exception as error:
            raise PoisonError(tp.topic, tp.partition, offset, error) from error
        self.signals.pop()
        return 1

    def _apply_events(self, limit: int, wall: int, until: int | None) -> int:
        """Apply buffered events older than ``until``; returns how many records are done."""
        source, core = self.events, self.core
        records, index = source.records, source.next
        first, stop = index, min(index + limit, len(records))
        topic, partition = source.tp
        apply, event = core.apply, self._head
        self._head = None
        try:
            while index < stop:
                record = records[index]
                if event is None:
                    try:
                        event = decode_event(record.value, record.key)
                    except Refused as error:
                        self.letters.append(DeadLetter(record, error))
                        index += 1
                        continue
                    if event.id is None:
                        event.name = f"{topic}-{partition}-{record.offset}"
                time = event.time
                if until is not None and time >= until:
                    break
                due = core.due
                if due is not None and due <= time and not self._told_until(time, wall):
                    break
                apply(event, wall)
                event = None
                index += 1
        except Exception as error:
            raise PoisonError(topic, partition, records[index].offset, error) from error
        self._head = event
        source.next = index
        self._stats.consumed["events"] += index - first
        return index - first

    def _told_until(self, time: int, wall: int) -> bool:
        """Tell what is due before a record of ``time``, one slice; False if more is left.

        The record then waits for the next cycle, so that a hundred thousand contacts who are due
        at once hold up neither other partitions nor the heartbeat. A change of a product that is
        being brought to many contacts is due at ``now`` itself; events need not wait for that.
        """
        if time > wall + FUTURE_MS:
            time = wall
        core = self.core
        due = core.due
        if due is None or due > time or due == core.now:
            return True
        self.touched = True
        return core.advance(time, wall, SLICE) or core.due == core.now


class CatalogTask(StreamTask):
    """Reads products[j] and keeps the products' facts."""

    def __init__(self, core: Task, index: int, layout: Layout, stats: WorkerStats) -> None:
        self.products = Input("products", TopicPartition(layout.products, index))
        super().__init__(core, (self.products,), TopicPartition(layout.catalog, index), stats)
        self._head: ProductEvent | None = None

    def _settled(self) -> None:
        super()._settled()
        if not self.products.pending:
            self._head = None

    def head_time(self) -> int | None:
        """The time of the next event, or None when none is buffered."""
        source = self.products
        while self._head is None and source.next < len(source.records):
            record = source.records[source.next]
            try:
                event = decode_product(record.value, record.key)
            except Refused as error:
                self.letters.append(DeadLetter(record, error))
                self._done()
                continue
            if event.id is None:
                event.name = f"{source.tp.topic}-{source.tp.partition}-{record.offset}"
            self._head = event
        return None if self._head is None else self._head.time

    def _chunk(self, limit: int, wall: int) -> int:
        source = self.products
        first = source.next
        try:
            while source.next - first < limit and self.head_time() is not None:
                self.core.apply(self._head, wall)
                self._head = None
                self._done()
        except Exception as error:
            offset = source.records[source.next].offset
            raise PoisonError(source.tp.topic, source.tp.partition, offset, error) from error
        return source.next - first

    def _done(self) -> None:
        self.products.next += 1
        self.touched = True
        self._stats.consumed["products"] += 1
