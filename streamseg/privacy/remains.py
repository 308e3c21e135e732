"""Tells until when Kafka keeps records that name an erased contact, by the topics' retention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from streamseg.core.values.timestamps import format_time
from streamseg.kafka.cluster import connected
from streamseg.stream.retention import SETTINGS, TopicSettings, retention_ms

if TYPE_CHECKING:
    from streamseg.privacy.finding import Found
    from streamseg.settings import Settings

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


def remaining(found: Iterable[Found], settings: Mapping[str, TopicSettings]) -> list[Remaining]:
    """What is left, by topic; ``settings`` are those of the topics."""
    by_topic: dict[str, list[Found]] = {}
    for one in found:
        by_topic.setdefault(one.topic.name, []).append(one)
    return [_remaining(name, some, settings[name]) for name, some in by_topic.items()]


def _remaining(name: str, found: list[Found], settings: TopicSettings) -> Remaining:
    ends = [_end(one, settings) for one in found]
    reasons = [end for end in ends if isinstance(end, str)]
    until = None if reasons else format_time(max(end for end in ends if isinstance(end, int)))
    parts = dict.fromkeys(part for one in found for part in one.parts)
    places = [one.place for one in found[:_MOST_PLACES]]
    return Remaining(name, len(found), list(parts), until, reasons[0] if reasons else None, places)


def _end(found: Found, settings: TopicSettings) -> int | str:
    """When a record is gone at the latest (ms), or why that is not known."""
    is_compacted = "compact" in (settings.get("cleanup.policy") or "")
    if is_compacted and found.is_last and found.record.value is not None:
        return "it is state, and no earlier one: it stays until it is erased"
    kept = retention_ms(found.topic.short, settings)
    return kept if isinstance(kept, str) else int(found.record.timestamp) + kept
