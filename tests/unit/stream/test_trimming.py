"""The owner of a partition deletes the signals that its state includes, and no others."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError

from streamseg.stream.trimming import SignalTrim

SIGNALS = [TopicPartition("signals", number) for number in range(2)]


@dataclass
class Cluster:
    refuses: bool = False
    deleted: list[dict[TopicPartition, int]] = field(default_factory=list)

    async def delete_records(self, offsets: dict[TopicPartition, int]) -> None:
        if self.refuses:
            raise TopicAuthorizationFailedError("signals-0")
        self.deleted.append(dict(offsets))


def assignment(*committed: int) -> Any:
    def task(number: int, offset: int) -> Any:
        events = SimpleNamespace(name="events", tp=TopicPartition("events", number), committed=99)
        signals = SimpleNamespace(name="signals", tp=SIGNALS[number], committed=offset)
        return SimpleNamespace(inputs=(events, signals))

    tasks = [task(number, offset) for number, offset in enumerate(committed)]
    return SimpleNamespace(tasks=lambda: tasks)


def looked(trim: SignalTrim, *committed: int) -> None:
    asyncio.run(trim.look(assignment(*committed)))


def test_what_is_committed_goes_once() -> None:
    cluster = Cluster()
    trim = SignalTrim(cast("Any", cluster), every=0.0)
    looked(trim, 5, 0)
    looked(trim, 5, 7)
    looked(trim, 5, 7)
    assert cluster.deleted == [{SIGNALS[0]: 5}, {SIGNALS[1]: 7}]


def test_it_is_done_now_and_then() -> None:
    cluster = Cluster()
    looked(SignalTrim(cast("Any", cluster)), 5, 5)
    assert cluster.deleted == []


def test_who_may_not_delete_is_told_once_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    trim = SignalTrim(cast("Any", Cluster(refuses=True)), every=0.0)
    looked(trim, 5)
    looked(trim, 6)
    assert caplog.text.count("may not delete records") == 1
