"""A look at a contact tells what the engine knows, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.conditions.base import SINCE_EVER, Part
from streamseg.core.contacts.slots import is_inside
from streamseg.core.events import Event
from streamseg.core.peek import Peek
from streamseg.core.segments.segment import Segment
from streamseg.core.values.timestamps import parse_duration
from streamseg.formats.canonical import decode
from streamseg.formats.outbound import encode_value
from streamseg.replay.driver import Driver
from streamseg.rules import parse_rules

from . import cases, policy_files, value_cases
from .driver import Case, rules_yaml
from .grid import either
from .scale import examples

T0, MINUTE = 1_795_255_200_000, 60_000

in_order = either(cases.in_order(), value_cases.in_order(), policy_files.in_order())
in_disorder = either(cases.in_disorder(), value_cases.in_disorder(), policy_files.in_disorder())


def steps(case: Case) -> Iterator[tuple[Driver, list[bytes], set[str]]]:
    """A replay, a commit after each event: the driver, what it told, the contacts so far."""
    rules = parse_rules(rules_yaml(case.rules))
    driver = Driver(rules, parse_duration(case.lateness), batch=1)
    seen: set[str] = set()
    for number, record in enumerate(case.events, start=1):
        event = decode(json.dumps(record).encode())
        if event.id is None:
            event.name = f"line:{number}"
        told = driver.feed(event)
        if type(event) is Event:
            seen.add(event.contact)
        yield driver, [encode_value(one) for one in told], seen
    yield driver, [encode_value(one) for one in driver.advance(case.until)], seen


def looks(driver: Driver, seen: set[str], at: int) -> Iterator[Peek]:
    for name in sorted(seen):
        peek = driver.partition.peek(name, at)
        if peek is not None:
            yield peek


def keyed(peek: Peek) -> Iterator[tuple[Segment, str | None, int]]:
    """The segments of a contact, each with each key and rung."""
    for segment in peek.rules.defined:
        keys = [None] if segment.per is None else peek.keys(segment)
        for key in keys:
            for rung in range(len(segment.rungs)):
                yield segment, key, rung


def may_be_new(peek: Peek, segment: Segment, event: dict[str, Any]) -> set[Any]:
    """The keys that an event may have forgotten and then begun anew: as many are kept as may be,
    and another key of the event came first.
    """
    if segment.per is None or len(peek.keys(segment)) < segment.definition.max_keys:
        return set()
    items = (event.get("data") or {}).get("items") or []
    return {item.get(segment.per) for item in items[1:]}


def tree(part: Part, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Part]]:
    yield path, part
    for number, one in enumerate(part.parts):
        yield from tree(one, (*path, number))


@pytest.mark.slow
@settings(max_examples=examples(900))
@given(in_disorder)
def test_peeks_change_neither_what_is_told_nor_state(case: Case) -> None:
    quiet = [(told, driver.partition.state_bytes) for driver, told, _ in steps(case)]
    looked = []
    for driver, told, seen in steps(case):
        now = driver.now
        for at in (now, now + 3_600_000, now + 40 * 86_400_000):
            for peek in looks(driver, seen, at):
                for segment, key, rung in keyed(peek):
                    peek.explain(segment, key, rung)
                while peek.instant < now + 90 * 86_400_000 and peek.go_on():
                    pass
        looked.append((told, driver.partition.state_bytes))
    assert looked == quiet


@pytest.mark.slow
@settings(max_examples=examples(900))
@given(in_disorder)
def test_the_root_of_an_explanation_is_what_the_condition_answers(case: Case) -> None:
    for driver, _, seen in steps(case):
        for peek in looks(driver, seen, driver.now):
            for segment, key, rung in keyed(peek):
                ctx, part = peek.explain(segment, key, rung)
                condition = segment.rungs[rung].condition
                assert (part.truth, part.change) == condition.at(ctx, peek.instant)
                if part.truth:
                    assert part.why(ctx, peek.instant) == condition.why(ctx, peek.instant)
                for _, one in tree(part):
                    assert one.condition.asks() or not one.condition.word
                    one.condition.saw(ctx, peek.instant)
                    since = one.since(ctx, peek.instant)
                    assert since is None or since <= peek.instant
                if not segment.is_instant:
                    fails = segment.is_ladder and rung and not holds(peek, segment, key, rung - 1)
                    assert holds(peek, segment, key, rung) is (part.truth is True and not fails)


def holds(peek: Peek, segment: Segment, key: str | None, rung: int) -> bool:
    return is_inside(peek.membership(segment, key, rung).slot)


@pytest.mark.slow
@settings(max_examples=examples(900))
@given(in_order)
def test_a_part_was_as_it_is_since_it_says(case: Case) -> None:
    known: dict[Any, list[tuple[int, Any]]] = {}
    for event, (driver, _, seen) in zip([*case.events, {}], steps(case), strict=True):
        still: dict[Any, list[tuple[int, Any]]] = {}  # without who was erased, and forgotten keys
        for peek in looks(driver, seen, driver.now):
            for segment, key, rung in keyed(peek):
                is_new = key in may_be_new(peek, segment, event)
                ctx, root = peek.explain(segment, key, rung)
                for path, part in tree(root):
                    place = peek.contact.id, segment.name, key, rung, path
                    before = still[place] = [] if is_new else known.get(place, [])
                    since = part.since(ctx, peek.instant)
                    for instant, truth in before:
                        if since is not None and since < instant <= peek.instant:
                            assert truth is part.truth, (place, part.condition.asks(), since)
                    before.append((peek.instant, part.truth))
        known = still


@pytest.mark.slow
@settings(max_examples=examples(900))
@given(in_order)
def test_the_move_that_is_told_to_come_comes(case: Case) -> None:
    for driver, _, seen in steps(case):
        for name in sorted(seen):
            for told in moves_told(driver, name):
                place, to, at = told
                peek = driver.partition.peek(name, driver.now)
                assert peek is not None
                peek.go_to(at - 1)
                assert saw_at(peek, place).get("moved_at", 0) < at
                peek.go_to(at)
                saw = saw_at(peek, place)
                assert (saw.get("now"), saw.get("moved_at")) == (to, at), told


def moves_told(driver: Driver, name: str) -> Iterator[tuple[Place, str, int]]:
    """The moves that time is told to make, of one contact."""
    peek = driver.partition.peek(name, driver.now)
    if peek is None or peek.is_objecting:
        return
    for segment, key, rung in keyed(peek):
        ctx, root = peek.explain(segment, key, rung)
        for path, part in tree(root):
            saw = part.condition.saw(ctx, peek.instant)
            if "moves_at" in saw:
                yield (name, segment.name, key, rung, path), saw["moves_to"], saw["moves_at"]


def saw_at(peek: Peek, place: Place) -> dict[str, Any]:
    """The figures at a place."""
    _, name, key, rung, path = place
    segment = next(one for one in peek.rules.defined if one.name == name)
    ctx, root = peek.explain(segment, key, rung)
    return dict(tree(root))[path].condition.saw(ctx, peek.instant)


Place = tuple[str, str, str | None, int, tuple[int, ...]]  # contact, segment, key, rung, path
UNDOES = (
    "order_cancelled",
    "contact_merged",
    "contact_erased",
)  # what was is no more what is known


@pytest.mark.slow
@settings(max_examples=examples(900))
@given(in_order)
def test_just_before_a_part_began_to_be_so_it_was_otherwise(case: Case) -> None:
    events = [decode(json.dumps(record).encode()) for record in case.events]
    times = [event.time for event in events]
    if not times or any(event.type in UNDOES for event in events):
        return
    told = begun(case)
    for number, (driver, _, _) in enumerate(steps(case)):
        if number == len(times):
            break
        until = times[number + 1] if number + 1 < len(times) else 2**62
        for since in [one for one in told if times[number] < one <= until]:
            if times.count(since) > 1:
                continue  # between two events of one millisecond it may have been otherwise
            for place, truth in told[since].items():
                peek = driver.partition.peek(place[0], since - 1)
                if peek is None:
                    continue
                asks, before = truth_at(peek, place)
                if before is truth:  # then time alone made it otherwise, just before the event
                    peek.go_to(since)
                    before = truth_at(peek, place)[1]
                assert before is not truth, (place, asks, since)


def begun(case: Case) -> dict[int, dict[Place, Any]]:
    """What is told to have begun: when, where, and what has been so since."""
    found: dict[int, dict[Place, Any]] = {}
    for driver, _, seen in steps(case):
        for peek in looks(driver, seen, driver.now):
            for segment, key, rung in keyed(peek):
                ctx, root = peek.explain(segment, key, rung)
                for path, part in tree(root):
                    since = part.since(ctx, peek.instant)
                    if since is not None and since > SINCE_EVER:
                        place = peek.contact.id, segment.name, key, rung, path
                        found.setdefault(since, {})[place] = part.truth
    return found


def truth_at(peek: Peek, place: Place) -> tuple[str, Any]:
    """What is asked at a place, and its truth."""
    _, name, key, rung, path = place
    segment = next(one for one in peek.rules.defined if one.name == name)
    part = dict(tree(peek.explain(segment, key, rung)[1]))[path]
    return part.condition.asks(), part.truth


# Name, what is asked, of which events, and within how many minutes.
FIGURES = [
    ("ever", "did: product_viewed, at_least: 2", "product_viewed", None),
    ("lately", "did: product_viewed, at_least: 2, within: 60m", "product_viewed", 60),
    ("longer", "did: product_viewed, at_least: 4, within: 90m", "product_viewed", 90),
    ("few", "did: searched, at_most: 1, within: 180m", "searched", 180),
    ("sum", "aggregate: sum, of: n, over: searched, gt: 50, within: 180m", "searched", 180),
    ("least", "aggregate: min, of: n, over: searched, gt: 5", "searched", None),
    ("kinds", "aggregate: distinct, of: n, over: searched, gte: 2, within: 120m", "searched", 120),
]
COUNTED = "".join(
    f"- {{name: {name}{of}, {per}when: {{{asked}}}}}\n"
    for name, asked, *_ in FIGURES
    for of, per in [("", ""), ("_of", "per: product, ")]
)
DRAWN = st.tuples(
    st.integers(0, 400), st.sampled_from(["product_viewed", "searched"]), st.sampled_from("pq")
)


@pytest.mark.slow
@settings(max_examples=examples(900))
@given(st.lists(DRAWN, max_size=25))
def test_a_figure_is_what_the_events_come_to_where_it_is_told(drawn: list[Any]) -> None:
    driver = Driver(parse_rules(f"version: 1\nsegments:\n{COUNTED}"), batch=1)
    for number, (minute, kind, product) in enumerate(drawn, start=1):
        data = {"product": product, "query": "q", "n": number % 7}
        event = {"type": kind, "contact": "a", "time": T0 + minute * MINUTE, "data": data}
        driver.feed(decode(json.dumps(event).encode()))
        peek = driver.partition.peek("a", driver.now)
        assert peek is not None
        for segment, key, rung in keyed(peek):
            ctx, part = peek.explain(segment, key, rung)
            saw = part.condition.saw(ctx, peek.instant)
            agrees(segment.name.removesuffix("_of"), saw, peek.instant, drawn[:number], key)


def agrees(
    name: str, saw: dict[str, Any], instant: int, drawn: list[Any], product: str | None
) -> None:
    """What was seen is what happened; of a figure that is only the least, no more happened."""
    _, asked, kind, within = next(one for one in FIGURES if one[0] == name)
    happened = [
        (T0 + minute * MINUTE, number % 7)
        for number, (minute, one, of) in enumerate(drawn, start=1)
        if one == kind and product in (None, of)
    ]
    earliest = 0 if within is None else instant - within * MINUTE
    values = [value for at, value in happened if at > earliest]
    value: int | None = None
    if "sum" in asked:
        value = sum(values)
    elif "min" in asked:
        value = min(values, default=None)
    elif "distinct" in asked:
        value = len(set(values))
    last = max((at for at, _ in happened), default=None)
    true = {"count": len(values), "value": value, "last_at": last}
    for figure, told in saw.items():
        if figure.endswith("_at_least"):
            assert told <= true[figure.removesuffix("_at_least")], (name, saw, true)
        elif figure != "last_at" or (told is not None and told > earliest):
            assert told == true[figure], (name, saw, true)
