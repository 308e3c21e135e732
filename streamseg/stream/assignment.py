"""The partitions that a rebalance gave to this worker, and which of their tasks are running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamseg.stream.catalog_task import CatalogTask
from streamseg.stream.ownership import new_writer
from streamseg.stream.partition_task import PartitionTask
from streamseg.stream.tasks import StreamTask

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streamseg.stream.inputs import Input
    from streamseg.stream.sinks import Sink


class Assignment:
    """One assignment, with a producer of its own whose id is never used again.

    ``partitions`` are those of events and products; each stands for a task.
    """

    def __init__(self, partitions: frozenset[TopicPartition]) -> None:
        self.partitions = partitions
        self.writer = new_writer()
        self.sink: Sink | None = None
        self.broken: Exception | None = None  # why the takeover failed
        self.running: list[PartitionTask] = []
        self.catalogs: list[CatalogTask] = []
        self.inputs: dict[TopicPartition, Input] = {}  # of the running tasks
        self.offsets: dict[TopicPartition, int] = {}  # of the inputs, as committed by this one

    def start(self, task: StreamTask) -> None:
        """Let the cycle run a task from now on."""
        if isinstance(task, PartitionTask):
            self.running.append(task)
        elif isinstance(task, CatalogTask):
            self.catalogs.append(task)
        for source in task.inputs:
            self.inputs[source.tp] = source

    def tasks(self) -> list[StreamTask]:
        """The running tasks, the catalog's first."""
        return [*self.catalogs, *self.running]
