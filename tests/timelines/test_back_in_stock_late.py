"""Section 4 for back_in_stock: late views, orders and product events."""

import pytest

from .drawing import expect

BACK = "- {name: back, use: back_in_stock}"
HOLD = "- {name: back, use: back_in_stock, with: {hold: 1h}}"
RESTOCKED = "10:00 stock_changed p1 0; 12:00 stock_changed p1 5; "


def test_a_late_view_that_belongs_to_the_episode_still_fires() -> None:
    # c1's only instant is 11:00, so the later one is the product's last change.
    expect(
        BACK,
        RESTOCKED + "13:00 page_viewed c2; 11:00 product_viewed c1 p1",
        "12:00 fired back c1 key=p1 emitted=13:00",
    )


def test_a_late_view_is_evaluated_at_the_contacts_instant_where_that_is_later() -> None:
    expect(
        BACK,
        RESTOCKED + "13:00 page_viewed c1; 11:00 product_viewed c1 p1",
        "13:00 fired back c1 key=p1 anchor=12:00",
    )


def test_a_later_price_or_quantity_is_the_products_last_change() -> None:
    expect(
        BACK,
        RESTOCKED + "12:30 stock_changed p1 4; 11:00 product_viewed c1 p1",
        "12:30 fired back c1 key=p1 anchor=12:00",
    )
    expect(
        BACK,
        RESTOCKED + "12:40 price_changed p1 10; 11:00 product_viewed c1 p1",
        "12:40 fired back c1 key=p1 anchor=12:00",
    )


@pytest.mark.parametrize("view", ["09:59:59.999", "12:00", "12:30"])
def test_a_late_view_outside_the_episode_does_not(view: str) -> None:
    expect(BACK, RESTOCKED + f"13:00 page_viewed c1; {view} product_viewed c1 p1; 20:00 end", "")


def test_a_late_view_of_a_product_that_ran_out_again_waits_for_the_next_restock() -> None:
    # The view belongs to the episode that ended at 12:00; the one that ends at 14:00 is another.
    drawn = (
        RESTOCKED + "13:00 stock_changed p1 0; 11:00 product_viewed c1 p1; 14:00 stock_changed p1 5"
    )
    expect(BACK, drawn, "")
    expect(
        "- {name: back, use: back_in_stock, with: {repeat: each_restock}}",
        drawn,
        "14:00 fired back c1 key=p1",
    )


def test_a_late_view_within_the_hold_enters_at_its_end() -> None:
    expect(
        HOLD,
        RESTOCKED + "12:30 page_viewed c2; 11:00 product_viewed c1 p1; 13:30 end",
        "13:00 fired back c1 key=p1 anchor=12:00 emitted=13:30",
    )


def test_a_late_view_after_the_hold_enters_at_the_end_of_the_hold() -> None:
    # Evaluated at 12:00, the product's last change, it is not in yet; time alone brings it in.
    expect(
        HOLD,
        RESTOCKED + "15:00 page_viewed c2; 11:00 product_viewed c1 p1",
        "13:00 fired back c1 key=p1 anchor=12:00 emitted=15:00",
    )


def test_a_late_view_older_than_the_order_does_not_fire() -> None:
    expect(
        BACK,
        RESTOCKED + "12:30 order_placed c1 o1 items=p1; 11:00 product_viewed c1 p1; 20:00 end",
        "",
    )


def test_a_late_view_is_used_up_by_an_earlier_entering() -> None:
    expect(
        BACK,
        """
        10:00 stock_changed p1 0
        10:30 product_viewed c1 p1
        12:00 stock_changed p1 5
        11:00 product_viewed c1 p1
        13:00 stock_changed p1 0
        14:00 stock_changed p1 5
        """,
        "12:00 fired back c1 key=p1",
    )


TOLD_ONCE = "12:00 fired back c1 key=p1"
TOLD = "10:00 stock_changed p1 0; 10:30 product_viewed c1 p1; 12:00 stock_changed p1 5; "


@pytest.mark.parametrize("order", ["10:30", "11:00", "11:59:59.999"])
def test_a_late_order_from_before_cancels(order: str) -> None:
    expect(
        BACK,
        TOLD + f"{order} order_placed c1 o1 items=p1",
        "12:00 fired back c1 key=p1; 12:00 cancelled back c1 key=p1",
    )


@pytest.mark.parametrize("order", ["12:00", "12:30"])
def test_a_late_order_of_the_restock_or_later_cancels_nothing(order: str) -> None:
    expect(
        BACK,
        TOLD + f"13:00 page_viewed c1; {order} order_placed c1 o1 items=p1; 20:00 end",
        "12:00 fired back c1 key=p1",
    )


@pytest.mark.parametrize(
    "order", ["10:29:59.999 order_placed c1 o1 items=p1", "11:00 order_placed c1 o1"]
)
def test_a_late_order_from_before_the_interest_or_of_no_product_cancels_nothing(order: str) -> None:
    expect(BACK, TOLD + order, "12:00 fired back c1 key=p1")


def test_cancel_false_cancels_nothing() -> None:
    expect(
        "- {name: back, use: back_in_stock, trigger: {cancel: false}}",
        TOLD + "11:00 order_placed c1 o1 items=p1",
        "12:00 fired back c1 key=p1",
    )


def test_an_older_product_event_takes_nothing_back() -> None:
    expect(BACK, TOLD + "11:00 stock_changed p1 0; 13:00 stock_changed p1 6", TOLD_ONCE)


def test_a_stock_out_that_is_told_late_still_holds_the_views_since_its_time() -> None:
    # The view of 10:30 arrives before the news that the product was out since 10:15.
    expect(
        BACK,
        "10:30 product_viewed c1 p1; 10:15 stock_changed p1 0; 12:00 stock_changed p1 5",
        TOLD_ONCE,
    )
    expect(
        BACK,
        "10:10 product_viewed c1 p1; 10:15 stock_changed p1 0; 12:00 stock_changed p1 5",
        "",
    )


def test_a_restock_that_is_told_late_enters_at_the_contacts_instant() -> None:
    expect(
        BACK,
        """
        10:00 stock_changed p1 0
        11:00 product_viewed c1 p1
        13:00 page_viewed c1
        12:00 stock_changed p1 5
        """,
        "13:00 fired back c1 key=p1 anchor=12:00",
    )


def test_a_late_sell_out_takes_out_who_is_in_since_the_change_of_a_price() -> None:
    # The hold was over at 12:00, when the price changed; p1 was out again at 11:00.
    expect(
        "- {name: back, use: back_in_stock, with: {while: any, hold: 1h}}",
        "05:00 stock_changed p1 0; 06:00 product_viewed c1 p1; 11:00 stock_changed p1 5;"
        " 12:00 price_changed p1 9; 11:00 stock_changed p1 0; 20:00 end",
        "12:00 suppressed back c1 key=p1 anchor=11:00 emitted=20:00 reason=left",
        lateness="3h",
    )


def test_a_late_view_still_counts_for_the_end_of_a_hold_that_is_over_when_it_arrives() -> None:
    # The first view is older than `within` at the restock, the late one is not.
    expect(
        "- {name: back, use: back_in_stock, with: {within: 3h, hold: 2h}}",
        "01:00 stock_changed p1 0; 04:00 product_viewed c1 p1; 09:00 stock_changed p1 5;"
        " 16:00 page_viewed c2; 08:00 product_viewed c1 p1",
        "11:00 fired back c1 key=p1 anchor=09:00 emitted=16:00",
        lateness="3h",
    )


@pytest.mark.parametrize("forgotten", ["", "10:20 product_viewed c1 p2; "])
def test_an_order_counts_also_if_the_product_was_forgotten_since(forgotten: str) -> None:
    one_key = "- {name: back, use: back_in_stock, max_keys: 1}"
    timeline = (
        "10:00 stock_changed p1 0; 10:10 product_viewed c1 p1; 11:00 order_placed c1 o1 items=p1; "
        f"12:00 stock_changed p1 5; {forgotten}10:30 product_viewed c1 p1; 13:00 end"
    )
    expect(one_key, timeline, "")
