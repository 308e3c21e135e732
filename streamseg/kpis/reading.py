"""Reads the latest records of a compacted topic, such as that of statistics."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from streamseg.stream.whole_topic import whole_topic

if TYPE_CHECKING:
    from streamseg.settings import Settings


async def read_latest(settings: Settings, short: str = "stats") -> list[bytes]:
    """The value of the latest committed record of each key of a topic, by its short name.

    Raises TopicError, KafkaError.
    """
    latest: dict[bytes, bytes] = {}
    async with aclosing(whole_topic(settings, settings.topic(short))) as records:
        async for record in records:
            if record.value is None:
                latest.pop(record.key, None)
            else:
                latest[record.key] = record.value
    return list(latest.values())
