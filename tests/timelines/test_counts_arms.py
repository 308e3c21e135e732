"""Counts of the arms of a split, and of who was in two of them."""

from typing import Any

import msgspec

from streamseg.kpis.summing import lifts, summed
from streamseg.rules import parse_rules

from .counted import RESULT, Line, counted, picked
from .drawing import rules_file

SPLIT = "- {name: s, on: searched, policy: {split: {of: {a: 50, control: 50}}}}"


def drawn_into(arm: str, segments: str = SPLIT) -> list[str]:
    """Contacts of an arm."""
    policy = parse_rules(rules_file(segments)).defined[0].policy
    assert policy is not None
    return [name for number in range(99) if policy.arm_of(name := f"c{number}") == arm]


def by_variant(lines: list[Line], *names: str) -> dict[str, list[Any]]:
    return {one["variant"]: picked(one, *names) for one in lines if one.get("variant")}


def test_who_was_in_both_arms_is_left_out_of_lift() -> None:
    told, held = drawn_into("a")[0], drawn_into("control")[0]
    before = (
        f"10:00 searched {told} x; 10:00 searched {held} x; 11:00 order_placed {told} o1 total=7"
    )
    names = (*RESULT, "credited")
    assert by_variant(counted(SPLIT, before), *names) == {
        "a": [1, 1, "7", "7"],
        "control": [1, 0, 0, 0],
    }
    merged = f"{before}; 12:00 contact_merged {held} {told}; 13:00 order_placed {held} o2 total=2"
    found = by_variant(counted(SPLIT, merged), *names, "fired")
    assert found == {
        "a": [0, 0, 0, 0, 1],
        "control": [0, 0, 0, 0, 0],
        "mixed": [2, 2, "11", "9", 0],
    }
    later = by_variant(counted(SPLIT, f"{merged}; 9d+10:00 searched {held} y"), *RESULT)
    assert later["mixed"] == [1, 0, 0]
    summary = summed(
        msgspec.json.encode(
            {"segment": "s", "partition": 0, "day": "2026-11-21", "variants": [one]}
        )
        for one in counted(SPLIT, merged)
        if one.get("variant")
    )
    assert lifts(summary.segment("s"), ["2026-11-21"]) == (None, None)


def test_who_was_in_one_arm_twice_stays_in_it() -> None:
    one, other = drawn_into("a")[:2]
    found = counted(SPLIT, f"10:00 searched {one} x; 12:00 contact_merged {other} {one}")
    assert by_variant(found, "exposures") == {"a": [1]}


def test_each_trigger_in_an_arm_of_its_own_mixes_nobody() -> None:
    segments = SPLIT.replace("control: 50}", "control: 50}, by: trigger")
    drawn = "; ".join(
        f"10:00 searched c{number} x; 11:00 contact_merged k{number} c{number}"
        for number in range(9)
    )
    assert set(by_variant(counted(segments, drawn), "exposures")) == {"a", "control"}


def test_a_cancelled_trigger_of_who_was_in_both_arms_takes_its_exposure_back() -> None:
    segments = "- {name: s, use: abandoned_cart, policy: {split: {of: {a: 50, control: 50}}}}"
    told, held = drawn_into("a", segments)[0], drawn_into("control", segments)[0]
    drawn = (
        f"10:00 cart_item_added {told} p1; 11:30 page_viewed {told}; 11:31 page_viewed {held};"
        f" 12:00 contact_merged {told} {held}; 10:30 order_placed {told} o1 items=p1"
    )
    found = by_variant(counted(segments, drawn), "fired", "cancelled", "exposures")
    assert found == {"a": [1, 1, 0]}
