"""Answers the API's questions about a worker's state: contacts, segments, products, the worker.

Each answer reads committed state between two cycles.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import partial
from time import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import streamseg
from streamseg.core.compiled import IS_COMPILED
from streamseg.core.messages.outcomes import ENTERED
from streamseg.core.partition import Partition
from streamseg.core.values.timestamps import format_time
from streamseg.explain.answers import ContactAnswer, StateAnswer, WhyAnswer
from streamseg.explain.contact import describe
from streamseg.explain.why import NotAskedError, segment_named, why
from streamseg.kafka.partitioning import partition_of
from streamseg.web.answers import (
    Answered,
    PartitionAnswer,
    ProductAnswer,
    Rates,
    SegmentAnswer,
    SegmentsAnswer,
    WorkerAnswer,
)
from streamseg.web.gathering import no_product
from streamseg.web.problems import MergedInto, Problem, moving
from streamseg.web.source import HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.core.peek import Peek
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.core.segments.segment import Segment
    from streamseg.observe.stats import PartitionStats, WorkerStats
    from streamseg.settings import Settings
    from streamseg.stream.partition_task import PartitionTask
    from streamseg.stream.session import Session

_HOUR: Final = 60  # minutes
_DAY: Final = 24 * _HOUR
SEGMENTS_A_TURN: Final = 30  # segments, in about 2 ms


class Inspection:
    """Looks at the partitions of a worker. ``session`` gives the membership that is going on,
    ``url`` where this worker answers.
    """

    def __init__(
        self,
        settings: Settings,
        rules: RuleSet,
        stats: WorkerStats,
        session: Callable[[], Session | None],
        url: Callable[[], str | None],
    ) -> None:
        self.settings = settings
        self.rules = rules
        self._stats = stats
        self._session = session
        self._url = url

    # -- who has what ----------------------------------------------------------------------

    async def owner(self, contact: str, *, anew: bool = False) -> str | None:
        """The address of the worker that has a contact's partition; HERE: this one; None: none."""
        session = self._session()
        if session is None or session.directory is None or not self.count:
            return None
        if self.settings.partitioner == "any":  # the id does not tell the partition
            return HERE if self._has_all or self._anywhere(contact) is not None else None
        number = partition_of(contact.encode(), self.count)
        if number in session.running():
            return HERE
        url = await session.directory.owner(number, anew=anew)
        return None if url == self._url() else url  # assigned to this worker, but not running yet

    async def members(self) -> dict[str, int]:
        """The addresses of the other workers, and how many partitions of contacts each has."""
        session = self._session()
        if session is None or session.directory is None:
            return {}
        found = await session.directory.members()
        return {url: count for url, count in found.items() if url != self._url()}

    @property
    def count(self) -> int:
        """How many partitions of contacts there are; 0 while that is not known."""
        return self.count_of("events")

    def count_of(self, topic: str) -> int:
        """How many partitions a topic has, by its short name; 0 while that is not known."""
        session = self._session()
        return 0 if session is None else session.counts.get(self.settings.topic(topic), 0)

    def partitions(self) -> tuple[int, int]:
        """How many partitions of contacts run here, and how many there are."""
        return len(self._running()), self.count

    def _running(self) -> dict[int, PartitionTask]:
        session = self._session()
        return {} if session is None else session.running()

    @property
    def _has_all(self) -> bool:
        """Whether all partitions of contacts run here."""
        return 0 < self.count == len(self._running())

    def _anywhere(self, contact: str) -> PartitionTask | None:
        for task in self._running().values():
            core = task.core
            if isinstance(core, Partition) and (
                core.peek(contact, task.now) is not None or core.leads_to(contact) is not None
            ):
                return task
        return None

    def task_of(self, contact: str) -> PartitionTask:
        """The task that has a contact. Raises Problem where it does not run here."""
        task = None
        if self.settings.partitioner == "any":
            task = self._anywhere(contact)
            if task is None and self._has_all:
                raise _no_state(contact)
        elif self.count:
            task = self._running().get(partition_of(contact.encode(), self.count))
        if task is None:
            raise moving()
        return task

    # -- contacts --------------------------------------------------------------------------

    def contact(self, contact: str, *, raw: bool) -> ContactAnswer:
        """A contact of one of its partitions."""
        task = self.task_of(contact)
        answer = describe(_peek(task, contact), raw=raw)
        answer.state = _state(task, answer.at)
        return answer

    def why(self, contact: str, segment: str, key: str | None) -> WhyAnswer:
        """Whether a contact is in a segment now, and why or why not."""
        task = self.task_of(contact)
        asked = self.segment_named(segment)
        try:
            answer = why(partial(_peek, task, contact), asked, key, self.settings.lateness_ms)
        except NotAskedError as error:
            raise as_problem(error) from None
        answer.state = _state(task, answer.at)
        return answer

    def segment_named(self, name: str) -> Segment:
        """A segment by its name. Raises Problem."""
        try:
            return segment_named(self.rules, name)
        except NotAskedError as error:
            raise as_problem(error) from None

    # -- counts ----------------------------------------------------------------------------

    async def segments(self) -> SegmentsAnswer:
        """The segments, with what this worker has counted since it started."""
        now_ms = int(time() * 1000)
        suppressed: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (name, reason), count in self._stats.suppressed.items():
            suppressed[name][reason] = count
        alerts: defaultdict[str, list[str]] = defaultdict(list)
        for core in self._cores():
            for alert in core.raised():
                alerts[alert.segment].append(alert.name)
        shown = []
        for number, segment in enumerate(self.rules.defined):
            if number % SEGMENTS_A_TURN == SEGMENTS_A_TURN - 1:
                await asyncio.sleep(0)  # let the cycle have its turn
            one = self._segment(segment, suppressed[segment.name], now_ms)
            one.alerts = alerts[segment.name]
            shown.append(one)
        return SegmentsAnswer(None, Answered(*self.partitions()), shown)

    def _segment(self, segment: Segment, suppressed: dict[str, int], now_ms: int) -> SegmentAnswer:
        stats, name = self._stats, segment.name
        size, members = self._members(segment)
        tells = segment.definition.membership
        day = {
            kind: stats.minutes.last(kind, name, _DAY, now_ms)
            for kind in ("fired", "suppressed", "entered")
        }
        return SegmentAnswer(
            segment=name,
            version=segment.definition.version,
            kind=segment.definition.kind,
            per=segment.per,
            rungs=[rung.label for rung in segment.rungs],
            members=members,
            fired=stats.fired.get(name, 0),
            cancelled=stats.cancelled.get(name, 0),
            suppressed=suppressed,
            entered=stats.membership.get((name, ENTERED), 0) if tells else None,
            fired_rates=_rates(day["fired"]),
            suppressed_rates=_rates(day["suppressed"]),
            entered_rates=_rates(day["entered"]) if tells else None,
            series=day["fired"][-_HOUR:],
            size=size,
            hours=[sum(day["fired"][at : at + _HOUR]) for at in range(0, _DAY, _HOUR)],
        )

    def _cores(self) -> list[Partition]:
        """The engines of this worker's partitions of contacts."""
        return [one.core for one in self._running().values() if isinstance(one.core, Partition)]

    def _members(self, segment: Segment) -> tuple[int | None, dict[str, int] | None]:
        """How many are in a segment, in all and by rung, in this worker's partitions; None where it
        is not counted.
        """
        cores = self._cores()
        ledgers = [core.counted for core in cores if core.counted is not None]
        if not ledgers and (cores or self.rules.counting is None):
            return None, None
        sizes = [ledger.size(segment.name) for ledger in ledgers]
        labels = [rung.label for rung in segment.rungs if rung.label is not None]
        by_rung = {label: sum(one.rungs.get(label, 0) for one in sizes) for label in labels}
        return sum(one.members for one in sizes), by_rung

    def product(self, product: str) -> ProductAnswer:
        """The facts of a product, and how many contacts of this worker have it as a key."""
        cores = self._cores()
        known = [facts for core in cores if (facts := core.facts(product)) is not None]
        if not known:
            raise no_product(product)
        facts = max(known, key=lambda one: one.version)
        return ProductAnswer(
            product=product,
            stock=facts.stock,
            price=facts.price,
            currency=facts.currency,
            category=facts.category,
            brand=facts.brand,
            name=facts.name,
            out_of_stock=facts.out_of_stock,
            turns=[format_time(one) for one in facts.turns],
            changed_at=None if facts.changed_at is None else format_time(facts.changed_at),
            waiting=sum(core.contacts_having(product) for core in cores),
            partitions=Answered(*self.partitions()),
        )

    # -- the worker ------------------------------------------------------------------------

    def worker(self) -> WorkerAnswer:
        """This worker: its version, partitions and rules."""
        stats = self._stats
        return WorkerAnswer(
            url=self._url(),
            version=streamseg.__version__,
            compiled=IS_COMPILED,
            rules=None if stats.rules is None else stats.rules.hash,
            generation=None,
            assigned=stats.assigned,
            ready=stats.ready,
            partitions=[_partition(one) for _, one in sorted(stats.partitions.items())],
        )

    def topics(self) -> dict[str, str]:
        """The address at which each topic can be browsed; empty where none is set."""
        url, session = self.settings.topic_url, self._session()
        if url is None or session is None:
            return {}
        return {name: url.replace("{topic}", quote(name, safe="")) for name in session.counts}


def as_problem(error: NotAskedError) -> Problem:
    """The API's problem for a question without an answer."""
    status = 404 if error.code in ("no_segment", "no_state") else 400
    return Problem(status, error.code, str(error))


def _peek(task: PartitionTask, contact: str) -> Peek:
    core: Any = task.core
    peek: Peek | None = core.peek(contact, task.now) if isinstance(core, Partition) else None
    if peek is None and isinstance(core, Partition):
        into = core.leads_to(contact)
        if into is not None:
            raise MergedInto(into)
    if peek is None:
        raise _no_state(contact)
    return peek


def _no_state(contact: str) -> Problem:
    return Problem(404, "no_state", f"{contact} was never seen, was erased, or is forgotten")


def _state(task: PartitionTask, now: str) -> StateAnswer:
    lag = sum(source.lag for source in task.inputs)
    offsets = {source.name: source.committed for source in task.inputs}
    return StateAnswer(now, lag, offsets, task.tp.partition)


def _rates(by_minute: list[int]) -> Rates:
    return Rates(sum(by_minute[-1:]), sum(by_minute[-60:]), sum(by_minute))


def _partition(shown: PartitionStats) -> PartitionAnswer:
    return PartitionAnswer(
        kind=shown.kind,
        partition=shown.partition,
        phase=shown.phase,
        lag=dict(shown.lag_records),
        event_lag_ms=dict(shown.event_lag_ms),
        contacts=shown.contacts,
        state_bytes=shown.state_bytes,
        restored=shown.restored,
        restore_total=shown.restore_total,
    )
