"""Counts of the lifecycle: moves from stage to stage, and customers who come and go."""

from typing import Any

from tests.replaying import run_replay

from .counted import SEEN, Line, counted
from .drawing import events, rules_file


def moves(timeline: str, value: str = "{kpis: {lifecycle: true}}") -> dict[str, Any]:
    """The moves between stages of life that are counted, by day."""
    return {
        one["day"]: one["lifecycle"] for one in counted(SEEN, timeline, value) if "lifecycle" in one
    }


def test_each_move_from_one_stage_of_life_to_another_is_counted_on_its_day() -> None:
    found = moves(
        "10:00 page_viewed c1; 10:00 order_placed c2 o1; 1d+10:00 order_placed c1 o2;"
        " 40d+00:00 end",
        "{lifecycle: {new_for: 30d}, kpis: {lifecycle: true}}",
    )
    assert found == {
        "2026-11-21": {"none": {"new": 1, "prospect": 1}},
        "2026-11-22": {"prospect": {"new": 1}},
        "2026-12-21": {"new": {"active": 1}},
        "2026-12-22": {"new": {"active": 1}},
    }


def test_a_move_that_a_late_order_undoes_never_was() -> None:
    terms = "{lifecycle: {new_for: 5d, at_risk: 10d, lost: 20d}, kpis: {lifecycle: true}}"
    drawn = "10:00 order_placed c1 o1; 12d+10:00 page_viewed c1; {}; 12d+12:00 end"
    assert moves(drawn.format("12d+10:00 page_viewed c1"), terms) == {
        "2026-11-21": {"none": {"new": 1}},
        "2026-11-26": {"new": {"active": 1}},
        "2026-12-01": {"active": {"at_risk": 1}},
    }
    assert moves(drawn.format("9d+10:00 order_placed c1 o2"), terms) == {
        "2026-11-21": {"none": {"new": 1}},
        "2026-11-26": {"new": {"active": 1}},
    }


def test_two_who_become_one_have_not_moved() -> None:
    found = moves("10:00 order_placed c1 o1; 11:00 page_viewed c2; 1d+10:00 contact_merged c2 c1")
    assert found == {"2026-11-21": {"none": {"new": 1, "prospect": 1}}}


def test_moves_are_counted_where_rules_ask_about_them_too() -> None:
    segments = "- {name: lost, use: lifecycle_moved, with: {to: lost}}"
    timeline = "10:00 order_placed c1 o1; 400d+10:00 end"
    lines = counted(segments, timeline, "{kpis: {lifecycle: true}}")
    found = [one["lifecycle"] for one in lines if "lifecycle" in one]
    assert found == [
        {"none": {"new": 1}}, {"new": {"active": 1}}, {"active": {"at_risk": 1}},
        {"at_risk": {"lost": 1}},
    ]  # fmt: skip


def customers(lines: list[Line]) -> dict[str, tuple[int, int]]:
    """Who came among the customers on a day, and who went."""
    return {
        one["day"]: (one.get("entered", 0), one.get("exited", 0))
        for one in lines
        if one.get("segment") == "lifecycle: customers" and "day" in one
    }


LIFE = "{lifecycle: {new_for: 5d, at_risk: 10d, lost: 20d}, kpis: {lifecycle: true}}"


def test_customers_are_counted_for_churn_to_be_a_share_of_them() -> None:
    lines = counted(
        SEEN,
        "10:00 order_placed c1 o1; 10:00 page_viewed c2; 1d+10:00 order_placed c3 o3;"
        " 19d+10:00 order_placed c3 o4; 20d+10:00 contact_erased c3; 21d+00:00 end",
        LIFE,
    )
    assert customers(lines) == {"2026-11-21": (1, 0), "2026-11-22": (1, 0), "2026-12-11": (0, 2)}
    (by,) = [one["exited_by"] for one in lines if one.get("exited") == 2 and "day" in one]
    assert by == {"time": 1, "erased": 1}


def test_two_customers_who_become_one_are_one_customer() -> None:
    lines = counted(
        SEEN,
        "10:00 order_placed c1 o1; 10:00 order_placed c2 o2; 1d+10:00 contact_merged c2 c1",
        LIFE,
    )
    came, went = customers(lines)["2026-11-22"]
    assert came - went == -1
    (size,) = [
        one for one in lines if one.get("segment") == "lifecycle: customers" and "members" in one
    ]
    assert size["members"] == 1


def test_a_merge_tells_no_stay_in_a_segment_that_the_file_does_not_name() -> None:
    rules = rules_file("- {name: s, when: {did: order_placed}}").replace(
        "segments:", f"value: {LIFE}\nprivacy: {{forget_after: 9d}}\nsegments:", 1
    )
    records, _ = events("10:00 order_placed c1 o1; 11:00 contact_merged c2 c1")
    (merged,) = run_replay(rules, records).decisions
    assert [one["segment"] for one in merged["stays"]] == ["s"]
