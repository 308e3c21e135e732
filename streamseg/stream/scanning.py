"""Reading topics to their ends as they are now, or until time is up."""

from __future__ import annotations

from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from streamseg.stream.clients import new_reader, stop_quietly

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from aiokafka import TopicPartition

    from streamseg.settings import Settings

POLL_MS: Final = 100
MOST_RECORDS: Final = 2_000  # between two turns of whatever else runs


class Scan:
    """Reads records of partitions, at most for ``seconds`` (None: as long as it takes). Only
    committed ones, where not said otherwise.

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
    ) -> None:
        self._settings = settings
        self._committed = committed
        self._until = None if seconds is None else monotonic() + seconds
        self._on_progress = on_progress
        self.complete = True
        self.first: dict[TopicPartition, int] = {}  # offsets, as they were at the beginning

    @property
    def is_up(self) -> bool:
        """Whether the time is up."""
        return self._until is not None and monotonic() > self._until

    async def read(
        self, tps: list[TopicPartition], since_ms: int | None = None, last: int | None = None
    ) -> AsyncGenerator[list[Any], None]:
        """Records by poll, those of one partition in order; of a time (ms) of arrival on, or the
        ``last`` offsets of each partition.
        """
        async with self._reader() as reader:
            self.first = await reader.beginning_offsets(tps)
            ends = await reader.end_offsets(tps)
            begins = dict(self.first)
            if last is not None:
                begins = {tp: max(begin, ends[tp] - last) for tp, begin in begins.items()}
            elif since_ms is not None:
                begins = await self._since(reader, begins, ends, since_ms)
            left = [tp for tp in tps if begins[tp] < ends[tp]]
            if not left:
                return
            reader.assign(left)
            for tp in left:
                reader.seek(tp, begins[tp])
            total = sum(ends[tp] - begins[tp] for tp in left)
            while left:
                polled = await reader.getmany(*left, timeout_ms=POLL_MS, max_records=MOST_RECORDS)
                for tp, records in polled.items():
                    yield [record for record in records if record.offset < ends[tp]]
                positions = {tp: await reader.position(tp) for tp in left}
                self._tell(begins, ends, positions, total)
                left = [tp for tp in left if positions[tp] < ends[tp]]
                if left and self.is_up:
                    self.complete = False
                    return

    async def _since(
        self,
        reader: Any,
        begins: dict[TopicPartition, int],
        ends: dict[TopicPartition, int],
        since_ms: int,
    ) -> dict[TopicPartition, int]:
        found = await reader.offsets_for_times(dict.fromkeys(begins, since_ms))
        return {
            tp: ends[tp] if found.get(tp) is None else max(begin, found[tp].offset)
            for tp, begin in begins.items()
        }

    def _tell(self, begins: Any, ends: Any, positions: Any, total: int) -> None:
        if self._on_progress is not None:
            left = sum(max(0, ends[tp] - position) for tp, position in positions.items())
            self._on_progress(total - left, total)

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Any]:
        reader = new_reader(self._settings, committed=self._committed)
        try:
            await reader.start()
            yield reader
        finally:
            await stop_quietly(reader)
