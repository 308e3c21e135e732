"""Starts restored tasks: seeks their inputs, and holds their first events back until the catalog is
ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamseg.observe.stats import PartitionStats, Phase, WorkerStats
from streamseg.stream.offsets import Reached
from streamseg.stream.partition_task import PartitionTask
from streamseg.stream.tasks import StreamTask

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streamseg.stream.assignment import Assignment
    from streamseg.stream.losses import Losses


class Launch:
    """Starts the tasks of one assignment.

    ``first`` and ``written`` are the ends of the inputs' logs. Events flow once ``open_gate`` was
    called, which tells up to where each partition has to read its signals before.
    """

    def __init__(
        self,
        consumer: Any,
        assignment: Assignment,
        first: dict[TopicPartition, int],
        written: dict[TopicPartition, int],
        losses: Losses,
        stats: WorkerStats,
    ) -> None:
        self._consumer = consumer
        self._assignment = assignment
        self._first = first
        self._written = written
        self._losses = losses
        self._stats = stats
        self._targets: dict[TopicPartition, int] | None = None
        self._waiting: list[PartitionTask] = []

    def start(self, task: StreamTask, reached: Reached) -> None:
        """Seek the task's inputs to the offsets in its state, and let the cycle run it."""
        offsets = {
            source.name: self._reachable(source.tp, reached.offsets.get(source.name))
            for source in task.inputs
        }
        task.begin(Reached(offsets, reached.ahead))
        for source in task.inputs:
            source.note_ends(None, self._written[source.tp])
            self._consumer.seek(source.tp, source.position)
            if source is not task.gated:
                self._consumer.resume(source.tp)
        self._assignment.start(task)
        self._stats.ready += 1
        if isinstance(task, PartitionTask):
            self._let_flow(task)
        else:
            self._show(task, "running")

    def open_gate(self, targets: dict[TopicPartition, int]) -> None:
        """Let the events of all tasks flow, as the catalog is ready."""
        self._targets = targets
        for task in self._waiting:
            self._let_flow(task)
        self._waiting.clear()

    def _let_flow(self, task: PartitionTask) -> None:
        if self._targets is None:
            self._waiting.append(task)
            self._show(task, "waiting")
            return
        task.signals.target = self._targets[task.signals.tp]
        self._consumer.resume(task.events.tp)
        self._show(task, "running")

    def _show(self, task: StreamTask, phase: Phase) -> None:
        key = (task.kind, task.tp.partition)
        self._stats.partitions.setdefault(key, PartitionStats(*key)).phase = phase

    def _reachable(self, tp: TopicPartition, offset: int | None) -> int:
        """The offset to start at. Raises LossError where records were deleted meanwhile."""
        first, end = self._first[tp], self._written[tp]
        return first if offset is None else self._losses.check_input(tp, offset, first, end)
