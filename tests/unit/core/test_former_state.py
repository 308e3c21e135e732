"""State that a former version wrote is read, and nothing is lost."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streamseg.core.events import Event, ProductEvent
from streamseg.core.products.catalog import Catalog
from streamseg.core.rule_change.rule_pass import FORMAT
from streamseg.formats.canonical import decode
from streamseg.formats.counts import lines_of
from streamseg.rules import parse_rules
from tests.property.installation import Installation
from tests.unit.core.shop import Log, Record, commit, ids, restored

HERE = Path(__file__).parent
FORMER = json.loads((HERE / "changelog_format_2.json").read_text())
COUNTED = json.loads((HERE / "changelog_format_4.json").read_text())
ERASED = json.loads((HERE / "changelog_format_5.json").read_text())


def records() -> tuple[list[Record], list[Record]]:
    """What the former version read, and what comes then."""
    catalog = Catalog()
    parts: tuple[list[Record], list[Record]] = ([], [])
    for number, line in enumerate(FORMER["events"]):
        record = decode(json.dumps(line).encode())
        to = parts[number >= FORMER["read"]]
        if isinstance(record, ProductEvent):
            catalog.apply(record, None)
            to += catalog.take().outcomes
            catalog.install()
        else:
            to.append(record)
    return parts


def changelog_of(former: dict[str, Any]) -> Log:
    """The changelog that a former version wrote."""
    return {base64.b64decode(key): base64.b64decode(value) for key, value in former["changelog"]}


def run(log: Log, todo: list[Record], **options: Any) -> list[tuple[str, ...]]:
    partition = restored(log, FORMER["rules"], lateness=5000, **options)
    for record in todo:
        partition.apply(record, None)
    end = partition.now + 3_600_000
    while not partition.advance(end, None, 10):
        pass
    return ids(commit(partition, Log()))


def test_state_that_is_written_on_under_the_same_rules_says_its_new_format() -> None:
    """So that a version that does not know it stops, and guesses nothing."""
    before, _ = records()
    log = Log()
    partition = restored(log, FORMER["rules"])
    for record in before:
        partition.apply(record, None)
    commit(partition, log)
    (key,) = [key for key in log if key[:1] == b"l"]
    written, *layout = msgspec.msgpack.decode(log[key])
    assert written == FORMAT
    log[key] = msgspec.msgpack.encode([FORMAT - 1, *layout])
    again = restored(log, FORMER["rules"])
    commit(again, log)
    assert [one for one in log if one[:1] == b"l"] == [key]
    assert msgspec.msgpack.decode(log[key]) == [FORMAT, *layout]


@pytest.mark.parametrize("slice_size", [None, 1, 100])
def test_a_changelog_of_format_2_goes_on_as_if_this_version_had_written_it(
    slice_size: int | None,
) -> None:
    log = changelog_of(FORMER)
    before, after = records()
    told = [tuple(one) for one in FORMER["told"]]
    whole = run({}, before + after)
    assert sorted(told + run(log, after, slice_size=slice_size)) == whole
    assert len(whole) > len(told) + 50


def counted(log: Log) -> list[dict[str, Any]]:
    """What is counted, as a partition finds it in its changelog."""
    partition = restored(log, COUNTED["rules"], lateness=5000)
    assert partition.counted is not None
    names = [segment.name for segment in parse_rules(COUNTED["rules"]).counted]
    return json.loads(msgspec.json.encode(list(lines_of(partition.counted, names))))  # type: ignore[no-any-return]


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_what_a_contact_was_told_and_ordered_in_format_4_is_counted_on(batch: int) -> None:
    log = changelog_of(COUNTED)
    assert counted(log) == COUNTED["counted"]
    later = [decode(json.dumps(line).encode()) for line in COUNTED["events"][COUNTED["read"] :]]
    for first in range(0, len(later), batch):
        partition = restored(log, COUNTED["rules"], lateness=5000)
        for event in later[first : first + batch]:
            assert isinstance(event, Event)
            partition.apply(event, None)
        commit(partition, log)
    partition = restored(log, COUNTED["rules"], lateness=5000)
    partition.advance(partition.now + 7_200_000, None)
    commit(partition, log)
    assert counted(log) == COUNTED["counted_in_the_end"]
    assert all(msgspec.msgpack.decode(log[key])[0] == FORMAT for key in log if key[:1] == b"l")


def told_of(logs: list[Log], first: int) -> list[list[str]]:
    """What four partitions tell of the events from ``first`` on: stream, type, id, and when."""
    shop = Installation(parse_rules(ERASED["rules"]), 4)
    for index, log in enumerate(logs):
        shop.logs[index] = log
        shop.restart(index)
    for kind, contact, time, data, name in ERASED["events"][first:]:
        shop.read(Event(kind, contact, time, data, name, name))
        shop.deliver_all()
    shop.end(ERASED["events"][-1][2] + 36_000_000)
    assert all(msgspec.msgpack.decode(log[b"l0"])[0] == FORMAT for log in shop.logs)
    lines = [(stream, json.loads(one)) for stream, told in shop.told.items() for one in told]
    return [
        [stream, line["type"], line.get("id") or line["contact"], line["emitted_at"]]
        for stream, line in lines
    ]


def test_who_was_erased_in_format_5_may_be_erased_again() -> None:
    """Mail of between both erasures waits in it."""
    logs = [changelog_of({"changelog": one}) for one in ERASED["changelogs"]]
    assert any(key[:1] == b"g" for log in logs for key in log)
    assert any(key[:1] == b"i" for log in logs for key in log)
    whole = told_of([{} for _ in logs], 0)
    assert sorted(ERASED["told"] + told_of(logs, ERASED["read"])) == sorted(whole)
