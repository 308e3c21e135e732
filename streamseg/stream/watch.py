"""Watches what may change under a running worker without an error of a fetch or a commit.

- A transaction that nobody ends stops readers silently: see hanging.
- A changelog that is deleted, cut or no longer compacted is lost state at the next restore. It is
  checked while the state is still in memory.

It also has signals trimmed (see trimming), and logs rolled that an erasure waits for (see rolling).
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

from aiokafka.errors import KafkaError

from streamseg.core.errors import StreamsegError
from streamseg.stream.errors import LossError
from streamseg.stream.hanging import HangingTransactions, watched
from streamseg.stream.losses import Losses, StateLog
from streamseg.stream.retention import read_retention
from streamseg.stream.rolling import LogRoll
from streamseg.stream.setup_checks import check_policies
from streamseg.stream.trimming import SignalTrim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiokafka import TopicPartition

    from streamseg.kafka.cluster import Cluster
    from streamseg.observe.stats import WorkerStats
    from streamseg.stream.assignment import Assignment
    from streamseg.stream.log_ends import LogEnds
    from streamseg.stream.topic_names import TopicNames

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 10.0
POLICY_SECONDS: Final = 3_600.0
SURE: Final = 3  # times that a topic is looked for again before it counts as deleted
SURE_SECONDS: Final = 1.0


class Watch:
    """Looks in intervals; one for each session."""

    def __init__(
        self,
        topics: TopicNames,
        cluster: Cluster,
        ends: LogEnds,
        losses: Losses,
        counts: dict[str, int],
        stats: WorkerStats,
        retention: dict[str, int | None],
    ) -> None:
        self._topics = topics
        self._cluster = cluster
        self._ends = ends
        self._losses = losses
        self._counts = counts  # partitions by topic
        self._hanging = HangingTransactions(cluster, ends, topics, stats)
        self._retention = retention  # see retention
        self._trim = SignalTrim(cluster)
        self._roll = LogRoll()
        self._policies_at = monotonic()  # cleanup policies were checked before the session began

    async def run(
        self,
        assignment: Callable[[], Assignment | None],
        fail: Callable[[StreamsegError], None],
    ) -> None:
        """Look until cancelled; errors that a person has to mend go to ``fail``."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look(assignment())
            except StreamsegError as error:
                fail(error)
                return
            except (KafkaError, OSError, TimeoutError) as error:
                log.debug("The topics cannot be looked at: %r", error)
            except Exception:
                log.exception("The topics cannot be looked at; trying again")

    async def look(self, assignment: Assignment | None) -> None:
        """One look. Raises LossError, SetupError, KafkaError."""
        if assignment is not None:
            await self._check_logs(assignment)
            tps = watched(self._topics, assignment.partitions, self._counts)
            await self._hanging.look(tps)
            await self._trim.look(assignment)
            self._roll.look(assignment)
        if monotonic() - self._policies_at >= POLICY_SECONDS:
            self._policies_at = monotonic()
            await check_policies(self._cluster, self._topics)
            self._retention.update(await read_retention(self._cluster, self._topics))

    async def _check_logs(self, assignment: Assignment) -> None:
        tasks = assignment.tasks()
        found = await find_logs(self._cluster, self._ends, [task.changelog for task in tasks])
        for task in tasks:
            if found[task.changelog] != task.log:
                self._losses.check_log(task.changelog, task.log, found[task.changelog])
                task.log = found[task.changelog]  # accepted


async def find_logs(
    cluster: Cluster, ends: LogEnds, changelogs: Iterable[TopicPartition]
) -> dict[TopicPartition, StateLog]:
    """These changelog partitions as they are now. Raises KafkaError,
    LossError for a deleted one.
    """
    tps = list(changelogs)
    names = {tp.topic for tp in tps}
    topics = await cluster.topics(names)
    for _ in range(SURE):
        if topics.keys() == names:
            break
        await asyncio.sleep(SURE_SECONDS)  # a broker that has just started may not know all yet
        topics = await cluster.topics(names)
    for name in names - topics.keys():
        raise LossError(
            f"Kafka has no topic {name} any more: it was deleted, and all state with it. Stop all "
            "workers and compute it anew: see docs/operations.md, Computing anew"
        )
    first = await ends.first(tps)
    return {tp: StateLog(topics[tp.topic].id, first[tp]) for tp in tps}
