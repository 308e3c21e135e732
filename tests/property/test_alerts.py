"""Alerts are a function of who is in at each minute: in one partition or many, whatever is torn."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.values.timestamps import format_time
from streamseg.rules import parse_rules

from .installation import Installation
from .scale import examples

MINUTE = 60_000
START = 1_795_255_200_000  # 2026-11-21T10:00Z
STAY = 12  # minutes
RULES = parse_rules(
    f"""
version: 1
value:
  alerts:
    few: {{segment: s, members: {{lt: 2}}, for: 2m, clear: 50%}}
    many: {{segment: s, members: {{gt: 2}}, for: 0s, clear: 40%}}
    fell: {{segment: s, change: {{within: 4m, drop: 40%}}, for: 1m}}
segments:
  - {{name: s, when: {{did: searched, within: {STAY}m}}}}
"""
)
Search = tuple[int, str]  # when (ms since the start), and who

searches = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 60).map(lambda n: n * MINUTE), st.integers(0, 60 * MINUTE)),
        st.sampled_from("abcdef"),
    ),
    min_size=1,
    max_size=25,
).map(sorted)


def event(search: Search) -> Event:
    at, contact = search
    return Event("searched", contact, START + at, {"query": "x"}, f"{at}-{contact}", f"{at}")


def told(installation: Installation) -> list[tuple[str, str, str]]:
    """Kind, name and minute of each alert, in order."""
    found = [json.loads(one) for one in installation.told["alerts"]]
    return [(one["at"], one["name"], one["type"].removeprefix("alert.")) for one in found]


def expected(events: Sequence[Search], until: int) -> list[tuple[str, str, str]]:
    """By looking at everybody at each minute."""
    begin = -(-(START + events[0][0]) // MINUTE)
    sizes: dict[int, int] = {}
    raised = dict.fromkeys(("few", "many", "fell"), False)
    since: dict[str, int | None] = dict.fromkeys(raised)
    found = []
    for minute in range(begin, -(-until // MINUTE)):
        at = minute * MINUTE
        inside = {who for time, who in events if START + time <= at < START + time + STAY * MINUTE}
        size = sizes[minute] = len(inside)
        before = sizes.get(minute - 4)
        is_so: dict[str, Any] = {
            "few": size < (3 if raised["few"] else 2),
            "many": size > (1.2 if raised["many"] else 2),
            "fell": None if before is None else before > 0 and size <= 0.6 * before,
        }
        for name, hold in (("few", 2), ("many", 0), ("fell", 1)):
            if is_so[name] is None:
                continue
            first = since[name] = (since[name] or minute) if is_so[name] else None
            is_raised = (
                is_so[name] if raised[name] else first is not None and minute - first >= hold
            )
            if is_raised != raised[name]:
                raised[name] = is_raised
                found.append((format_time(at), name, "raised" if is_raised else "cleared"))
    return found


def in_partitions(events: Sequence[Search], count: int, until: int, **options: Any) -> Installation:
    installation = Installation(RULES, count, **options)
    for search in events:
        installation.feed(event(search))
    installation.end(until)
    return installation


@pytest.mark.slow
@settings(max_examples=examples(150))
@given(searches, st.integers(1, 6), st.booleans())
def test_alerts_are_those_of_a_scan(events: list[Search], count: int, restarts: bool) -> None:
    until = START + events[-1][0] + 30 * MINUTE + 1
    found = in_partitions(events, count, until, restarts=restarts)
    assert told(found) == expected(events, until)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(searches, st.data())
def test_when_tallies_come_changes_nothing(events: list[Search], data: st.DataObject) -> None:
    """Each partition reads its own events at its own pace, and mail waits for long."""
    until = START + events[-1][0] + 30 * MINUTE + 1
    installation = Installation(RULES, 3)
    waiting: dict[int, list[Search]] = {0: [], 1: [], 2: []}
    for search in events:
        waiting["abcdef".index(search[1]) % 3].append(search)
    while any(waiting.values()) or any(installation.channels.values()):
        some = [one for one, left in waiting.items() if left]
        mail = [one for one, left in installation.channels.items() if left]
        which = data.draw(st.sampled_from([*some, *mail]))
        if isinstance(which, tuple):
            installation.deliver(*which)
            continue
        installation.partitions[which].apply(event(waiting[which].pop(0)), None)
        if data.draw(st.booleans()):
            installation.commit(which)
    installation.end(until)
    assert told(installation) == expected(events, until)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(searches, st.lists(st.booleans(), min_size=25, max_size=25))
def test_a_batch_that_is_torn_tells_nothing_twice(events: list[Search], torn: list[bool]) -> None:
    until = START + events[-1][0] + 30 * MINUTE + 1
    installation = Installation(RULES, 1)
    (partition,) = installation.partitions
    for search, is_torn in zip(events, torn, strict=False):
        if is_torn:
            partition.apply(event(search), None)
            partition.take()
            partition.rollback()
        partition.apply(event(search), None)
        installation.commit(0)
    installation.end(until)
    assert told(installation) == expected(events, until)
