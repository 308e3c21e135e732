"""Packs what one transaction sends into record batches, by topic and partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamseg.core.counting.figures import TopRecord
from streamseg.core.identity.mail import Report
from streamseg.formats.alerts import encode_alert
from streamseg.formats.counts import encode_count
from streamseg.formats.erasures import encode_erasure
from streamseg.formats.outbound import encode
from streamseg.formats.signals import (
    ROLL,
    encode_change,
    encode_mail_record,
    encode_table_mail,
)
from streamseg.formats.tables import encode_tables
from streamseg.formats.views import encode_top
from streamseg.kafka.partitioning import partition_of
from streamseg.stream.letters import encode_letter
from streamseg.stream.offsets import OFFSETS_KEY

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Mapping

    from streamseg.core.counting.figures import CountRecord
    from streamseg.core.identity.graves import Grave
    from streamseg.core.identity.mail import Mail
    from streamseg.core.messages.outcomes import AlertNews, Batch
    from streamseg.formats.naming import Naming
    from streamseg.stream.tasks import DeadLetter, StreamTask
    from streamseg.stream.topic_names import TopicNames


class Outbox:
    """Collects a cycle's records; ``counts`` has the partition count of each output topic.

    ``producer`` makes the batches; they can be filled before the transaction begins. ``source`` is
    the source of all messages, ``naming`` says whether they have ids or pseudonyms of contacts, and
    ``retention`` for how long topics keep a record (ms), for proofs of erasures.
    """

    def __init__(
        self,
        producer: Any,
        topics: TopicNames,
        counts: dict[str, int],
        source: bytes,
        wall_ms: int,
        retention: Mapping[str, int | None],
        naming: Naming,
    ) -> None:
        self.records = 0
        self._naming = naming
        self._source = source
        self._create = producer.create_batch
        self._topics = topics
        self._counts = counts
        self._wall_ms = wall_ms
        self._retention = retention
        self._open: dict[tuple[str, int], Any] = {}
        self._full: list[tuple[tuple[str, int], Any]] = []
        self._changelogs = (topics.changelog, topics.catalog)
        self._topic_of = {
            "triggers": topics.triggers,
            "membership": topics.membership,
            "decisions": topics.decisions,
        }

    def add_batch(self, task: StreamTask, batch: Batch) -> None:
        """Take the outcomes and the changelog records of a task's batch."""
        partition = task.tp.partition
        for outcome in batch.outcomes:
            stream = outcome.stream
            if stream == "signals":
                self._to_all(self._topics.signals, outcome.product.encode(), encode_change(outcome))
                continue
            if stream == "stats":
                self._tell_count(outcome, partition)
                continue
            if stream == "mail":
                self._send(outcome)
                continue
            if stream == "alerts":
                self._tell_alert(outcome)
                continue
            if stream == "table_mail":
                key, value = encode_table_mail(outcome)
                self._add(self._topics.signals, outcome.to, key, value, [])
                continue
            if stream == "tables":
                self._add(self._topics.tables, 0, *encode_tables(outcome), [])
                continue
            key, value, headers = encode(outcome, self._source, self._naming)
            topic = self._topic_of[stream]
            self._add(topic, partition % self._counts[topic], key, value, headers)
        for name, grave in batch.buried:
            self._prove(name, grave, partition)
        if task.rolls:
            task.rolls = False
            self._add(self._topics.signals, partition, None, ROLL, [])
        changes: list[tuple[bytes, bytes | None]] = list(batch.changes)
        changes.append((OFFSETS_KEY, task.reached().encode()))
        self._add_changes(task.changelog, changes)

    def add_letter(self, letter: DeadLetter) -> None:
        """Take a refused record."""
        topic = self._topics.dlq
        partition = letter.record.partition % self._counts[topic]
        self._add(topic, partition, *encode_letter(letter))

    def _tell_count(self, record: CountRecord | TopRecord, partition: int) -> None:
        topic = self._topics.stats
        key, value = (
            encode_top(record, partition)
            if isinstance(record, TopRecord)
            else encode_count(record, partition)
        )
        self._add(topic, partition % self._counts[topic], key, value, [])

    def _prove(self, name: str, grave: Grave, partition: int) -> None:
        topic = self._topics.erasures
        key, value = encode_erasure(name, grave, self._wall_ms, self._retention)
        self._add(topic, partition % self._counts[topic], key, value, [])

    def _tell_alert(self, news: AlertNews) -> None:
        topic = self._topics.alerts
        key, value, headers = encode_alert(news, self._source)
        partition = 0 if key is None else partition_of(key, self._counts[topic])
        self._add(topic, partition, key, value, headers)

    def _send(self, mail: Mail) -> None:
        """Send mail to the partition of the contact that it is for, and reports to partition 0."""
        topic = self._topics.signals
        key, value = encode_mail_record(mail)
        is_report = isinstance(mail.body, Report)
        partition = 0 if is_report else partition_of(key, self._counts[topic])
        self._add(topic, partition, key, value, [])

    def _to_all(self, topic: str, key: bytes, value: bytes) -> None:
        for partition in range(self._counts[topic]):
            self._add(topic, partition, key, value, [])

    def _add(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
    ) -> None:
        place = (topic, partition)
        builder = self._open.get(place) or self._fresh(place)
        self.records += 1
        if builder.append(timestamp=self._wall_ms, key=key, value=value, headers=headers) is None:
            self._fresh(place).append(
                timestamp=self._wall_ms, key=key, value=value, headers=headers
            )

    def _add_changes(
        self, place: tuple[str, int], changes: Iterable[tuple[bytes, bytes | None]]
    ) -> None:
        builder = self._open.get(place) or self._fresh(place)
        append, wall_ms = builder.append, self._wall_ms
        for key, value in changes:
            self.records += 1
            if append(timestamp=wall_ms, key=key, value=value) is None:
                append = self._fresh(place).append
                append(timestamp=wall_ms, key=key, value=value)

    def _fresh(self, place: tuple[str, int]) -> Any:
        """Start a batch; the one before it, if any, is full."""
        full = self._open.get(place)
        if full is not None:
            self._full.append((place, full))
        builder = self._open[place] = self._create()
        return builder

    async def send(
        self, producer: Any, futures: list[asyncio.Future[Any]], *, state: bool | None = None
    ) -> None:
        """Hand batches to the producer, in order for each partition.

        ``state`` picks: True only those of the changelogs, False only the others, None all.
        The futures of their acknowledgement go to ``futures``; each has to be awaited.
        """
        for (topic, partition), builder in [*self._full, *self._open.items()]:
            if state is None or state == (topic in self._changelogs):
                futures.append(await producer.send_batch(builder, topic, partition=partition))
