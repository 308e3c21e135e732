"""Erasures are remembered for as long as `events` keeps what may be read again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.observe.stats import WorkerStats
from streamseg.rules import parse_rules
from streamseg.settings import Settings
from streamseg.stream.takeover import Takeover
from streamseg.stream.topic_names import TopicNames

DAY = 86_400_000
RULES = parse_rules("version: 1\nsegments: [{name: hello, use: welcome}]\n")


@pytest.mark.parametrize(
    ("retention", "days", "is_remembered"),
    [
        ({}, 29, True),
        ({}, 31, False),  # this user may not read the topic's settings
        ({"events": 7 * DAY}, 29, True),
        ({"events": 7 * DAY}, 31, False),
        ({"events": 90 * DAY}, 89, True),
        ({"events": 90 * DAY}, 91, False),
        ({"events": None}, 9_999, True),
    ],
)
def test_a_grave_is_kept_for_as_long_as_events_are(
    retention: dict[str, int | None], days: int, is_remembered: bool
) -> None:
    settings = Settings()
    topics = TopicNames.of(settings)
    taking: Any = SimpleNamespace(
        settings=settings,
        topics=topics,
        engine=SimpleNamespace(partition=lambda *_: Partition(RULES)),
        stats=WorkerStats(),
        counts={topics.events: 1},
        retention={getattr(topics, short): ms for short, ms in retention.items()},
    )
    core = Takeover._new_task(taking, TopicPartition(topics.events, 0)).core
    core.apply(Event("contact_erased", "k", 0, {}, None, "e"), 0)
    core.take()
    core.install()
    core.advance(days * DAY, None)
    core.take()
    core.install()
    assert isinstance(core, Partition)
    assert core.remembers_erasures == is_remembered
