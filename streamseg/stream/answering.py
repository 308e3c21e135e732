"""A worker as the HTTP API asks it: what `Inspection` reads, and what takes a while.

What reads topics is done one at a time, and for so many seconds only.
"""

from __future__ import annotations

import asyncio
import shlex
from contextlib import asynccontextmanager
from time import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streamseg.core.partition import Partition
from streamseg.core.values.timestamps import format_time
from streamseg.explain.why import NotAskedError
from streamseg.formats.naming import IN_CLEAR, Naming
from streamseg.settings import SettingsError
from streamseg.stream.contact_timeline import (
    LINKS_SECONDS,
    TOLD,
    add_links,
    contact_timeline,
    partitions_of,
)
from streamseg.stream.following import Following
from streamseg.stream.history import History
from streamseg.stream.inspection import Inspection, as_problem
from streamseg.stream.letter_list import list_letters
from streamseg.stream.programs import Programs
from streamseg.stream.rule_checks import RuleChecker
from streamseg.stream.scanning import Scan
from streamseg.web.answers import DossierFound, KpisFound, Resent, RulesAnswer
from streamseg.web.gathering import no_segment
from streamseg.web.problems import RETRY, MergedInto, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from streamseg.explain.answers import WhyAnswer
    from streamseg.stream.partition_task import PartitionTask
    from streamseg.web.answers import (
        KpisAnswer,
        LettersAnswer,
        LettersToResend,
        ResentAnswer,
        RulesChecked,
        RulesTested,
        RulesToTest,
        TimelineAnswer,
    )
    from streamseg.web.source import Message, Positions

PAST_SECONDS: Final = 30.0
SCAN_SECONDS: Final = 5.0
KPIS_SECONDS: Final = 20.0
EXPORT_SECONDS: Final = 120.0
MOST_EXPORTED: Final = 16 * 1024 * 1024
RESEND_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 3.0  # for Kafka to answer at all


class WorkerSource(Inspection):
    """Answers the API's questions; see `web.source`."""

    def __init__(self, *inspected: Any, naming: Naming = IN_CLEAR) -> None:
        super().__init__(*inspected)
        self._naming = naming
        self._checker = RuleChecker(self.settings.rules)
        self._resending = Programs()
        self._counting = Programs()
        self._exporting = Programs()
        self._following = Following(self.settings, self.count_of)
        self._scanning = asyncio.Lock()

    @asynccontextmanager
    async def _scan(self, seconds: float) -> AsyncIterator[Scan]:
        """The only scan that goes on. Raises Problem where there is one, or Kafka is away."""
        if self._scanning.locked():
            raise Problem(409, "busy", "another question that reads topics goes on", RETRY)
        async with self._scanning:
            try:
                async with asyncio.timeout(seconds + GRACE_SECONDS):
                    yield Scan(self.settings, seconds)
            except (KafkaError, TimeoutError, SettingsError) as error:
                detail = f"Kafka does not answer: {type(error).__name__}"
                raise Problem(503, "no_kafka", detail, RETRY) from None

    async def past_why(self, contact: str, segment: str, key: str | None, at: int) -> WhyAnswer:
        """Why a contact was in a segment, or was not, at an instant of the past."""
        self.segment_named(segment)
        task = self.task_of(contact)
        if at > self._latest(task, contact):
            detail = f"at: {format_time(at)} is still to come; without it, `next` tells what comes"
            raise Problem(400, "bad_parameter", detail)
        into = task.core.leads_to(contact, at) if isinstance(task.core, Partition) else None
        if into is not None:
            raise MergedInto(into)
        is_any = self.settings.partitioner == "any"
        count = None if is_any else self.count
        history = History(self.settings, self.rules, task.tp.partition, count)
        async with self._scan(PAST_SECONDS) as scan:
            try:
                past = await history.past(contact, at, scan)
                answer = past.why(self.rules, segment, key)
            except NotAskedError as error:
                if scan.complete:
                    raise as_problem(error) from None
                raise self._too_long(contact, segment, key, at) from None
        if not scan.complete:
            raise self._too_long(contact, segment, key, at)
        return answer

    def _too_long(self, contact: str, segment: str, key: str | None, at: int) -> Problem:
        """The past has more records than can be read in time: with the command to use instead.

        It names rules: without them the command asks a worker.
        """
        of_key = [] if key is None else ["--key", key]
        rules = "F" if self.settings.rules is None else str(self.settings.rules)
        given = [contact, segment, *of_key, "--at", format_time(at), "--rules", rules]
        line = shlex.join(["streamseg", "why", *given])
        detail = f"the topic has more than can be read in {PAST_SECONDS:.0f} s; ask by: {line}"
        return Problem(504, "too_long", detail)

    def _latest(self, task: PartitionTask, contact: str) -> int:
        """The latest instant that is of the past: a sender's clock may be ahead of ours."""
        peek = task.core.peek(contact, task.now) if isinstance(task.core, Partition) else None
        return max(int(time() * 1000), task.now if peek is None else peek.instant)

    async def links(self, answer: WhyAnswer, *, of_past: bool) -> None:
        """Add to an answer where triggers and decisions of it lie."""
        partition, merged = self.task_of(answer.contact).tp.partition, answer.merged_ids
        tps = self._places(partition, merged, TOLD[:2])
        names = self._all_names(answer.contact, merged)
        async with self._scan(LINKS_SECONDS) as scan:
            await add_links(scan, tps, names, answer, of_past=of_past)

    async def timeline(
        self, contact: str, since_ms: int, limit: int, cursor: str | None
    ) -> TimelineAnswer:
        """The records of a contact and of who was merged into it by time, the latest first."""
        task = self.task_of(contact)
        core = task.core if isinstance(task.core, Partition) else None
        into = None if core is None else core.leads_to(contact)
        if into is not None:
            raise MergedInto(into)
        merged = [] if core is None else core.merged_into(contact)
        tps = self._places(task.tp.partition, merged, ("events", *TOLD))
        async with self._scan(SCAN_SECONDS) as scan:
            return await contact_timeline(
                self.settings,
                scan,
                tps,
                contact,
                self._all_names(contact, merged),
                since_ms,
                limit,
                cursor,
            )

    def names_of(self, contact: str) -> frozenset[str]:
        """All that a contact is called in topics."""
        return self._naming.all_of(contact)

    def _all_names(self, contact: str, merged: list[str]) -> frozenset[str]:
        return self.names_of(contact).union(*map(self.names_of, merged))

    def _places(
        self, partition: int, merged: list[str], topics: tuple[str, ...]
    ) -> list[TopicPartition]:
        """Where what is of a contact in a partition lies, and of who was merged into it."""
        count = None if self.settings.partitioner == "any" else self.count
        places = [
            TopicPartition(self.settings.topic(topic), number % of_topic)
            for topic in topics
            if (of_topic := self.count_of(topic))
            for number in partitions_of(partition, merged, count)
        ]
        return list(dict.fromkeys(places))

    async def export(self, contact: str) -> msgspec.Raw:
        """All that is known of a contact: a program of its own reads all topics."""
        settings = self.settings
        rules = None if settings.rules is None else str(settings.rules)
        given = msgspec.json.encode((settings.bootstrap, settings.topic_prefix, rules, contact))
        by_hand = f"ask by: streamseg contact export {shlex.quote(contact)}"
        try:
            told = await self._exporting.ask(
                "streamseg.privacy.answering", given, DossierFound, EXPORT_SECONDS
            )
        except Problem as problem:
            if problem.code != "too_long":
                raise
            raise Problem(504, "too_long", f"{problem.detail}; {by_hand}") from None
        if told.error is not None:
            raise Problem(503, "not_exported", told.error, RETRY)
        if len(bytes(told.answer)) > MOST_EXPORTED:
            raise Problem(413, "too_large", f"it has more than {MOST_EXPORTED:,} bytes; {by_hand}")
        return told.answer

    async def letters(self, code: str | None, source: str | None, limit: int) -> LettersAnswer:
        """Dead letters, the latest first, of the last 5,000 in each partition."""
        async with self._scan(SCAN_SECONDS) as scan:
            return await list_letters(
                self.settings, scan, self.count_of("dlq"), (code, source), limit
            )

    def follow(
        self, topics: frozenset[str], seen: Positions
    ) -> AsyncGenerator[Message | None, None]:
        """What is told from now on, or from where was ``seen``."""
        return self._following.follow(topics, seen)

    async def check_rules(self, text: str) -> RulesChecked:
        """What is wrong with rules."""
        return await self._checker.check(text)

    async def test_rules(self, asked: RulesToTest) -> RulesTested:
        """What rules would tell of sample events."""
        return await self._checker.test(asked)

    def rules_in_force(self) -> RulesAnswer:
        """The rules that it runs."""
        rules = self._stats.rules
        if rules is None:
            raise Problem(404, "no_rules", "the worker was not started with a rule file")
        return RulesAnswer(rules.file, rules.hash, rules.segments, rules.text)

    async def kpis(self, segment: str, days: int) -> KpisAnswer:
        """What was counted of a segment by all workers."""
        where = self.settings.bootstrap, self.settings.topic_prefix
        given = msgspec.json.encode((*where, segment, days))
        told = await self._counting.ask("streamseg.kpis.answering", given, KpisFound, KPIS_SECONDS)
        if told.error is not None:
            raise Problem(503, "no_kpis", told.error, RETRY)
        if told.answer is None:
            raise self._no_kpis(segment)
        return told.answer

    def _no_kpis(self, segment: str) -> Problem:
        """Why there are no figures of a segment."""
        names = [one.name for one in self.rules.defined]
        if segment not in names:
            return no_segment(segment, names)
        if self.rules.counting is None or self.rules.counting.conversion is None:
            detail = (
                f"nothing is counted of {segment}: the rules ask for it by `value: {{kpis: …}}`"
            )
            return Problem(404, "not_counted", detail)
        detail = f"nothing was counted of {segment} yet; workers tell what they count once a minute"
        return Problem(404, "not_yet", detail)

    async def resend(self, asked: LettersToResend) -> ResentAnswer:
        """Send dead letters again, by the same program as the command line."""
        where = self.settings.bootstrap, self.settings.topic_prefix
        given = msgspec.json.encode((*where, asked.letters, asked.rekey))
        told = await self._resending.run("streamseg.dlq.answering", given, Resent, RESEND_SECONDS)
        if told.answer is None:
            raise Problem(503, "not_resent", told.error or "nothing was sent", RETRY)
        return told.answer
