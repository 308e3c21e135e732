"""What topics tell of a contact: in pages that have a bound, and what there is of a segment."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from streamseg.core.values.timestamps import format_time
from streamseg.settings import Settings
from streamseg.stream.contact_timeline import MOST_BYTES, contact_timeline
from streamseg.web.answers import TimelineAnswer
from streamseg.web.problems import Problem

T0 = 1_795_255_200_000
EVENTS, MEMBERSHIP = (TopicPartition(f"streamseg.{one}", 0) for one in ("events", "membership"))


class Topics:
    """Stands for a scan of topics."""

    complete = True

    def __init__(self, records: dict[TopicPartition, list[Any]]) -> None:
        self._records = records

    async def read(self, tps: list[TopicPartition], _: int) -> AsyncGenerator[list[Any], None]:
        for tp in tps:
            yield self._records.get(tp, [])


def record(tp: TopicPartition, offset: int, contact: str, value: dict[str, Any]) -> Any:
    return SimpleNamespace(
        topic=tp.topic,
        partition=tp.partition,
        offset=offset,
        key=contact.encode(),
        value=json.dumps(value).encode(),
        timestamp=T0 + offset,
    )


def view(number: int, contact: str = "ann", **data: Any) -> Any:
    event = {"type": "product_viewed", "contact": contact, "time": T0 + number, "id": str(number)}
    return record(EVENTS, number, contact, event | {"data": {"product": "p"} | data})


def stay(number: int, kind: str, **times: int) -> Any:
    told = {name: format_time(T0 + at) for name, at in times.items()}
    value = {"type": f"segment.{kind}", "segment": "keen", "contact": "ann"} | told
    return record(MEMBERSHIP, number, "ann", value)


def page(
    records: dict[TopicPartition, list[Any]], limit: int = 1000, cursor: str | None = None
) -> TimelineAnswer:
    scan: Any = Topics(records)
    asked = contact_timeline(
        Settings(), scan, [*records], "ann", frozenset({"ann"}), T0, limit, cursor
    )
    return asyncio.run(asked)


def test_membership_stands_where_it_began_and_ended() -> None:
    found = page(
        {
            EVENTS: [view(5), view(7, contact="bob"), view(20)],
            MEMBERSHIP: [
                stay(0, "entered", entered_at=10),
                stay(1, "exited", entered_at=10, exited_at=30),
            ],
        }
    )
    assert [(one.stream, one.type) for one in found.entries] == [
        ("membership", "segment.exited"),
        ("events", "product_viewed"),
        ("membership", "segment.entered"),
        ("events", "product_viewed"),
    ]
    assert found.entries[2].at == "2026-11-21T10:00:00.010Z"
    assert found.entries[2].place == "streamseg.membership-0@0"
    assert (found.cursor, found.complete) == (None, True)


def test_a_page_has_a_megabyte_at_most_and_the_next_one_goes_on() -> None:
    records = {EVENTS: [view(number, note="x" * 100_000) for number in range(30)]}
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        found = page(records, cursor=cursor)
        size = sum(len(bytes(one.value)) for one in found.entries)
        assert 0 < size <= MOST_BYTES
        seen += [one.place for one in found.entries]
        cursor = found.cursor
    assert (len(seen), len(set(seen)), cursor) == (30, 30, None)
    assert seen[0] == "streamseg.events-0@29"


def test_a_record_that_fills_a_page_stands_there_alone() -> None:
    found = page({EVENTS: [view(0), view(1, note="x" * (MOST_BYTES - 300))]})
    assert [one.place for one in found.entries] == ["streamseg.events-0@1"]
    assert page({EVENTS: [view(0)]}, cursor=found.cursor).cursor is None


def test_pages_have_as_many_entries_as_were_asked_for() -> None:
    records = {EVENTS: [view(number) for number in range(5)]}
    first = page(records, 3)
    assert [one.place[-1] for one in first.entries] == ["4", "3", "2"]
    assert [one.place[-1] for one in page(records, 3, first.cursor).entries] == ["1", "0"]
    with pytest.raises(Problem, match="cursor"):
        page(records, 3, "yesterday")
