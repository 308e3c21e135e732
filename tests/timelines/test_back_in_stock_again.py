"""Section 3, back_in_stock: what uses interest up, `repeat: each_restock`, and `hold`."""

import pytest

from .drawing import expect

BACK = "- {name: back, use: back_in_stock}"
EACH = "- {name: back, use: back_in_stock, with: {repeat: each_restock}}"
HOLD = "- {name: back, use: back_in_stock, with: {hold: 1h}}"
FIRST_EPISODE = """
10:00 stock_changed p1 0
10:30 product_viewed c1 p1
11:00 stock_changed p1 5
"""
TOLD_AT_11 = "11:00 fired back c1 key=p1; "


def test_entering_uses_up_the_interest() -> None:
    expect(BACK, FIRST_EPISODE + "12:00 stock_changed p1 0; 13:00 stock_changed p1 5", TOLD_AT_11)


def test_new_interest_in_the_next_episode_is_told_again() -> None:
    expect(
        BACK,
        FIRST_EPISODE
        + "12:00 stock_changed p1 0; 12:30 product_viewed c1 p1; 13:00 stock_changed p1 5",
        TOLD_AT_11 + "13:00 fired back c1 key=p1",
    )


def test_a_view_of_what_is_in_stock_is_not_used_up_and_counts_under_any() -> None:
    drawn = FIRST_EPISODE + (
        "11:30 product_viewed c1 p1; 12:00 stock_changed p1 0; 13:00 stock_changed p1 5"
    )
    any_time = "- {name: back, use: back_in_stock, with: {while: any}}"
    expect(any_time, drawn, TOLD_AT_11 + "13:00 fired back c1 key=p1")
    expect(BACK, drawn, TOLD_AT_11)


def test_under_any_the_used_up_interest_is_gone_too() -> None:
    expect(
        "- {name: back, use: back_in_stock, with: {while: any}}",
        FIRST_EPISODE + "12:00 stock_changed p1 0; 13:00 stock_changed p1 5",
        TOLD_AT_11,
    )


def test_interest_is_used_up_even_where_the_trigger_is_held_back() -> None:
    expect(
        "- {name: back, use: back_in_stock, trigger: {cooldown: 3h}}",
        FIRST_EPISODE
        + """
        12:00 stock_changed p1 0
        12:30 product_viewed c1 p1
        13:00 stock_changed p1 5
        15:00 stock_changed p1 0
        16:00 stock_changed p1 5
        """,
        TOLD_AT_11 + "13:00 suppressed back c1 key=p1 reason=cooldown",
    )


def test_a_restock_left_untold_for_an_order_does_not_spoil_the_next_episode() -> None:
    expect(
        BACK,
        """
        10:00 stock_changed p1 0
        10:30 product_viewed c1 p1
        10:45 order_placed c1 o1 items=p1
        11:00 stock_changed p1 5
        12:00 stock_changed p1 0
        12:30 product_viewed c1 p1
        13:00 stock_changed p1 5
        """,
        "13:00 fired back c1 key=p1",
    )


def test_each_restock_is_told_until_an_order() -> None:
    expect(
        EACH,
        FIRST_EPISODE
        + """
        12:00 stock_changed p1 0
        13:00 stock_changed p1 5
        13:30 order_placed c1 o1 items=p1
        14:00 stock_changed p1 0
        15:00 stock_changed p1 5
        """,
        TOLD_AT_11 + "13:00 fired back c1 key=p1",
    )


@pytest.mark.parametrize(
    ("restock", "expected"),
    [("13:00", "13:00 fired back c1 key=p1"), ("13:00:00.001", "")],
)
def test_each_restock_is_told_up_to_within(restock: str, expected: str) -> None:
    expect(
        "- {name: back, use: back_in_stock, with: {repeat: each_restock, within: 150m}}",
        FIRST_EPISODE + f"12:00 stock_changed p1 0; {restock} stock_changed p1 5",
        TOLD_AT_11 + expected,
    )


def test_each_restock_counts_earlier_episodes_but_no_view_between_them() -> None:
    expect(
        EACH,
        """
        10:00 stock_changed p1 0
        11:00 stock_changed p1 5
        11:30 product_viewed c1 p1
        12:00 stock_changed p1 0
        13:00 stock_changed p1 5
        """,
        "",
    )


def test_a_restock_must_last_for_hold() -> None:
    expect(HOLD, FIRST_EPISODE + "11:59:59.999 end", "")
    expect(HOLD, FIRST_EPISODE + "12:00 end", "12:00 fired back c1 key=p1 anchor=11:00")


def test_a_change_of_quantity_does_not_restart_the_hold() -> None:
    expect(
        HOLD,
        FIRST_EPISODE + "11:30 stock_changed p1 2; 12:00 end",
        "12:00 fired back c1 key=p1 anchor=11:00",
    )


def test_a_restock_that_does_not_last_is_not_told_and_does_not_end_the_episode() -> None:
    expect(
        HOLD,
        FIRST_EPISODE + "11:30 stock_changed p1 0; 12:00 stock_changed p1 5; 13:00 end",
        "13:00 fired back c1 key=p1 anchor=12:00",
    )


@pytest.mark.parametrize("view", ["11:15", "11:45"])
def test_interest_during_a_restock_that_did_not_last_is_of_the_episode(view: str) -> None:
    drawn = [
        "10:00 stock_changed p1 0",
        "11:00 stock_changed p1 5",
        "11:30 stock_changed p1 0",
        "12:00 stock_changed p1 5",
        f"{view} product_viewed c1 p1",
    ]
    in_time = "; ".join(sorted(drawn))
    expect(HOLD, in_time + "; 13:00 end", "13:00 fired back c1 key=p1 anchor=12:00")


def test_running_out_at_the_instant_of_the_hold_comes_after_it() -> None:
    expect(
        HOLD,
        FIRST_EPISODE + "12:00 stock_changed p1 0; 13:00 stock_changed p1 5; 14:00 end",
        "12:00 fired back c1 key=p1 anchor=11:00",
    )


def test_within_is_measured_to_the_restock_not_to_the_end_of_the_hold() -> None:
    expect(
        "- {name: back, use: back_in_stock, with: {hold: 2h, within: 30m}}",
        FIRST_EPISODE + "13:00 end",
        "13:00 fired back c1 key=p1 anchor=11:00",
    )


def test_an_order_during_the_hold_keeps_it_untold() -> None:
    expect(HOLD, FIRST_EPISODE + "11:30 order_placed c1 o1 items=p1; 13:00 end", "")


def test_an_order_at_the_instant_of_the_hold_comes_after_it() -> None:
    expect(
        HOLD,
        FIRST_EPISODE + "12:00 order_placed c1 o1 items=p1; 13:00 end",
        "12:00 fired back c1 key=p1 anchor=11:00",
    )


def test_hold_lets_new_interest_of_the_next_episode_in() -> None:
    expect(
        HOLD,
        FIRST_EPISODE
        + """
        12:30 stock_changed p1 0
        12:45 product_viewed c1 p1
        13:00 stock_changed p1 5
        14:00 end
        """,
        """
        12:00 fired back c1 key=p1 anchor=11:00 emitted=12:30
        14:00 fired back c1 key=p1 anchor=13:00
        """,
    )


def test_an_order_counts_however_long_ago_and_whatever_was_ordered_since() -> None:
    expect(
        BACK,
        """
        09:00 stock_changed p1 0
        10:00 product_viewed c1 p1
        10:30 order_placed c1 o1 items=p1
        11:00 stock_changed p1 5
        200d+10:00 order_placed c1 o2 items=p2
        200d+11:00 product_viewed c1 p1
        """,
        "",
    )
