"""The demo's sender answers triggers, in time, by events of messages."""

import asyncio
import json
import time
from typing import Any, Self

import pytest

from streamseg.core.values.timestamps import format_time
from streamseg.demo import mailing
from streamseg.demo.mailing import Mailing
from streamseg.settings import Settings
from streamseg.tail.reading import Record


class Sender:
    """Stands in for Kafka: what is flushed is sent."""

    def __init__(self, connection: object, client_id: str) -> None:
        self.added: list[tuple[str, bytes]] = []
        self.sent: list[tuple[str, bytes]] = []
        senders.append(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None: ...

    async def find(self, topics: list[str]) -> None: ...

    def add(self, topic: str, key: bytes, value: bytes) -> None:
        self.added.append((topic, value))

    async def flush(self) -> None:
        self.sent += self.added
        self.added = []


senders: list[Sender] = []


def record(message: dict[str, Any]) -> Record:
    return Record("triggers", 0, 0, 0, b"c1", json.dumps(message).encode())


def fired(number: int) -> dict[str, Any]:
    emitted = format_time(time.time_ns() // 1_000_000 - 60_000)
    one = {"type": "trigger.fired", "id": f"{number:032x}", "segment": "s", "contact": "c1"}
    return one | {"emitted_at": emitted}


async def answered(*taken: Record) -> list[dict[str, Any]]:
    mail = Mailing(Settings())
    running = asyncio.ensure_future(mail.run())
    for one in taken:
        mail.take(one)
    await asyncio.sleep(0.2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert {topic for topic, _ in senders[-1].sent} <= {"streamseg.events"}
    return [json.loads(value) for _, value in senders[-1].sent]


def test_most_triggers_are_answered_by_what_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "Sender", Sender)
    events = asyncio.run(answered(*[record(fired(number)) for number in range(20)]))
    sent = [one["data"]["trigger"] for one in events if one["type"] == "message_sent"]
    assert 10 < len(set(sent)) == len(sent) < 20


def test_a_cancellation_and_what_is_no_message_are_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailing, "Sender", Sender)
    cancelled = record(fired(1) | {"type": "trigger.cancelled"})
    assert asyncio.run(answered(cancelled, record({}))) == []
