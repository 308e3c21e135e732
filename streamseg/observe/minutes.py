"""What happened in each of the last 24 hours' minutes, by kind and segment."""

from __future__ import annotations

from array import array
from typing import Final

MINUTES: Final = 24 * 60
_MINUTE_MS: Final = 60_000


class Minutes:
    """Counts by minute of the wall clock (ms); what is older than a day is forgotten."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], array[int]] = {}
        self._minute = 0  # the latest that was counted in

    def add(self, kind: str, segment: str, now_ms: int) -> None:
        """Count one."""
        minute = now_ms // _MINUTE_MS
        if minute != self._minute:
            self._advance(minute)
        counts = self._counts.get((kind, segment))
        if counts is None:
            counts = self._counts[kind, segment] = array("l", bytes(8 * MINUTES))
        counts[minute % MINUTES] += 1

    def _advance(self, minute: int) -> None:
        """Begin a minute; those that nothing was counted in since the last one are 0."""
        for counts in self._counts.values():
            for passed in range(max(self._minute + 1, minute - MINUTES + 1), minute + 1):
                counts[passed % MINUTES] = 0
        self._minute = max(self._minute, minute)

    def last(self, kind: str, segment: str, minutes: int, now_ms: int) -> list[int]:
        """Those of the last minutes, this one included, the latest last."""
        minute = now_ms // _MINUTE_MS
        if minute != self._minute:
            self._advance(minute)
        counts = self._counts.get((kind, segment))
        if counts is None:
            return [0] * minutes
        end = minute % MINUTES + 1
        begin = end - minutes
        if begin >= 0:
            return counts[begin:end].tolist()
        return (counts[begin:] + counts[:end]).tolist()
