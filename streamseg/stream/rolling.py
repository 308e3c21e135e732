"""Rolls the logs of a quiet partition that still contain an erased contact.

Kafka does not compact an active segment. It closes one only when something is written after
`segment.ms`, and drops a tombstone only in a later compaction. Where nothing is written, an erased
id would stay for ever. So the owner of a partition with a grave writes a record without a meaning
once an hour into its signals; as that moves an offset, its changelog gets a record, too.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from streamseg.core.partition import Partition

if TYPE_CHECKING:
    from streamseg.stream.assignment import Assignment

ROLL_SECONDS: Final = 3_600.0


class LogRoll:
    """Has this worker's partitions write such a record, where an erasure needs it."""

    def __init__(self, every: float = ROLL_SECONDS) -> None:
        self._every = every
        self._next = monotonic()

    def look(self, assignment: Assignment) -> None:
        """Have the next cycle write, if it is time."""
        if monotonic() < self._next:
            return
        self._next = monotonic() + self._every
        for task in assignment.running:
            if isinstance(task.core, Partition) and task.core.remembers_erasures:
                task.rolls = task.touched = True
