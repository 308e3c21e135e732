"""Who is merged is told what the definitions say of one person: the union of what both did."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event

from .driver import Case, is_as_by_the_reference, record_of
from .people import FILES, KINDS, MINUTE, happenings
from .scale import examples

RULES = FILES[0]
WITH_A_CAP = FILES[2]
PROTECTED = {**RULES, "identity": {"protect": {"attribute": "country", "in": ["PL", "UA"]}}}
files = st.sampled_from([*FILES[:2], *FILES])  # the reference is slower under policies


def case_of(events: list[Any], lateness: str, rules: dict[str, Any] = RULES) -> Case:
    return Case(rules, [*map(record_of, events)], events[-1].time + 4 * 60 * MINUTE, lateness)


@pytest.mark.slow
@settings(max_examples=examples(400))
@given(files, happenings(), st.sampled_from(["0s", "5s", "4m"]))
def test_the_engine_equals_the_reference_in_order(
    rules: dict[str, Any], events: list[Any], lateness: str
) -> None:
    is_as_by_the_reference(case_of(events, lateness, rules))


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(happenings(KINDS), st.sampled_from(["0s", "5s"]))
def test_whom_nobody_takes_over_is_told_as_by_the_reference(
    events: list[Any], lateness: str
) -> None:
    is_as_by_the_reference(case_of(events, lateness, PROTECTED))


KEYS = "bags a, hats b, bags a, toys b, hats a, toys a, bags b"


@pytest.mark.parametrize("lateness", ["0s", "5s"])
@pytest.mark.parametrize("minutes", [1, 3, 11])
@pytest.mark.parametrize("merge_at", range(1, 7))
@pytest.mark.parametrize("rules", [RULES, WITH_A_CAP], ids=["told at once", "waiting"])
def test_of_the_keys_of_both_the_last_touched_stay(
    rules: dict[str, Any], merge_at: int, minutes: int, lateness: str
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
    is_as_by_the_reference(case_of(events, lateness, rules))


@st.composite
def _late(draw: st.DrawFn) -> list[Any]:
    """Histories of which some events arrive late; merges and erasures where they are."""
    events = draw(happenings())
    moved = [event for event in events if event.type not in ("contact_merged", "contact_erased")]
    for event in draw(st.lists(st.sampled_from(moved), max_size=4, unique_by=id)) if moved else ():
        at = events.index(event)
        events.insert(draw(st.integers(at, min(len(events) - 1, at + 4))), events.pop(at))
    return events


@pytest.mark.slow
@settings(max_examples=examples(300))
@given(files, _late())
def test_the_engine_equals_the_reference_in_disorder(
    rules: dict[str, Any], events: list[Any]
) -> None:
    is_as_by_the_reference(case_of(events, "0s", rules))
