"""Scans topics: reads them to their present ends, or until time is up."""

from __future__ import annotations

from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from streamseg.core.errors import StreamsegError
from streamseg.stream.clients import new_reader, stop_quietly

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    from aiokafka import TopicPartition

    from streamseg.settings import Settings

PATIENCE_SECONDS: Final = 60.0  # without a record
POLL_MS: Final = 100
MOST_RECORDS: Final = 2_000  # between two turns of whatever else runs


class TopicError(StreamsegError):
    """A topic cannot be read to its end, and why."""


class Scan:
    """Reads records of partitions, at most for ``seconds`` (None: as long as it takes). Only
    committed ones, where not said otherwise. What is behind an open transaction is left out, or,
    where it ``waits``, waited for.

    ``complete`` tells afterwards whether the ends were reached. ``on_progress`` gets how many
    offsets are read, and of how many.
    """

    def __init__(
        self,
        settings: Settings,
        seconds: float | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        *,
        committed: bool = True,
        waits: bool = False,
    ) -> None:
        self._settings = settings
        self._committed = committed
        self._waits = waits
        self._until = None if seconds is None else monotonic() + seconds
        self._on_progress = on_progress
        self.complete = True
        self.first: dict[TopicPartition, int] = {}  # offsets, as they were at the beginning

    @property
    def is_up(self) -> bool:
        """Whether the time is up."""
        return self._until is not None and monotonic() > self._until

    async def read(
        self,
        tps: list[TopicPartition],
        since_ms: int | None = None,
        last: int | None = None,
        offsets: Mapping[TopicPartition, int] | None = None,
    ) -> AsyncGenerator[list[Any], None]:
        """Records by poll, those of one partition in order; of a time (ms) of arrival on, or the
        ``last`` offsets of each partition, or from ``offsets`` on.

        Raises TopicError where nothing comes for a minute.
        """
        async with self._reader(committed=self._committed) as reader:
            self.first = await reader.beginning_offsets(tps)
            ends = await self._ends(reader, tps)
            begins = dict(self.first)
            if last is not None:
                offsets = {tp: end - last for tp, end in ends.items()}
            elif since_ms is not None:
                offsets = await _since(reader, ends, since_ms)
            if offsets is not None:
                begins = {tp: max(begin, offsets.get(tp, begin)) for tp, begin in begins.items()}
            left = [tp for tp in tps if begins[tp] < ends[tp]]
            if not left:
                return
            reader.assign(left)
            for tp in left:
                reader.seek(tp, begins[tp])
            total = sum(ends[tp] - begins[tp] for tp in left)
            waited = 0.0  # seconds without a record; the caller's own time does not count
            while left:
                asked = monotonic()
                polled = await reader.getmany(*left, timeout_ms=POLL_MS, max_records=MOST_RECORDS)
                waited = 0.0 if polled else waited + monotonic() - asked
                for tp, records in polled.items():
                    yield [record for record in records if record.offset < ends[tp]]
                positions = {tp: await reader.position(tp) for tp in left}
                self._tell(begins, ends, positions, total)
                left = [tp for tp in left if positions[tp] < ends[tp]]
                if left and self.is_up:
                    self.complete = False
                    return
                if left and waited > PATIENCE_SECONDS:
                    raise TopicError(self._stuck(left))

    async def _ends(self, reader: Any, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Where partitions end: before the first open transaction, or after all that is written."""
        if not self._waits:
            return dict(await reader.end_offsets(tps))
        async with self._reader(committed=False) as other:
            return dict(await other.end_offsets(tps))

    def _stuck(self, left: list[TopicPartition]) -> str:
        places = ", ".join(f"{tp.topic}-{tp.partition}" for tp in left)
        if not self._waits:
            return (
                f"Kafka has given no record of {places} for {PATIENCE_SECONDS:.0f} s, and there "
                "are some"
            )
        return (
            f"{places} has records behind a transaction that has been open for "
            f"{PATIENCE_SECONDS:.0f} s; `streamseg doctor` tells which"
        )

    def _tell(self, begins: Any, ends: Any, positions: Any, total: int) -> None:
        if self._on_progress is not None:
            left = sum(max(0, ends[tp] - position) for tp, position in positions.items())
            self._on_progress(total - left, total)

    @asynccontextmanager
    async def _reader(self, *, committed: bool) -> AsyncIterator[Any]:
        reader = new_reader(self._settings, committed=committed)
        try:
            await reader.start()
            yield reader
        finally:
            await stop_quietly(reader)


async def _since(
    reader: Any, ends: dict[TopicPartition, int], since_ms: int
) -> dict[TopicPartition, int]:
    """The offsets of the first records of a time (ms) of arrival on."""
    found = await reader.offsets_for_times(dict.fromkeys(ends, since_ms))
    return {tp: end if found.get(tp) is None else found[tp].offset for tp, end in ends.items()}
