"""tier: the highest sum that a contact's orders have come to."""

import pytest

from .by_date import play
from .drawing import is_in_schema, refuse
from .test_lifecycle import stages

MOVES = "- {name: m, use: tier_moved}"
YEARLY = "tier: {tiers: {silver: 500, gold: 2000}, within: 365d}"
KEPT = "tier: {tiers: {silver: 500, gold: 2000}, within: 30d, keep: 365d}"


def test_the_highest_tier_is_the_label() -> None:
    timeline = "2026-01-01 order 499; 2026-01-02 order 1; 2026-01-03 order 1500; 2027-03-01 end"
    assert stages(timeline, YEARLY, MOVES) == [
        "2026-01-02T00:00 none → silver",
        "2026-01-03T00:00 silver → gold",
        "2027-01-01T00:00 gold → silver",
        "2027-01-03T00:00 silver → none",
    ]


def test_a_tier_that_was_reached_lasts() -> None:
    timeline = "2026-01-01 order 2000; 2026-01-31T00:00 order 600; 2027-12-31 end"
    assert stages(timeline, KEPT, MOVES) == [
        "2026-01-01T00:00 none → gold",
        "2027-01-30T23:59:59.999 gold → silver",
        "2027-03-01T23:59:59.999 silver → none",
    ]


def test_36_of_one_millisecond_it_lasts_as_long() -> None:
    value = "tier: {tiers: {gold: 2000}, within: 1ms, keep: 365d}"
    timeline = "2026-01-01 order 2000; 2027-12-31 end"
    assert stages(timeline, value, MOVES) == [
        "2026-01-01T00:00 none → gold",
        "2027-01-01T00:00 gold → none",
    ]


def test_ever_is_for_ever() -> None:
    value = "tier: {of: orders, tiers: {twice: 2, often: 4}}"
    timeline = "; ".join(f"{2000 + n}-01-01 order 1" for n in range(5))
    assert stages(f"{timeline}; 2026-01-01 end", value, MOVES) == [
        "2001-01-01T00:00 none → twice",
        "2003-01-01T00:00 twice → often",
    ]


def test_a_cancelled_order_has_reached_nothing() -> None:
    value = f"orders: {{cancelled: 60d}}\n{KEPT}"
    timeline = "2026-01-01 order 2000 #a; 2026-02-15 cancel #a; 2026-03-01 end"
    assert stages(timeline, value, MOVES) == [
        "2026-01-01T00:00 none → gold",
        "2026-02-15T00:00 gold → none",
    ]


def test_a_tier_is_a_condition() -> None:
    rule = "- {name: golden, when: {tier: [gold]}, membership: true}"
    told = play(YEARLY, rule, "2026-01-01 order 2000; 2027-03-01 end")
    assert told.stays() == [
        "2026-01-01T00:00 in golden event",
        "2027-01-01T00:00 out golden time",
    ]


@pytest.mark.parametrize("name", ["none", "any"])
def test_what_moves_mean_otherwise_is_no_name_of_a_tier(name: str) -> None:
    tier = f"value: {{tier: {{tiers: {{silver: 5, §{name}: 10}}}}}}"
    file = f"{tier}\nsegments:\n{MOVES}"
    refuse(file, f"the name `{name}` is reserved", "another name")
    assert (is_in_schema(file), is_in_schema(file.replace(f"§{name}", "best"))) == (False, True)
    # What `value_tier` names is a rung, and no label.
    rungs = f"- {{name: m, use: value_tier, with: {{tiers: {{silver: 5, {name}: 10}}}}}}"
    assert play("", rungs, "2026-01-01 order 10; 2026-01-02 end").lines()
