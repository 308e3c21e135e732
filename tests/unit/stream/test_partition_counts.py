"""A session ends when the partitions of its topics change, and not for one odd answer."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from streamseg.kafka.cluster import Cluster, TopicInfo
from streamseg.settings import Settings
from streamseg.stream import partition_counts
from streamseg.stream.errors import PartitionsChangedError, SetupError
from streamseg.stream.partition_counts import PartitionCounts
from streamseg.stream.topic_names import TopicNames

TOPICS = TopicNames.of(Settings())
COUNTS = dict.fromkeys(TOPICS.all(), 4)


class Answers:
    """Gives these counts one after the other, and the last one from then on."""

    def __init__(self, *answers: dict[str, int]) -> None:
        self.left = list(answers)
        self.told = asyncio.Event()

    async def topics(self, _: Any) -> dict[str, TopicInfo]:
        answer = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        if len(self.left) == 1:
            self.told.set()
        return {
            name: TopicInfo(name, "", dict.fromkeys(range(count), 1), 1)
            for name, count in answer.items()
        }


def changes(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, int]) -> list[Exception]:
    """What is told of these answers."""
    monkeypatch.setattr(partition_counts, "CONFIRM_SECONDS", 0.0)
    found: list[Exception] = []

    async def run() -> None:
        asked = Answers(*answers, COUNTS if answers[-1] == COUNTS else answers[-1])
        counts = PartitionCounts(cast("Cluster", asked), TOPICS, COUNTS, 0.0, found.append)
        await asked.told.wait()
        await asyncio.sleep(0.01)
        counts.stop()

    asyncio.run(run())
    return found


def test_one_odd_answer_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {name: count for name, count in COUNTS.items() if name != TOPICS.events}
    more = COUNTS | {TOPICS.triggers: 8}
    assert changes(monkeypatch, COUNTS, without, COUNTS, more, COUNTS) == []


def test_what_a_second_answer_confirms_does(monkeypatch: pytest.MonkeyPatch) -> None:
    (told,) = changes(monkeypatch, COUNTS | {TOPICS.triggers: 8})
    assert isinstance(told, PartitionsChangedError)
    (told,) = changes(monkeypatch, COUNTS | {TOPICS.events: 8})
    assert isinstance(told, SetupError)


def test_a_partition_that_was_not_there_is_a_change_by_itself() -> None:
    async def look(number: int) -> None:
        answers = cast("Cluster", Answers(COUNTS))
        counts = PartitionCounts(answers, TOPICS, COUNTS, 60.0, lambda _: None)
        try:
            counts.look([TopicPartition(TOPICS.events, number)])
        finally:
            counts.stop()

    asyncio.run(look(3))
    with pytest.raises(PartitionsChangedError, match="a partition 4, and had 4"):
        asyncio.run(look(4))
