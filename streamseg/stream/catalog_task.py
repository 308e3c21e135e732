"""Runs one partition of the catalog: products[j], whose changes go to all partitions of events."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition

from streamseg.core.errors import Refused
from streamseg.core.events import arrive
from streamseg.formats.canonical import decode_product
from streamseg.kafka.partitioning import check_partition
from streamseg.stream.errors import PoisonError
from streamseg.stream.inputs import Input
from streamseg.stream.tasks import DeadLetter, StreamTask

if TYPE_CHECKING:
    from streamseg.core.events import ProductEvent
    from streamseg.core.task import Task
    from streamseg.observe.stats import WorkerStats
    from streamseg.stream.topic_names import TopicNames

AWAITED_MS: Final = 1_000  # other partitions wait no longer for one that answers no fetch


class CatalogTask(StreamTask):
    """Reads products[j] and keeps the products' facts.

    ``partitions`` is the number of partitions of products: each record must be in the one that its
    key belongs to. 0: it may be in any.
    """

    def __init__(
        self, core: Task, index: int, topics: TopicNames, stats: WorkerStats, partitions: int = 0
    ) -> None:
        self.products = Input("products", TopicPartition(topics.products, index))
        super().__init__(core, (self.products,), TopicPartition(topics.catalog, index), stats)
        self._partitions = partitions
        self._head: ProductEvent | None = None

    def _restarted(self) -> None:
        super()._restarted()
        self._head = None

    def head_time(self) -> int | None:
        """The time of the next event, or None when none is buffered."""
        source = self.products
        while self._head is None and source.next < len(source.records):
            record = source.records[source.next]
            if record.offset in source.parked:
                self.letters.append(DeadLetter(record, source.parked[record.offset]))
                self._has_parked = True
                self._done()
                continue
            try:
                event = decode_product(record.value, record.key, self._stats.ignored)
                if self._partitions:
                    check_partition(record.key, source.tp.partition, self._partitions)
            except Refused as error:
                self.letters.append(DeadLetter(record, error))
                self._done()
                continue
            if arrive(event, record.timestamp):
                self.moved += 1
            if event.id is None:
                event.name = f"{source.tp.topic}-{source.tp.partition}-{record.offset}"
            self._head = event
        return None if self._head is None else self._head.reaches

    def is_awaited(self, wall: int) -> bool:
        """Whether nothing of it is buffered, but its next fetch will bring something."""
        source = self.products
        if source.pending or source.at_end:
            return False
        return not source.seen_ms or wall - source.seen_ms < AWAITED_MS

    def _chunk(self, limit: int, wall: int, deadline: float) -> int:
        source = self.products
        first = source.next
        try:
            while source.next - first < limit and self.head_time() is not None:
                self.core.apply(self._head, wall)
                self._head = None
                self._last = (source.tp, source.records[source.next].offset)
                self._done()
        except Exception as error:
            self.touched = True
            raise PoisonError(source.tp, source.records[source.next].offset, error) from error
        return source.next - first

    def _done(self) -> None:
        self.products.next += 1
        self.touched = True
        self._stats.consumed["products"] += 1


def step_catalogs(tasks: list[CatalogTask], most: int, wall: int, deadline: float) -> int:
    """Apply the records of all partitions of products in the order of their times.

    So the signals are written in that order, for the partitions of one worker. Returns how many
    records were applied.
    """
    applied = 0
    while applied < most and monotonic() < deadline:
        heads = [
            (time, index)
            for index, task in enumerate(tasks)
            if (time := task.head_time()) is not None
        ]
        if not heads or any(task.is_awaited(wall) for task in tasks):
            break
        done = tasks[min(heads)[1]].step(1, wall, deadline)
        if not done:
            break
        applied += done
    return applied
