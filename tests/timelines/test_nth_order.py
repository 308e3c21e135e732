"""nth_order: the contact has placed so many orders."""

import pytest

from .drawing import expect, play, refuse

THIRD = "- {name: nth, use: nth_order, with: {n: 3}}"
LADDER = "- {name: nth, use: nth_order, with: {n: [2, 4]}}"


def orders(count: int) -> str:
    return "; ".join(f"1{number}:00 order_placed c1 o{number}" for number in range(count))


@pytest.mark.parametrize(("count", "told"), [(2, ""), (3, "12:00 fired nth c1 rung=3")])
def test_it_fires_at_the_nth_order(count: int, told: str) -> None:
    expect(THIRD, orders(count), told)


def test_it_fires_once() -> None:
    expect(THIRD, orders(9), "12:00 fired nth c1 rung=3")


def test_each_rung_fires_at_its_order() -> None:
    expect(LADDER, orders(6), "11:00 fired nth c1 rung=2; 13:00 fired nth c1 rung=4")


def test_the_same_order_again_is_not_another() -> None:
    expect(THIRD, orders(2) + "; 12:00 order_placed c1 o1; 13:00 page_viewed c1", "")


def test_orders_of_one_instant_are_several() -> None:
    expect(
        LADDER,
        "10:00 order_placed c1 o1; 10:00 order_placed c1 o2; 10:00 order_placed c2 o3",
        "10:00 fired nth c1 rung=2",
    )


def test_the_context_is_the_order() -> None:
    (fired,) = play(LADDER, "10:00 order_placed c1 o1; 11:00 order_placed c1 o2 total=5").triggers
    assert fired["context"] == {
        "order": {"order": "o2", "total": 5, "time": "2026-11-21T11:00:00.000Z"}
    }


def test_a_late_order_counts_at_the_latest_instant() -> None:
    expect(
        LADDER,
        orders(1) + "; 11:00 page_viewed c1; 09:00 order_placed c1 o9",
        "11:00 fired nth c1 rung=2",
    )


def test_a_late_order_takes_back_nothing_and_counts_for_the_next_rung() -> None:
    expect(
        LADDER,
        orders(2) + "; 09:00 order_placed c1 o8; 09:00 order_placed c1 o9",
        "11:00 fired nth c1 rung=2; 11:00 fired nth c1 rung=4",
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- §{name: s, use: nth_order}", "n")
    refuse("- {name: s, use: nth_order, with: {n: §0}}", "0", "1")
    refuse("- {name: s, use: nth_order, with: {n: §1.5}}", "1.5")
    refuse("- {name: s, use: nth_order, with: {n: §[]}}", "empty")
    refuse("- {name: s, use: nth_order, with: {n: [2, §2]}}", "ascend", "2")
    refuse("- {name: s, use: nth_order, with: {n: [2, §two]}}", "two")
