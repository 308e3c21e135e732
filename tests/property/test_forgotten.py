"""Forgetting who is not seen is the same as erasing them at that instant, by an event."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.core.vocabulary import is_activity
from streamseg.formats.outbound import encode_value
from streamseg.rules import parse_rules

from .driver import Case, is_as_by_the_reference, record_of
from .installation import told_by
from .scale import examples

HOUR = 3_600_000
DAY = 24 * HOUR
SEGMENTS = """
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: [1h, 30h]}, membership: true}
  - {name: silent, use: inactivity, with: {after: [10h, 20h, 2d]}, membership: true}
  - {name: hello, use: welcome}
  - {name: often, when: {did: product_viewed, at_least: 3}, trigger: {limit: 2}, membership: true}
  - {name: pl, when: {attribute: country, eq: PL}, trigger: {}, membership: true}
  - {name: fans, per: product, when: {did: product_viewed, at_least: 2}, trigger: {}}
  - {name: back, use: back_in_stock}
"""
PLAIN = parse_rules(f"version: 1{SEGMENTS}")
FORGETTING = f"version: 1\nprivacy: {{forget_after: 1d}}{SEGMENTS}"
FORGETS = parse_rules(FORGETTING)
WHO = ["a", "b", "c"]
FIELDS = {
    "product_viewed": {"product": "p"},
    "cart_item_added": {"product": "p", "price": 1},
    "contact_updated": {"country": "PL"},
    "message_sent": {"channel": "email"},
    "searched": {"query": "x"},
}


@st.composite
def histories(draw: st.DrawFn, *more: str) -> list[Event]:
    """Events in the order of their times, at most one an instant, with gaps of up to two days."""
    kinds = st.sampled_from([*FIELDS, *more])
    told = draw(st.lists(st.tuples(kinds, st.sampled_from(WHO)), min_size=3, max_size=25))
    time, events = 0, []
    for number, (kind, who) in enumerate(told):
        time += draw(st.sampled_from([1, 3 * HOUR, 11 * HOUR, 26 * HOUR, 47 * HOUR]))
        fields = FIELDS.get(kind, {})
        if kind == "contact_merged":
            fields = {"from": draw(st.sampled_from(WHO))}
        events.append(Event(kind, who, time, dict(fields), f"e{number}", f"e{number}"))
    return events


def with_erasures(events: list[Event], until: int) -> list[Event]:
    """The same with an erasure of each contact where it has not been seen for a day."""
    seen: dict[str, tuple[bool, int]] = {}  # whether by activity, and when
    found: list[Event] = []

    def erase(limit: int) -> None:
        gone = sorted((at + DAY, who) for who, (_, at) in seen.items() if at + DAY <= limit)
        for at, who in gone:
            del seen[who]
            found.append(Event("contact_erased", who, at, {}, None, "privacy.forget_after"))

    for event in events:
        erase(event.time)
        by_activity, _ = seen.get(event.contact, (False, 0))
        if is_activity(event.type) or event.contact not in seen:
            seen[event.contact] = is_activity(event.type) or by_activity, event.time
        found.append(event)
    erase(until)
    return found


def told(rules: object, events: list[Event], until: int, slice_size: int | None) -> object:
    """What a partition tells, by stream and contact."""
    partition = Partition(rules, 0, slice_size=slice_size)  # type: ignore[arg-type]
    partition.ready()
    by_stream: dict[tuple[str, str], list[object]] = defaultdict(list)

    def commit() -> None:
        for outcome in partition.take().outcomes:
            line = json.loads(encode_value(outcome))
            line.pop("emitted_at")
            by_stream[outcome.stream, outcome.contact].append(line)
        partition.install()

    for event in events:
        partition.apply(event, None)
        commit()
    while not partition.advance(until, None, 1 if slice_size else None):
        commit()
    commit()
    return {where: sorted(map(json.dumps, lines)) for where, lines in by_stream.items()}


def ticking(events: list[Event]) -> list[Event]:
    """The same with an event of somebody else whenever one may be forgotten, so that partitions get
    there one instant after the other, as they do where time is the clock's.
    """
    ticks = {event.time + DAY for event in events} - {event.time for event in events}
    others = [Event("page_viewed", "tick", time, {}, None, f"t{time}") for time in ticks]
    return sorted([*events, *others], key=lambda one: one.time)


@settings(max_examples=examples(150))
@given(histories())
def test_it_is_as_an_erasure_at_that_instant(events: list[Event]) -> None:
    until = events[-1].time + 3 * DAY
    expected = told(PLAIN, with_erasures(events, until), until, None)
    assert told(FORGETS, events, until, None) == expected
    assert told(FORGETS, events, until, 1) == expected


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(histories("contact_merged", "contact_erased"))
def test_any_number_of_partitions_tells_the_same(events: list[Event]) -> None:
    until = events[-1].time + 3 * DAY
    events = ticking(events)
    one = told_by(FORGETS, events, 1, until)
    assert told_by(FORGETS, events, 4, until) == one
    assert told_by(FORGETS, events, 4, until, restarts=True) == one


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(histories("contact_merged", "contact_erased"), st.sampled_from(["0s", "5s"]))
def test_the_engine_equals_the_reference(events: list[Event], lateness: str) -> None:
    is_as_by_the_reference(case_of(events, lateness))


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(histories("contact_erased"))
def test_what_may_still_be_late_is_waited_for(events: list[Event]) -> None:
    is_as_by_the_reference(case_of(events, "4h"))


def case_of(events: list[Event], lateness: str) -> Case:
    rules = yaml.safe_load(FORGETTING)
    told_of = ("cart_left", "silent", "often", "pl")
    rules["segments"] = [one for one in rules["segments"] if one["name"] in told_of]
    return Case(rules, [*map(record_of, events)], events[-1].time + 3 * DAY, lateness)
