"""Since when a cart is as it is asked to be, or is not, against its truth at every minute."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.conditions.base import SINCE_EVER
from streamseg.core.segments.segment import Segment
from streamseg.formats.canonical import decode
from streamseg.replay.driver import Driver
from streamseg.rules import parse_rules

from .scale import examples

T0, MINUTE = 1_795_255_200_000, 60_000
ASKED = [
    "idle: 5m",
    "idle: 5m, items: {gte: 2}",
    "idle: 3m, total: {gte: 20}",
    "idle: 3m, total: {lt: 20}",
    "idle: 3m, contains: {category: bags}",
    "items: {gte: 2}",
    "total: {gte: 20}",
]
RULES = parse_rules(
    "version: 1\nsegments:\n"
    + "".join(f"- {{name: s{n}, when: {{cart: {{{one}}}}}}}\n" for n, one in enumerate(ASKED))
    + "- {name: short, use: abandoned_cart, with: {after: 4m, max_age: 12m}}\n"
)

products = st.sampled_from("pqr")
described = st.fixed_dictionaries(
    {"product": products},
    optional={
        "quantity": st.integers(0, 2),
        "price": st.sampled_from([5, 10, 30]),
        "category": st.sampled_from(["bags", "hats"]),
    },
)
HAPPENS = st.one_of(
    st.tuples(st.just("cart_item_added"), described),
    st.tuples(st.just("cart_item_added"), described),
    st.tuples(st.just("cart_item_removed"), st.fixed_dictionaries({"product": products})),
    st.tuples(
        st.just("cart_updated"), st.fixed_dictionaries({"items": st.lists(described, max_size=3)})
    ),
    st.tuples(
        st.just("order_placed"), st.fixed_dictionaries({"order": st.sampled_from(["o", "o2"])})
    ),
)
histories = st.lists(st.tuples(st.integers(1, 9), HAPPENS), min_size=1, max_size=14)


@pytest.mark.slow
@settings(max_examples=examples(300))
@given(histories)
def test_a_cart_is_as_it_is_since_it_says_and_was_otherwise_before(
    history: list[tuple[int, tuple[str, dict[str, Any]]]],
) -> None:
    driver = Driver(RULES, batch=1)
    at, minute = {}, 0
    for gap, happening in history:
        minute += gap
        at[minute] = happening
    courses: dict[str, list[bool | None]] = {one.name: [] for one in RULES.defined}
    by_time: dict[str, list[bool | None]] = {one.name: [] for one in RULES.defined}
    for now in range(minute + 15):
        for segment in RULES.defined:  # what time alone changes comes before the event
            by_time[segment.name].append(asked(driver, segment, now)[0])
        if now in at:
            kind, data = at[now]
            event = {"type": kind, "contact": "ann", "time": T0 + now * MINUTE, "data": data}
            driver.feed(decode(json.dumps(event).encode()))
        for segment in RULES.defined:
            truth, since = asked(driver, segment, now)
            course = courses[segment.name]
            course.append(truth)
            if since is None:
                continue
            begin = 0 if since == SINCE_EVER else (since - T0) // MINUTE
            told = segment.name, now, begin, course
            assert since == SINCE_EVER or (since - T0) % MINUTE == 0, told
            assert set(course[begin:]) == {truth}, told
            if since != SINCE_EVER and begin:
                assert {course[begin - 1], by_time[segment.name][begin]} != {truth}, told


def asked(driver: Driver, segment: Segment, minute: int) -> tuple[bool | None, int | None]:
    """The truth of a segment's cart at a minute, and since when; before all events it is false."""
    peek = driver.partition.peek("ann", T0 + minute * MINUTE)
    if peek is None:
        return False, None
    ctx, part = peek.explain(segment, None, 0)
    return part.truth, part.since(ctx, peek.instant)
