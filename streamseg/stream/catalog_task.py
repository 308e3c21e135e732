"""Runs one partition of the catalog: products[j], whose changes go to all partitions of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from streamseg.core.errors import Refused
from streamseg.formats.canonical import decode_product
from streamseg.stream.errors import PoisonError
from streamseg.stream.inputs import Input
from streamseg.stream.tasks import DeadLetter, StreamTask

if TYPE_CHECKING:
    from streamseg.core.events import ProductEvent
    from streamseg.core.task import Task
    from streamseg.observe.stats import WorkerStats
    from streamseg.stream.layout import Layout


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

    def _chunk(self, limit: int, wall: int, deadline: float) -> int:
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
