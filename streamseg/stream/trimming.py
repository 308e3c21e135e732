"""Trims the signals: deletes those that the state includes. Mail is state, so signals do not
expire.

The owner of a partition deletes what is before the offset in its changelog. A former owner that
comes back late only knows a lower offset, so no record is deleted before it is read.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

from aiokafka.errors import TopicAuthorizationFailedError

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streamseg.kafka.cluster import Cluster
    from streamseg.stream.assignment import Assignment

log = logging.getLogger(__name__)

TRIM_SECONDS: Final = 3_600.0


class SignalTrim:
    """Trims the signals of the partitions that this worker owns, once an hour."""

    def __init__(self, cluster: Cluster, every: float = TRIM_SECONDS) -> None:
        self._cluster = cluster
        self._every = every
        self._next = monotonic() + every
        self._trimmed: dict[TopicPartition, int] = {}
        self._is_refused = False

    async def look(self, assignment: Assignment) -> None:
        """Delete what may go, if it is time. Raises KafkaError."""
        if monotonic() < self._next or self._is_refused:
            return
        self._next = monotonic() + self._every
        behind = {}
        for task in assignment.tasks():
            for source in task.inputs:
                is_more = source.committed > self._trimmed.get(source.tp, 0)
                if source.name == "signals" and is_more:
                    behind[source.tp] = source.committed
        if not behind:
            return
        try:
            await self._cluster.delete_records(behind)
        except TopicAuthorizationFailedError as error:
            self._is_refused = True
            log.warning(
                "This user may not delete records (ACL: Delete on the topic): signals that are "
                "read stay in Kafka for ever. %s",
                error,
            )
        else:
            self._trimmed |= behind
