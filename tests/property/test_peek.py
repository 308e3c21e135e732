"""A look at a contact tells what the engine knows, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from streamseg.core.conditions.base import Part
from streamseg.core.contact import is_inside
from streamseg.core.events import Event
from streamseg.core.peek import Peek
from streamseg.core.segments import Segment
from streamseg.core.timestamps import parse_duration
from streamseg.formats.canonical import decode
from streamseg.formats.outbound import encode_value
from streamseg.replay.driver import Driver
from streamseg.rules import parse_rules

from . import cases, policy_files, value_cases
from .driver import Case, rules_yaml
from .grid import either
from .scale import examples

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
    for driver, _, seen in steps(case):
        still: dict[Any, list[tuple[int, Any]]] = {}  # without who was erased, and forgotten keys
        for peek in looks(driver, seen, driver.now):
            for segment, key, rung in keyed(peek):
                ctx, root = peek.explain(segment, key, rung)
                for path, part in tree(root):
                    place = peek.contact.id, segment.name, key, rung, path
                    before = still[place] = known.get(place, [])
                    since = part.since(ctx, peek.instant)
                    for instant, truth in before:
                        if since is not None and since < instant <= peek.instant:
                            assert truth is part.truth, (place, part.condition.asks(), since)
                    before.append((peek.instant, part.truth))
        known = still
