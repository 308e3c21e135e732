"""What the demo counts: which segments fired, and how long their triggers took to be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from streamseg.core.messages.outcomes import FIRED
from streamseg.core.values.timestamps import parse_time


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one segment, latencies in milliseconds; None where nothing fired.

    `waits_ms` is how long a trigger of time waits for late events on purpose; it is part of the
    latencies.
    """

    segment: str
    fired: int
    p50_ms: int | None
    p99_ms: int | None
    waits_ms: int


@dataclass(slots=True)
class Scoreboard:
    """Triggers seen so far. `waits_ms` has every segment that is expected to fire."""

    waits_ms: Mapping[str, int]
    _latencies: dict[str, list[int]] = field(default_factory=dict)

    def saw(self, message: Mapping[str, Any], seen_ms: int) -> int | None:
        """Counts a trigger that fired; its latency in ms, None for any other message.

        The latency runs from the instant at which the contact entered the segment, or at which a
        policy released the trigger, to `seen_ms`.
        """
        if message.get("type") != FIRED:
            return None
        latency_ms = seen_ms - parse_time(message.get("released_at") or message["entered_at"])
        self._latencies.setdefault(message["segment"], []).append(latency_ms)
        return latency_ms

    @property
    def silent(self) -> list[str]:
        """The segments that were expected to fire and have not."""
        return [segment for segment in self.waits_ms if segment not in self._latencies]

    def rows(self) -> list[Row]:
        """One row a segment, in the order in which they were expected."""
        return [
            Row(
                segment,
                len(latencies),
                percentile(latencies, 50) if latencies else None,
                percentile(latencies, 99) if latencies else None,
                waits_ms,
            )
            for segment, waits_ms in self.waits_ms.items()
            for latencies in [self._latencies.get(segment, [])]
        ]


def percentile(values: Sequence[int], percent: int) -> int:
    """The smallest value that at least `percent` of all are not above (nearest rank)."""
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]
