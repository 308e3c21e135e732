"""Favourites: whole numbers by periods of a half-life."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.features.base import CHANGED, IGNORED, UNCHANGED, States, UpdateContext
from streamseg.core.features.favourites import (
    MAX_VALUES,
    PERIODS,
    VALUE,
    Favourites,
    lapses_at,
    ranked,
    score,
)

HALF_LIFE = 100
TYPES = ("cart_item_added", "product_viewed")
FEATURE = Favourites("category", TYPES, {"cart_item_added": 3}, HALF_LIFE)


def view(time: int, value: Any, kind: str = "product_viewed") -> Event:
    return Event(kind, "c", time, {"category": value})


def kept(*events: Event) -> list[Any]:
    states: States = {}
    for event in events:
        FEATURE.update(states, 0, event, UpdateContext())
    return states.get(0, [])


def scores(entries: list[Any], period: int) -> dict[str, int]:
    return {entry[VALUE]: score(entry, period) for entry in ranked(entries, period)}


BAGS_THEN_SHOES = [view(10, "bags"), view(20, "bags"), view(99, "bags")]
BAGS_THEN_SHOES += [view(100, "shoes"), view(150, "shoes")]


def test_64_what_was_a_period_ago_counts_half() -> None:
    assert scores(kept(*BAGS_THEN_SHOES), 1) == {"shoes": 64, "bags": 48}


def test_65_all_halve_at_one_edge() -> None:
    entries = kept(*BAGS_THEN_SHOES)
    assert scores(entries, 2) == {"shoes": 32, "bags": 24}
    assert lapses_at(entries, 2) == 6  # so nobody is woken before


def test_66_of_equal_scores_the_later_last_event_is_first_and_then_the_code_point() -> None:
    assert list(scores(kept(view(10, "a"), view(20, "b")), 0)) == ["b", "a"]
    assert list(scores(kept(view(10, "b"), view(10, "a")), 0)) == ["a", "b"]


def test_67_a_late_view_counts_in_its_own_period() -> None:
    late = kept(view(250, "bags"), view(10, "shoes"))
    assert scores(late, 2) == {"bags": 32, "shoes": 8}
    assert late == kept(view(10, "shoes"), view(250, "bags"))


def test_weights_count_so_often_up_to_a_bound() -> None:
    assert scores(kept(view(1, "a", "cart_item_added"), view(2, "a")), 0) == {"a": 4 * 32}
    assert scores(kept(*(view(1, "a", "cart_item_added") for _ in range(90))), 0) == {"a": 255 * 32}


def test_items_name_values_where_the_event_has_none() -> None:
    event = Event("cart_item_added", "c", 1, {"items": [{"category": "a"}, {"category": "b"}, {}]})
    assert scores(kept(event), 0) == {"a": 96, "b": 96}


@pytest.mark.parametrize("value", [None, 5, True, ["a"], "x" * 257])
def test_only_short_texts_are_values(value: Any) -> None:
    assert FEATURE.update({}, 0, view(1, value), UpdateContext()) == IGNORED


def test_what_is_too_old_counts_nothing() -> None:
    states: States = {}
    assert FEATURE.update(states, 0, view(PERIODS * HALF_LIFE, "a"), UpdateContext()) == CHANGED
    assert FEATURE.update(states, 0, view(99, "b"), UpdateContext()) == UNCHANGED
    assert scores(states[0], PERIODS) == {"a": 32}


def test_68_beyond_the_bound_the_lowest_leaves() -> None:
    views = [view(n, f"v{n:02d}") for n in range(MAX_VALUES)]
    found = scores(kept(view(0, "v00"), *views, view(99, "new")), 0)
    assert len(found) == MAX_VALUES
    assert "new" in found
    assert "v01" not in found  # v00 was seen twice
    assert str(MAX_VALUES) in (FEATURE.memory.approximate or "")  # as `rules explain` says


def test_of_one_event_that_names_more_than_the_bound_the_first_by_code_point_stay() -> None:
    names = [f"v{n:02d}" for n in range(MAX_VALUES + 3)]
    items = [{"category": name} for name in reversed(names)]
    entries = kept(view(1, "v33"), Event("product_viewed", "c", 2, {"items": items}))
    assert [entry[VALUE] for entry in entries] == [*names[: MAX_VALUES - 1], "v33"]


events = st.builds(
    view, st.integers(0, 12 * HALF_LIFE), st.sampled_from(["a", "b", "c"]), st.sampled_from(TYPES)
)


@given(st.lists(events, max_size=20), st.integers(0, 8), st.randoms())
def test_scores_are_those_of_the_definition_whatever_the_order(
    seen: list[Event], later: int, random: Any
) -> None:
    shuffled = list(seen)
    random.shuffle(shuffled)
    entries = kept(*shuffled)
    period = max((event.time for event in seen), default=0) // HALF_LIFE + later
    wanted: dict[str, int] = {}
    for value in "abc":
        for age in range(PERIODS):
            of_period = [
                3 if event.type == "cart_item_added" else 1
                for event in seen
                if event.data["category"] == value and event.time // HALF_LIFE == period - age
            ]
            wanted[value] = wanted.get(value, 0) + sum(of_period) * 2 ** (5 - age)
    assert scores(entries, period) == {name: one for name, one in wanted.items() if one}
    lapse = lapses_at(entries, period)
    if lapse >= 0:
        before = [list(scores(entries, one)) for one in range(period, lapse)]
        assert all(one == before[0] for one in before)
