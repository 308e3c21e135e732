"""Keeps the state of released partitions in memory, in case a rebalance gives them back."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka import TopicPartition

    from streamseg.stream.offsets import Reached
    from streamseg.stream.ownership import Owners
    from streamseg.stream.tasks import StreamTask

MOST_SECONDS: Final = 3_600.0


class WarmStates:
    """The tasks of the last assignment. Each is good while no other worker writes for its
    partition.

    A release leaves a token in the partition's metadata; a claim by another worker overwrites it.
    They are kept for ``most`` seconds: whoever is erased elsewhere meanwhile is in memory so long.
    """

    def __init__(self, most: float = MOST_SECONDS) -> None:
        self._most = most
        self._since = 0.0  # monotonic
        self._token: str | None = None
        self._tasks: dict[TopicPartition, tuple[StreamTask, Reached]] = {}

    def keep(self, tasks: Iterable[StreamTask], token: str) -> None:
        """Remember released tasks, which must have nothing uncommitted."""
        self._token, self._since = token, monotonic()
        self._tasks = {task.tp: (task, task.committed()) for task in tasks}

    def forget_old(self) -> None:
        """Forget the tasks, if they were kept for long enough: a worker may stay without any."""
        if self._tasks and monotonic() - self._since >= self._most:
            self._tasks, self._token = {}, None

    def take(self, owners: Mapping[TopicPartition, Owners]) -> dict[
        TopicPartition, tuple[StreamTask, Reached]
    ]:  # fmt: skip
        """The tasks that are still good, with where their inputs are; all others are forgotten."""
        good = {
            tp: kept
            for tp, kept in self._tasks.items()
            if tp in owners and self._token is not None and owners[tp].released == self._token
        }
        self._tasks, self._token = {}, None
        return good
