"""Quantile tables: as many partitions as one likes make the same, restarted or not."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.tables.mail import Table
from streamseg.core.values.timestamps import parse_time
from streamseg.formats.counts import Line, size_line
from streamseg.kpis.summing import add
from streamseg.rules import parse_rules

from .installation import Installation
from .scale import examples

RULES = """
version: 1
value:
  zone: Europe/Kyiv
  orders: {cancelled: 3d}
  tables: {every: day, at: "04:00", least: 3, drift: 3}
  rfm:
    buyers:
      within: 4d
      recency: {quantiles: 3, fallback: [1d, 3d]}
      frequency: {quantiles: 3, fallback: [2, 3]}
      monetary: {quantiles: 3, fallback: [20, 40]}
      segments:
        low: [[1, 1], [1, 2], [1, 3], [2, 1]]
        high: [[2, 2], [2, 3], [3, 1], [3, 2], [3, 3]]
    readers:
      over: message_opened
      within: 3d
      recency: [1d]
      frequency: {quantiles: 2, fallback: [3]}
      segments: {dull: [[1, 1], [2, 1]], keen: [[1, 2], [2, 2]]}
segments:
  - {name: moved, use: rfm_moved, with: {of: buyers}, membership: true}
  - {name: settled, use: rfm_moved, with: {of: buyers, to: high, settle: 2h}, on_table: fire}
  - {name: rich, when: {rfm: {of: buyers, monetary: {gte: 2}}}, trigger: {}, membership: true}
  - {name: keen, when: {rfm: {of: readers, segment: keen}}, membership: true}
  - {name: silent, use: inactivity, with: {after: 2d}}
"""
COMPILED = parse_rules(RULES)
HOUR = 3_600_000
EMITTED = re.compile(rb'"emitted_at":"[^"]*",')
BEGIN = parse_time("2026-03-26T22:00:00Z")  # the clock is put forward on 29 March
WHO = [f"c{number}" for number in range(8)]


IDENTITIES = ("contact_merged", "contact_merged", "contact_erased")


@st.composite
def histories(draw: st.DrawFn, identities: tuple[str, ...] = ()) -> list[Event]:
    """Events in the order of their times; merges and erasures, where they are named."""
    chance = draw(st.randoms(use_true_random=False))
    time, events = BEGIN, []
    for number in range(draw(st.integers(5, 40))):
        time += chance.choice([0, 1, HOUR, HOUR, 2 * HOUR, 5 * HOUR, 30 * HOUR])
        kinds = ["order_placed"] * 5 + ["message_opened"] * 3 + ["order_cancelled"]
        kind = chance.choice([*kinds, *identities])
        data: dict[str, Any] = {"order": f"o{number}", "total": chance.randint(1, 60)}
        if kind == "order_cancelled":
            data = {"order": f"o{chance.randrange(number + 1)}"}
        elif kind == "message_opened":
            data = {"channel": "email"}
        elif kind == "contact_merged":
            data = {"from": chance.choice(WHO)}
        elif kind == "contact_erased":
            data = {}
        who = chance.choice(WHO)
        events.append(Event(kind, who, time, data, f"e{number}", f"e{number}"))
    return events


def copy_of(event: Event) -> Event:
    return Event(event.type, event.contact, event.time, event.data, event.id, event.name)


def tables_of(installation: Installation) -> list[tuple[int, dict[str, Table]]]:
    return [(one.boundary, one.tables) for one in installation.tables]


def whenever_emitted(installation: Installation) -> dict[str, list[bytes]]:
    """What was told; slices change when that is."""
    return {
        stream: sorted(EMITTED.sub(b"", line) for line in lines)
        for stream, lines in installation.told.items()
    }


def run(events: list[Event], count: int, rules: RuleSet = COMPILED, **options: Any) -> Installation:
    installation = Installation(rules, count, **options)
    for event in events:
        installation.feed(copy_of(event))
    installation.end(events[-1].time + 60 * HOUR)
    return installation


@pytest.mark.slow
@settings(max_examples=examples(40))
@given(histories(), st.sampled_from([0, 5_000, 7 * HOUR]))
def test_as_many_partitions_as_one_likes_make_the_same_tables(
    events: list[Event], lateness: int
) -> None:
    one = run(events, 1, lateness=lateness)
    for count in (4, 16):
        several = run(events, count, lateness=lateness)
        assert tables_of(several) == tables_of(one)
        assert several.table_mail == len(one.tables) * (count - 1)  # each told to each, once


@pytest.mark.slow
@settings(max_examples=examples(40))
@given(histories(IDENTITIES))
def test_merges_and_erasures_change_no_count_with_the_number_of_partitions(
    events: list[Event],
) -> None:
    one = run(events, 1)
    for count in (4, 16):
        assert tables_of(run(events, count)) == tables_of(one)
    assert tables_of(run(events, 3, restarts=True, slice_size=1)) == tables_of(one)


@pytest.mark.slow
@settings(max_examples=examples(15))
@given(histories(), st.sampled_from([1, 3]), st.sampled_from([1, 4]))
def test_restarts_and_slices_change_no_table(
    events: list[Event], count: int, slice_size: int
) -> None:
    plain = run(events, count)
    restarted = run(events, count, restarts=True)
    assert restarted.told == plain.told
    assert restarted.tables == plain.tables
    sliced = run(events, count, restarts=True, slice_size=slice_size)
    assert tables_of(sliced) == tables_of(plain)


@pytest.mark.slow
@settings(max_examples=examples(15))
@given(histories(), st.sampled_from([0, 5_000]))
def test_16_under_recorded_tables_any_number_of_partitions_tells_the_same(
    events: list[Event], lateness: int
) -> None:
    live = run(events, 4, lateness=lateness, slice_size=3)
    one = run(events, 1, lateness=lateness, given=live.tables)
    assert not one.tables
    told = whenever_emitted(one)
    options: list[dict[str, Any]] = [{}, {"restarts": True}, {"restarts": True, "slice_size": 2}]
    for more in options:
        for count in (1, 3 if more else 16):
            again = run(events, count, lateness=lateness, given=live.tables, **more)
            assert whenever_emitted(again) == told


SUMMED = parse_rules("""
version: 1
value:
  zone: Europe/Kyiv
  orders: {cancelled: 3d}
  tables: {every: day, at: "04:00"}
  model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614, p: 6.25, q: 3.74, v: 15.44}
  rfm:
    buyers: {within: 4d, recency: [1d, 2d, 3d, 4d], monetary: [20, 40, 60, 80]}
  kpis: {clv: 90d, scores: true}
segments:
  - {name: buyers, when: {did: order_placed}}
  - {name: of_late, when: {did: order_placed, within: 20h}}
  - {name: silent, use: inactivity, with: {after: [1d, 2d]}}
  - {name: likely, use: likely_to_buy, with: {at_least: 15%}}
""")


def sums_of(installation: Installation) -> dict[str, Line]:
    """What all partitions have summed of each segment, by the instant of it."""
    found: dict[str, Line] = {}
    for partition in installation.partitions:
        assert partition.counted is not None
        for segment, size in partition.counted.sizes.items():
            add(found.setdefault(segment, {}), size_line(segment, size).get("census", {}))
    return found


@pytest.mark.slow
@settings(max_examples=examples(20))
@given(histories(), st.sampled_from([0, 5_000, 7 * HOUR]))
def test_as_many_partitions_as_one_likes_sum_the_same(events: list[Event], lateness: int) -> None:
    one = run(events, 1, SUMMED, lateness=lateness)
    found = sums_of(one)
    assert found
    for count in (3, 16):
        assert sums_of(run(events, count, SUMMED, lateness=lateness)) == found
    for count in (1, 3):
        sliced = run(events, count, SUMMED, lateness=lateness, restarts=True, slice_size=1)
        assert sums_of(sliced) == found
        assert whenever_emitted(sliced) == whenever_emitted(one)
