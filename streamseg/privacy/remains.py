"""Until when Kafka keeps what names an erased contact, by the settings of its topics.

    deleted by time   record + retention.ms + segment.ms + 5 min
    compacted         record + 2 (max.compaction.lag.ms + delete.retention.ms) + 5 min
    signals           record + 1 h, when its worker deletes what is read, + segment.ms + 5 min

A segment of the log is closed `segment.ms` after its first record, and goes when its last one is
old enough; the broker looks every five minutes. Compaction takes two turns: one for the records,
and one, `delete.retention.ms` later, for the tombstone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from streamseg.core.timestamps import LATEST_MS, format_time
from streamseg.kafka.cluster import connected

if TYPE_CHECKING:
    from streamseg.privacy.finding import Found
    from streamseg.settings import Settings

LOOK_MS: Final = 300_000  # log.retention.check.interval.ms, and the cleaner's own time
TRIM_MS: Final = 3_600_000
SETTINGS: Final = (
    "cleanup.policy",
    "retention.ms",
    "segment.ms",
    "max.compaction.lag.ms",
    "delete.retention.ms",
)
_MOST_PLACES: Final = 5


class Remaining(msgspec.Struct):
    """How many records of a topic name a contact, in which parts, and until when at the latest.

    ``until`` is null where nothing ends it: then ``because`` says why. ``places`` are the first.
    """

    topic: str
    records: int
    parts: list[str]
    until: str | None
    because: str | None
    places: list[str]


async def settings_of(
    settings: Settings, topics: Iterable[str]
) -> dict[str, dict[str, str | None]]:
    """Those settings of topics, as the broker has them. Raises KafkaError."""
    async with connected(settings.connection(), settings.request_timeout_ms) as cluster:
        return await cluster.topic_settings(topics, SETTINGS)


def remaining(
    found: Iterable[Found], settings: Mapping[str, Mapping[str, str | None]]
) -> list[Remaining]:
    """What is left, by topic; ``settings`` are those of the topics."""
    by_topic: dict[str, list[Found]] = {}
    for one in found:
        by_topic.setdefault(one.topic.name, []).append(one)
    return [_remaining(name, some, settings[name]) for name, some in by_topic.items()]


def _remaining(name: str, found: list[Found], settings: Mapping[str, str | None]) -> Remaining:
    ends = [_end(one, settings) for one in found]
    reasons = [end for end in ends if isinstance(end, str)]
    until = None if reasons else format_time(max(end for end in ends if isinstance(end, int)))
    parts = dict.fromkeys(part for one in found for part in one.parts)
    places = [one.place for one in found[:_MOST_PLACES]]
    return Remaining(name, len(found), list(parts), until, reasons[0] if reasons else None, places)


def _end(found: Found, settings: Mapping[str, str | None]) -> int | str:
    """When a record is gone at the latest (ms), or why that is not known."""
    if "compact" in (settings.get("cleanup.policy") or ""):
        if found.is_last and found.record.value is not None:
            return "it is state, and no earlier one: it stays until it is erased"
        return _sum(found, settings, "max.compaction.lag.ms", "delete.retention.ms", times=2)
    if found.topic.short == "signals" and settings.get("retention.ms") == "-1":
        return _sum(found, settings, "segment.ms", more=TRIM_MS)
    return _sum(found, settings, "retention.ms", "segment.ms")


def _sum(
    found: Found, settings: Mapping[str, str | None], *names: str, times: int = 1, more: int = 0
) -> int | str:
    end = found.record.timestamp + LOOK_MS + more
    for name in names:
        value = int(settings.get(name) or -1)
        if value < 0:
            return f"{name} has no end"
        end += times * value
    return end if end <= LATEST_MS else f"{' and '.join(names)} have no end"
