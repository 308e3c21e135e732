"""Sends dead letters again, each at most once, however many processes do it and whatever crashes.

    open the producer of the only transactional id for this     fences whoever else resends, and
    read which letters were sent again, to the end of the topic   aborts what they left open
    for each portion of the chosen others, one transaction:
        the records, to their topics; a note for each, beside its letter

A record and its note are there both or not at all, and a note that was written before is read
before. So a second run, also on another machine, sends only what is left. The transactional id is
that of the topic, whichever application's settings a run has.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiokafka.codec import zstd_encode
from aiokafka.errors import IllegalOperation, KafkaError, TopicAuthorizationFailedError

from streamseg.core.errors import Refused
from streamseg.dlq.reading import Letters, LettersError
from streamseg.formats.dead_letters import RESENT_FROM, Letter, Place, note_headers
from streamseg.kafka.partitioning import partition_of
from streamseg.produce.routing import route
from streamseg.stream.clients import new_cluster, new_producer, stop_quietly

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.kafka.cluster import Cluster
    from streamseg.settings import Settings

PORTION: Final = 500  # letters of one transaction, and their bytes
PORTION_BYTES: Final = 4_000_000
BATCH_BYTES: Final = 100_000  # small ones fit into every topic, and a large record is one by itself
MOST_BYTES: Final = 16_000_000  # of a record, for aiokafka; the topic's own limit is looked up
_LIMIT: Final = "max.message.bytes"
_KAFKAS_LIMIT: Final = 1_048_588  # where a topic's may not be read
_OVERHEAD: Final = 1_000  # bytes of a batch with one record, beside what is in it, at most
REKEYED: Final = ("key_mismatch", "wrong_partition")  # the codes that another key or place mends


class _Topic(NamedTuple):
    partitions: int
    most_bytes: int  # of a batch, compressed


class Resending:
    """Sends letters again; ``counts`` has what became of those that were chosen."""

    def __init__(self, settings: Settings, letters: Letters, *, rekey: bool) -> None:
        self.counts: Counter[str] = Counter()
        self._settings = settings
        self._letters = letters
        self._rekey = rekey
        self._topics: dict[str, _Topic] = {}

    async def run(
        self, chosen: Callable[[Letter], bool], told: Callable[[Letter, str], None], *, dry: bool
    ) -> None:
        """Send what is ``chosen``; ``told`` gets each of these letters and what became of it.

        That is the place it went to, or why it was left. ``dry``: send nothing. Raises
        LettersError, TopicError, KafkaError.
        """
        if dry:
            await self._send_all(None, chosen, told)
            return
        producer = new_producer(
            self._settings,
            transactional_id(self._letters.topic),
            max_batch_size=BATCH_BYTES,
            max_request_size=MOST_BYTES,
        )
        try:
            await producer.start()
            await self._send_all(producer, chosen, told)
        finally:
            await stop_quietly(producer)

    async def _send_all(
        self,
        producer: Any | None,
        chosen: Callable[[Letter], bool],
        told: Callable[[Letter, str], None],
    ) -> None:
        resent = await self._letters.resent()
        portion: list[tuple[Letter, str, int, bytes | None]] = []
        size = 0
        async for letter in self._letters.letters():
            if not chosen(letter):
                continue
            try:
                topic, partition, key = await self._destination(letter, resent)
            except LettersError as left:
                self.counts["left"] += 1
                told(letter, f"left: {left}")
                continue
            if len(portion) == PORTION or (portion and size + letter.size > PORTION_BYTES):
                await self._send(producer, portion, told)
                portion, size = [], 0
            portion.append((letter, topic, partition, key))
            size += letter.size
        await self._send(producer, portion, told)

    async def _destination(
        self, letter: Letter, resent: set[Place]
    ) -> tuple[str, int, bytes | None]:
        """Topic, partition and key to send a letter's record to. Raises LettersError."""
        if letter.place in resent:
            raise LettersError("was sent again before")
        source = letter.source
        if source is None:
            raise LettersError(f"was never in a topic; mend {letter.origin} and produce it again")
        if letter.key is None and letter.value is None:
            raise LettersError("has neither key nor value")
        if letter.is_cut:
            raise LettersError("was cut, since it would not have fitted among the dead letters")
        count, most_bytes = await self._topic(source.topic)
        _check_size(letter, source.topic, most_bytes)
        if self._rekey and letter.code in REKEYED:
            try:
                key = route(letter.value or b"").key
            except Refused as error:
                raise LettersError(f"has no owner to be its key: {error}") from error
            return source.topic, partition_of(key, count), key
        if source.partition >= count:
            raise LettersError(f"{source.topic} has no partition {source.partition} any more")
        return source.topic, source.partition, letter.key

    async def _topic(self, topic: str) -> _Topic:
        if topic not in self._topics:
            cluster = new_cluster(self._settings)
            try:
                await cluster.start()
                found = await cluster.topics([topic])
                if topic not in found:
                    raise LettersError(f"there is no topic {topic}")
                most_bytes = await _most_bytes(cluster, topic)
            finally:
                await stop_quietly(cluster)
            self._topics[topic] = _Topic(len(found[topic].leaders), most_bytes)
        return self._topics[topic]

    async def _send(
        self,
        producer: Any | None,
        portion: list[tuple[Letter, str, int, bytes | None]],
        told: Callable[[Letter, str], None],
    ) -> None:
        if producer is not None and portion:
            try:
                async with producer.transaction():
                    await self._write(producer, portion)
            # that of who is fenced before, or between two sends: the transaction is none any more
            except (KafkaError, AssertionError, IllegalOperation) as error:
                raise LettersError(
                    f"a transaction failed ({error!r}), perhaps since another resend took over; "
                    "run this again: what was sent is not sent twice"
                ) from error
        for letter, topic, partition, _ in portion:
            self.counts["sent"] += 1
            told(letter, f"{topic}-{partition}")

    async def _write(
        self, producer: Any, portion: list[tuple[Letter, str, int, bytes | None]]
    ) -> None:
        sent: list[Any] = []
        try:
            for letter, topic, partition, key in portion:
                mark = (RESENT_FROM, self._name(letter.place))
                place = {"key": key, "partition": partition}
                sent.append(
                    await producer.send(
                        topic, letter.value, headers=[*letter.headers, mark], **place
                    )
                )
                note = {"key": str(letter.place).encode(), "partition": letter.place.partition}
                headers = note_headers(letter.place)
                sent.append(await producer.send(self._letters.topic, headers=headers, **note))
        finally:
            results = await asyncio.gather(*sent, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def _name(self, place: Place) -> bytes:
        return f"{self._letters.topic}-{place}".encode()


def transactional_id(topic: str) -> str:
    """The one of all runs that send letters of this topic: the later stops the earlier."""
    return f"{topic}-resend"


async def _most_bytes(cluster: Cluster, topic: str) -> int:
    try:
        found = (await cluster.topic_settings([topic], [_LIMIT]))[topic].get(_LIMIT)
    except TopicAuthorizationFailedError:
        found = None
    return _KAFKAS_LIMIT if found is None else int(found)


def _check_size(letter: Letter, topic: str, most_bytes: int) -> None:
    """Raises LettersError for what would not fit, compressed; it would hold up all others."""
    if letter.size + _OVERHEAD <= most_bytes:
        return
    beside = letter.size - len(letter.value or b"")
    size = len(zstd_encode(letter.value or b"")) + beside + _OVERHEAD
    if size > most_bytes:
        raise LettersError(
            f"takes about {size} bytes, and {topic} takes {most_bytes} ({_LIMIT}) of one record"
        )
