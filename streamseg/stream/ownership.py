"""Who may write for a partition, agreed through the metadata of its committed offset.

aiokafka commits offsets in a transaction without the group's generation, so the broker would
take a transaction of a worker that has lost its partitions. Therefore the metadata of the
group's committed offset of an input partition lists the writers, that is, the transactional ids
that may still write for it. To take a partition over:

1. read the list;
2. claim: commit the offset with the own id put before that list, by the consumer's ordinary
   commit. The coordinator checks the generation, so a stale member fails here;
3. fence every other writer: start a throw-away producer with its id, which ends its open
   transaction and locks it out;
4. prune the list to the own id, again by an ordinary commit: only who still is a member goes on.

A worker processes only after it has pruned, and by then it has fenced all earlier claimers.
A graceful release leaves, instead of the writers, a random token. A worker that finds its own
token when it takes the partition back knows that nobody has written in between.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import CommitFailedError, IllegalStateError
from aiokafka.structs import OffsetAndMetadata

from streamseg.stream.clients import new_producer, stop_quietly
from streamseg.stream.errors import OwnershipLostError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka import TopicPartition

    from streamseg.kafka.cluster import Cluster
    from streamseg.settings import Settings

log = logging.getLogger(__name__)

_WRITERS: Final = "w1:"
_RELEASED: Final = "r1:"
MOST_WRITERS: Final = 100  # of the 4,096 bytes that metadata may have


@dataclass(frozen=True)
class Owners:
    """The parsed metadata: writers, the latest claimer first, or the token of a release."""

    writers: tuple[str, ...] = ()
    released: str | None = None

    @classmethod
    def parse(cls, metadata: str | None) -> Owners:
        """Parse metadata. Metadata that is not ours (a tool has set the offset) names no writer."""
        text = metadata or ""
        if text.startswith(_WRITERS):
            return cls(tuple(filter(None, text.removeprefix(_WRITERS).split(","))))
        if text.startswith(_RELEASED):
            return cls(released=text.removeprefix(_RELEASED))
        return cls()

    def __str__(self) -> str:
        if self.released is not None:
            return _RELEASED + self.released
        return _WRITERS + ",".join(self.writers)


def new_writer() -> str:
    """A name for a producer, never used before."""
    return secrets.token_hex(8)


def is_member(consumer: Any) -> bool:
    """Whether the consumer is a member of the group, as far as it knows.

    Between being told that it is no member any more and rejoining, aiokafka would commit without
    a generation, which an empty group accepts from anybody; it tells of this nowhere in public.
    """
    return bool(consumer._coordinator.generation >= 0)


def transactional_id(group: str, writer: str) -> str:
    """The transactional id of a writer: with the group's name first, for authorisation."""
    return f"{group}-{writer}"


class Ownership:
    """Takes and releases input partitions for one member of the group."""

    def __init__(self, consumer: Any, cluster: Cluster, settings: Settings) -> None:
        self._consumer = consumer
        self._cluster = cluster
        self._settings = settings
        self._group = settings.app_id

    async def take(
        self,
        partitions: Iterable[TopicPartition],
        writer: str,
    ) -> dict[TopicPartition, Owners]:
        """Make ``writer`` the only one that may write for ``partitions``.

        Returns who owned each before. Raises OwnershipLostError when the group has moved on.
        """
        tps = list(partitions)
        found = await self._read(tps)
        before = {tp: _owners(found.get(tp)) for tp in tps}
        claims = {tp: (writer, *_others(before[tp].writers, writer)) for tp in tps}
        await self._fence({old for writers in claims.values() for old in writers[MOST_WRITERS:]})
        await self._commit(found, {tp: writers[:MOST_WRITERS] for tp, writers in claims.items()})
        await self._fence({old for writers in claims.values() for old in writers[1:MOST_WRITERS]})
        found = await self._read(tps)  # the fenced writers may have committed just before
        await self._commit(found, dict.fromkeys(tps, (writer,)))
        return before

    async def release(self, offsets: Mapping[TopicPartition, int]) -> str:
        """Note that nobody writes for these partitions any more; returns the token left there."""
        token = new_writer()
        metadata = str(Owners(released=token))
        await self._checked_commit(
            {tp: OffsetAndMetadata(offset, metadata) for tp, offset in offsets.items()}
        )
        return token

    async def _read(self, tps: list[TopicPartition]) -> dict[TopicPartition, Any]:
        return await self._cluster.group_offsets(self._group, tps) if tps else {}

    async def _commit(
        self,
        found: Mapping[TopicPartition, Any],
        writers: Mapping[TopicPartition, tuple[str, ...]],
    ) -> None:
        """Commit who may write. The offset stays that of our last writer;
        0 where there was none.
        """
        await self._checked_commit(
            {
                tp: OffsetAndMetadata(work_done(found.get(tp)), str(Owners(names)))
                for tp, names in writers.items()
            }
        )

    async def _checked_commit(self, offsets: dict[TopicPartition, Any]) -> None:
        """An ordinary commit, which the coordinator refuses unless this is a current member."""
        if not offsets:
            return
        if not is_member(self._consumer):
            raise OwnershipLostError("this worker is no member of the group at the moment")
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            raise OwnershipLostError(str(error)) from error

    async def _fence(self, writers: set[str]) -> None:
        if writers:
            log.info("Fencing %d former writers", len(writers))
            await asyncio.gather(*(self._fence_one(writer) for writer in writers))

    async def _fence_one(self, writer: str) -> None:
        producer = new_producer(self._settings, transactional_id(self._group, writer))
        try:
            await producer.start()
        finally:
            await stop_quietly(producer)


def _owners(committed: Any) -> Owners:
    """The owners of a partition, by its committed metadata; none where nothing is committed."""
    return Owners() if committed is None else Owners.parse(committed.metadata)


def work_done(committed: Any) -> int:
    """The offset up to which our writers have processed a partition, by what is committed.

    0 where nothing is committed, or another tool has set the offset: that says nothing about the
    state. So a claim whose worker dies before its first transaction commits 0, too.
    """
    return 0 if _owners(committed) == Owners() else int(committed.offset)


def _others(writers: tuple[str, ...], own: str) -> tuple[str, ...]:
    return tuple(writer for writer in writers if writer != own)
