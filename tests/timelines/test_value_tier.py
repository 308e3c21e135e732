"""value_tier: what the contact has spent, ever or lately."""

import pytest

from .drawing import expect, play, refuse

TIERS = "- {name: tier, use: value_tier, with: {tiers: {silver: 100, gold: 250.5}}}"
LATELY = "- {name: tier, use: value_tier, with: {tiers: [100, 200], within: 2d}}"


@pytest.mark.parametrize(
    ("total", "told"), [("99.99", ""), ("100", "10:00 fired tier c1 rung=silver")]
)
def test_a_tier_is_reached_at_its_sum_exactly(total: str, told: str) -> None:
    expect(TIERS, f"10:00 order_placed c1 o1 total={total}", told)


def test_sums_are_exact() -> None:
    rule = "- {name: tier, use: value_tier, with: {tiers: 0.3}}"
    drawn = "10:00 order_placed c1 o1 total=0.1; 11:00 order_placed c1 o2 total=0.2"
    expect(rule, drawn, "11:00 fired tier c1 rung=0.3")


def test_each_tier_fires_once_and_one_order_may_reach_several() -> None:
    expect(
        TIERS,
        """
        10:00 order_placed c1 o1 total=60
        11:00 order_placed c1 o2 total=60
        12:00 order_placed c1 o3 total=130.5
        13:00 order_placed c1 o4 total=500
        10:00 order_placed c2 o5 total=300
        """,
        """
        11:00 fired tier c1 rung=silver
        12:00 fired tier c1 rung=gold
        10:00 fired tier c2 rung=silver emitted=13:00
        10:00 fired tier c2 rung=gold emitted=13:00
        """,
    )


def test_rungs_are_numbers_as_written_where_they_have_no_names() -> None:
    rule = "- {name: tier, use: value_tier, with: {tiers: [10, 20.50]}}"
    expect(
        rule,
        "10:00 order_placed c1 o1 total=20.5",
        "10:00 fired tier c1 rung=10; 10:00 fired tier c1 rung=20.50",
    )


def test_an_order_without_a_total_counts_nothing() -> None:
    expect(TIERS, "10:00 order_placed c1 o1; 11:00 order_placed c1 o2 total=99", "")


def test_a_window_loses_an_order_at_its_age_exactly() -> None:
    drawn = "10:00 order_placed c1 o1 total=60; {} order_placed c1 o2 total=60"
    expect(LATELY, drawn.format("2d+09:59:59.999"), "2d+09:59:59.999 fired tier c1 rung=100")
    expect(LATELY, drawn.format("2d+10:00"), "")


def test_a_tier_that_time_took_fires_again_when_it_is_reached_again() -> None:
    expect(
        LATELY,
        "10:00 order_placed c1 o1 total=100; 5d+10:00 order_placed c1 o2 total=100",
        "10:00 fired tier c1 rung=100; 5d+10:00 fired tier c1 rung=100",
    )


def test_membership_ends_by_time_alone() -> None:
    rule = (
        "- {name: tier, use: value_tier, membership: true, with: {tiers: [100, 200], within: 2d}}"
    )
    played = play(
        rule,
        "10:00 order_placed c1 o1 total=150; 1d+10:00 order_placed c1 o2 total=100; 9d+10:00 end",
    )
    exits = [
        (one["rung"], one["exited_at"])
        for one in played.membership
        if one["type"] == "segment.exited"
    ]
    assert exits == [("200", "2026-11-23T10:00:00.000Z"), ("100", "2026-11-24T10:00:00.000Z")]


def test_only_one_currency_may_count() -> None:
    expect(
        "- {name: tier, use: value_tier, with: {tiers: 100, currency: EUR}}",
        """
        10:00 order_placed c1 o1 total=90 currency=EUR
        11:00 order_placed c1 o2 total=90 currency=PLN
        12:00 order_placed c1 o3 total=90
        13:00 order_placed c1 o4 total=10 currency=EUR
        """,
        "13:00 fired tier c1 rung=100",
    )


def test_the_context_is_what_was_spent() -> None:
    silver, gold = play(
        TIERS, "10:00 order_placed c1 o1 total=100.1; 11:00 order_placed c1 o2 total=200.2"
    ).triggers
    assert (silver["context"], gold["context"]) == ({"spent": 100.1}, {"spent": 300.3})


def test_what_has_left_the_window_is_not_in_the_context() -> None:
    played = play(
        LATELY,
        "10:00 order_placed c1 o1 total=50; 1d+12:00 order_placed c1 o2 total=50; "
        "2d+10:00 page_viewed c1; 2d+09:00 order_placed c1 o3 total=60",
    )
    assert [one["context"] for one in played.triggers] == [{"spent": 100}, {"spent": 110}]


def test_a_late_order_counts() -> None:
    expect(
        TIERS,
        "10:00 order_placed c1 o1 total=60; 11:00 page_viewed c1; 09:00 order_placed c1 o total=40",
        "11:00 fired tier c1 rung=silver",
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- §{name: s, use: value_tier}", "tiers")
    refuse("- {name: s, use: value_tier, with: {tiers: §lots}}", "lots")
    refuse("- {name: s, use: value_tier, with: {tiers: [1, §1.0]}}", "ascend")
    refuse("- {name: s, use: value_tier, with: {tiers: {gold: 100, silver: §50}}}", "50")
    refuse("- {name: s, use: value_tier, with: {tiers: {gold: §much}}}", "much")
    refuse("- {name: s, use: value_tier, with: {tiers: §{}}}", "tiers")
    refuse("- {name: s, use: value_tier, with: {tiers: §[]}}", "empty")
    refuse("- {name: s, use: value_tier, with: {tiers: 1, currency: §5}}", "5")
