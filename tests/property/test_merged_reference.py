"""Who is merged is told what the definitions say of one person: the union of what both did."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event

from .driver import Case, is_as_by_the_reference, record_of
from .scale import examples
from .test_merges import MINUTE, histories

RULES: dict[str, Any] = yaml.safe_load(
    """
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: [10m, 30m], max_age: 2h}, membership: true}
  - {name: any_order, use: abandoned_cart, with: {after: 20m, order_closes: any}, membership: true}
  - {name: silent, use: inactivity, with: {after: [15m, 40m]}, membership: true}
  - name: bags
    when: {did: product_viewed, where: {category: bags}, at_least: 3, within: 1h}
    trigger: {cooldown: 20m, limit: 2}
    membership: true
  - {name: rich, when: {aggregate: sum, of: total, over: order_placed, gte: 10}, trigger: {}}
  - {name: pl, when: {attribute: country, eq: PL}, trigger: {}, membership: true}
  - name: fans
    per: category
    max_keys: 2
    when: {did: product_viewed, at_least: 2}
    trigger: {}
    membership: true
  - name: fresh
    per: category
    max_keys: 1
    when: {did: product_viewed, within: 20m}
    trigger: {cooldown: 30m}
    membership: true
  - {name: searched, "on": searched, when: {did: product_viewed}}
  - name: both
    when: {all: [{in_segment: rich}, {not: {in_segment: bags}}]}
    trigger: {}
  - name: bought
    when: {not_followed: {first: product_viewed, by: order_placed, within: 20m}}
    trigger: {}
    membership: true
"""
)


PROTECTED = {**RULES, "identity": {"protect": {"attribute": "country", "in": ["PL", "UA"]}}}


def case_of(events: list[Any], lateness: str, rules: dict[str, Any] = RULES) -> Case:
    return Case(rules, [*map(record_of, events)], events[-1].time + 4 * 60 * MINUTE, lateness)


@pytest.mark.slow
@settings(max_examples=examples(400))
@given(histories(), st.sampled_from(["0s", "5s"]))
def test_the_engine_equals_the_reference_in_order(events: list[Any], lateness: str) -> None:
    is_as_by_the_reference(case_of(events, lateness))


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(histories(), st.sampled_from(["0s", "5s"]))
def test_whom_nobody_takes_over_is_told_as_by_the_reference(
    events: list[Any], lateness: str
) -> None:
    is_as_by_the_reference(case_of(events, lateness, PROTECTED))


KEYS = "bags a, hats b, bags a, toys b, hats a, toys a, bags b"


@pytest.mark.parametrize("lateness", ["0s", "5s"])
@pytest.mark.parametrize("minutes", [1, 3, 11])
@pytest.mark.parametrize("merge_at", range(1, 7))
def test_of_the_keys_of_both_the_last_touched_stay(
    merge_at: int, minutes: int, lateness: str
) -> None:
    deeds = [deed.split() for deed in KEYS.split(", ")]
    deeds.insert(merge_at, ["merge", "b"])
    events = []
    for number, (category, who) in enumerate(deeds):
        kind, data = "product_viewed", {"product": "p1", "category": category}
        if category == "merge":
            kind, data = "contact_merged", {"from": "a"}
        time, name = number * minutes * MINUTE, f"e{number}"
        events.append(Event(kind, who, time, data, name, name))
    is_as_by_the_reference(case_of(events, lateness))


@st.composite
def _late(draw: st.DrawFn) -> list[Any]:
    """Histories of which some events arrive late; merges and erasures where they are."""
    events = draw(histories())
    moved = [event for event in events if event.type not in ("contact_merged", "contact_erased")]
    for event in draw(st.lists(st.sampled_from(moved), max_size=4, unique_by=id)) if moved else ():
        at = events.index(event)
        events.insert(draw(st.integers(at, min(len(events) - 1, at + 4))), events.pop(at))
    return events


@pytest.mark.slow
@settings(max_examples=examples(300))
@given(_late())
def test_the_engine_equals_the_reference_in_disorder(events: list[Any]) -> None:
    is_as_by_the_reference(case_of(events, "0s"))
