"""Holds the assignments of a member of the group, from taking them over to giving them up."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import KafkaError

from streamseg.stream.assignment import Assignment
from streamseg.stream.clients import stop_quietly
from streamseg.stream.errors import OwnershipLostError
from streamseg.stream.setup_checks import as_setup_error

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streamseg.observe.stats import WorkerStats
    from streamseg.settings import Settings
    from streamseg.stream.backoff import Backoff
    from streamseg.stream.cycle import Cycle
    from streamseg.stream.ownership import Ownership
    from streamseg.stream.takeover import Takeover
    from streamseg.stream.warm import WarmStates

log = logging.getLogger(__name__)

FINISH_SECONDS: Final = 8.0  # for a running transaction, when partitions are to be given up
RELEASE_SECONDS: Final = 3.0


class AssignmentHolder:
    """Holds one ``assignment`` after the other; None: there is none just now.

    The cycle holds the ``lock`` while it runs, and so does what changes the assignment. ``changed``
    is set when there is another assignment, or its takeover failed.
    """

    def __init__(
        self,
        settings: Settings,
        stats: WorkerStats,
        consumer: Any,
        taking: Takeover,
        ownership: Ownership,
        cycle: Cycle,
        warm: WarmStates,
        backoff: Backoff,
        changed: asyncio.Event,
    ) -> None:
        self.assignment: Assignment | None = None
        self.lock = asyncio.Lock()
        self.changed = changed
        self._settings = settings
        self._stats = stats
        self._consumer = consumer
        self._taking = taking
        self._ownership = ownership
        self._cycle = cycle
        self._warm = warm
        self._backoff = backoff
        self._takeover: asyncio.Task[None] | None = None
        self.retiring: set[asyncio.Task[None]] = set()  # producers that are being stopped

    def begin(self, partitions: frozenset[TopicPartition]) -> None:
        """Take partitions over, in the background."""
        assignment = self.assignment = Assignment(partitions)
        self._stats.assigned, self._stats.ready = len(partitions), 0
        self._stats.partitions.clear()
        self._takeover = asyncio.create_task(self._take_over(assignment))
        self.changed.set()

    async def _take_over(self, assignment: Assignment) -> None:
        try:
            await self._taking.run(assignment)
            log.info("%d partitions are running", len(assignment.partitions))
        except OwnershipLostError as error:
            # the consumer rejoins by itself, and what it gets then is taken over
            log.info("The group moved on before a takeover was complete: %s", error)
        except Exception as error:  # noqa: BLE001 - the loop deals with it
            assignment.broken = as_setup_error(self._settings, error) or error
            self.changed.set()

    async def _stop_takeover(self) -> None:
        takeover, self._takeover = self._takeover, None
        if takeover is not None:
            takeover.cancel()
            await asyncio.wait({takeover}, timeout=FINISH_SECONDS)

    async def start_over(self, assignment: Assignment, error: Exception) -> None:
        """Drop everything, and take the same partitions over again with another producer."""
        delay = self._backoff.next()
        log.warning(
            "Starting over with a new producer in %.1f s: %s", delay, str(error) or repr(error)
        )
        async with self.lock:
            if assignment is not self.assignment:
                return
            for tp in assignment.inputs:
                self._consumer.pause(tp)
            assignment.inputs = {}
            self._stats.ready = 0
        await self._stop_takeover()
        self._retire(assignment)
        await asyncio.sleep(delay)
        if assignment is self.assignment:
            self.begin(assignment.partitions)

    async def give_up(self) -> None:
        """Finish the running transaction, release the partitions and keep their state warm."""
        assignment, self.assignment = self.assignment, None
        self._stats.assigned, self._stats.ready = None, 0
        self._stats.partitions.clear()
        if assignment is None:
            return
        self._cycle.interrupt()
        await self._stop_takeover()
        try:
            async with asyncio.timeout(FINISH_SECONDS), self.lock:
                await self._release(assignment)
        except (OwnershipLostError, KafkaError, TimeoutError) as error:
            log.info("Partitions are left to be fenced by who gets them next: %r", error)
        self._retire(assignment)

    async def _release(self, assignment: Assignment) -> None:
        tasks = [task for task in assignment.tasks() if not task.touched]
        if assignment.inputs and tasks:
            async with asyncio.timeout(RELEASE_SECONDS):
                token = await self._ownership.release(
                    {task.tp: task.inputs[0].committed for task in tasks}
                )
            self._warm.keep(tasks, token)

    def _retire(self, assignment: Assignment) -> None:
        """Stop an assignment's producer, whose id is never used again, in the background."""
        if assignment.sink is not None:
            task = asyncio.create_task(stop_quietly(assignment.sink.producer))
            self.retiring.add(task)
            task.add_done_callback(self.retiring.discard)
            assignment.sink = None
