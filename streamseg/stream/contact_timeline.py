"""Reads a contact's timeline from the topics, and where its triggers and decisions lie."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import msgspec
import orjson

from streamseg.core.messages.outcomes import SUPPRESSED
from streamseg.core.values.timestamps import format_time, parse_time
from streamseg.core.values.zones import DAY_MS
from streamseg.explain.answers import HeldBack
from streamseg.explain.told_ids import ToldTrigger, counts_as_fired, tell_id
from streamseg.kafka.partitioning import partition_of
from streamseg.stream.history import event_of
from streamseg.web.answers import TimelineAnswer, TimelineEntry
from streamseg.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from aiokafka import TopicPartition

    from streamseg.explain.answers import WhyAnswer
    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan

TOLD: Final = ("triggers", "decisions", "membership")
MOST_BYTES: Final = 1024 * 1024
MOST_LINKS: Final = 20
LINKS_SINCE_MS: Final = 7 * DAY_MS
LINKS_SECONDS: Final = 5.0


async def add_links(
    scan: Scan,
    tps: list[TopicPartition],
    names: frozenset[str],
    answer: WhyAnswer,
    *,
    of_past: bool,
) -> None:
    """Add to an answer where the triggers and decisions of the 7 days before its instant lie, about
    its contact and who was merged into it (by all ``names``), its segment and key, the latest last;
    and the id of the last trigger, where state does not tell it. For an answer ``of_past`` only
    those count that were told by its instant.
    """
    found = []
    since = max(0, parse_time(answer.at) - LINKS_SINCE_MS)
    async for record in _records_of(scan, tps, names, since):
        value = _object(record.value)
        if (value.get("segment"), value.get("key")) != (answer.segment, answer.key):
            continue
        if not of_past or str(value.get("emitted_at")) <= answer.at:
            found.append((record.timestamp, _place(record), value))
    found.sort(key=lambda one: (one[0], str(one[2].get("entered_at"))))
    answer.links = [place for _, place, _ in found[-MOST_LINKS:]]
    for _, place, value in found:
        if value.get("type") == SUPPRESSED:
            answer.last_held = HeldBack(
                at=str(value["emitted_at"]),
                reason=str(value.get("reason")),
                rung=value.get("rung"),
                place=place,
            )
    tell_id(answer, [one for _, _, value in found if (one := _trigger_in(value)) is not None])
    answer.complete = scan.complete


def _trigger_in(value: dict[str, Any]) -> ToldTrigger | None:
    """The trigger that a record's value tells of; None where it did not fire."""
    if not counts_as_fired(value.get("type"), value.get("reason")):
        return None
    return ToldTrigger(
        str(value.get("id")),
        str(value.get("segment")),
        value.get("key"),
        value.get("rung"),
        str(value.get("entered_at")),
    )


def partitions_of(partition: int, merged: Iterable[str], count: int | None) -> list[int]:
    """The partitions of contacts in which what is of a contact lies, and of who was merged into it.

    ``partition`` is the contact's, of ``count``; None: keys do not tell, and all is there.
    """
    if count is None:
        return [partition]
    return sorted({partition, *(partition_of(one.encode(), count) for one in merged)})


async def contact_timeline(
    settings: Settings,
    scan: Scan,
    tps: list[TopicPartition],
    contact: str,
    names: frozenset[str],
    since_ms: int,
    limit: int,
    cursor: str | None,
) -> TimelineAnswer:
    """The records of a contact (by all its names) since a time, the latest first; after ``cursor``,
    where it is given.
    """
    before = None if cursor is None else _read_cursor(cursor)
    found: list[tuple[tuple[str, str], TimelineEntry]] = []
    async for record in _records_of(scan, tps, names, since_ms):
        entry = _entry(settings, record)
        if entry is not None:
            order = entry.at, entry.place
            if before is None or order < before:
                found.append((order, entry))
    found.sort(key=lambda one: one[0], reverse=True)
    entries: list[TimelineEntry] = []
    size = 0
    for _, entry in found[:limit]:
        size += len(bytes(entry.value)) + 200
        if size > MOST_BYTES and entries:
            break
        entries.append(entry)
    more = len(entries) < len(found)
    last = f"{entries[-1].at} {entries[-1].place}" if more else None
    return TimelineAnswer(contact, entries, scan.complete, last)


async def _records_of(
    scan: Scan, tps: list[TopicPartition], names: frozenset[str], since_ms: int
) -> AsyncGenerator[Any, None]:
    """The records of a contact, whatever their partition holds besides."""
    keys = {name.encode() for name in names}
    async with aclosing(scan.read(tps, since_ms)) as polls:
        async for records in polls:
            for record in records:
                if record.key in keys:
                    yield record


def _entry(settings: Settings, record: Any) -> TimelineEntry | None:
    """A record as an entry; None where it is refused, or no message."""
    stream = record.topic.removeprefix(settings.topic_prefix)
    if stream == "events":
        event = event_of(record)
        if event is None:
            return None
        value = msgspec.Raw(record.value)
        return TimelineEntry(format_time(event.time), stream, event.type, _place(record), value)
    told = _object(record.value)
    at = told.get("exited_at") or told.get("entered_at")
    at = at if stream == "membership" else told.get("emitted_at")
    if not isinstance(at, str):
        return None
    kind = str(told.get("type", ""))
    return TimelineEntry(at, stream, kind, _place(record), msgspec.Raw(record.value))


def _object(value: bytes | None) -> dict[str, Any]:
    try:
        found = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _read_cursor(cursor: str) -> tuple[str, str]:
    at, _, place = cursor.partition(" ")
    if not place:
        raise Problem(400, "bad_parameter", "cursor: give the one of the answer before")
    return at, place


def _place(record: Any) -> str:
    return f"{record.topic}-{record.partition}@{record.offset}"
