"""Keeps the log of a quiet partition moving while an erased contact is still in it.

Kafka compacts no active segment, closes one only when something is written after `segment.ms`, and
drops a tombstone only in a later compaction: where nothing is written, an erased id would stay for
ever. So the owner of a partition that remembers an erasure writes a record without a meaning, once
an hour: into its signals, and, as that moves an offset, into its changelog.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from streamseg.core.partition import Partition

if TYPE_CHECKING:
    from streamseg.stream.assignment import Assignment

ROLL_SECONDS: Final = 3_600.0


class LogRoll:
    """Has the partitions that this worker owns write, where an erasure needs it."""

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
