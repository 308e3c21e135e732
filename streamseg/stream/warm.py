"""Keeps the state of released partitions in memory, in case a rebalance gives them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka import TopicPartition

    from streamseg.stream.offsets import Reached
    from streamseg.stream.ownership import Owners
    from streamseg.stream.tasks import StreamTask


class WarmStates:
    """The tasks of the last assignment. Each is good while no other worker writes for its
    partition.

    A release leaves a token in the partition's metadata; a claim by another worker overwrites it.
    """

    def __init__(self) -> None:
        self._token: str | None = None
        self._tasks: dict[TopicPartition, tuple[StreamTask, Reached]] = {}

    def keep(self, tasks: Iterable[StreamTask], token: str) -> None:
        """Remember released tasks, which must have nothing uncommitted."""
        self._token = token
        self._tasks = {task.tp: (task, task.committed()) for task in tasks}

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
