"""Section 3, abandoned_cart: when the contact is in, and what restarts the wait."""

import pytest

from .drawing import expect, play

CART = "- {name: cart_left, use: abandoned_cart, with: {after: 1h}}"
RICH = "- {name: cart_left, use: abandoned_cart, with: {after: 1h, min_total: 100}}"
SHORT = "- {name: cart_left, use: abandoned_cart, with: {after: 1h, max_age: 2h}}"
AT_11 = "11:00 fired cart_left c1 rung=1h anchor=10:00"
NOTHING = ""


def test_the_wait_is_one_hour_unless_said_otherwise() -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart}", "10:00 cart_item_added c1 p1; 11:00 end", AT_11
    )


def test_the_rung_is_the_duration_as_written() -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {after: 60m}}",
        "10:00 cart_item_added c1 p1; 11:00 end",
        "11:00 fired cart_left c1 rung=60m anchor=10:00",
    )


def test_a_millisecond_too_early_is_too_early() -> None:
    expect(CART, "10:00 cart_item_added c1 p1; 10:59:59.999 end", NOTHING)


def test_without_an_end_the_replay_ends_with_the_last_event() -> None:
    expect(CART, "10:00 cart_item_added c1 p1", NOTHING)


@pytest.mark.parametrize(
    "change",
    [
        "cart_item_added c1 p2",
        "cart_item_added c1 p1",
        "cart_item_removed c1 p1*1",
        "cart_item_removed c1 p3",
        "cart_updated c1 p1*3@10,p3",
        "cart_updated c1 p1*2@10",
        "cart_updated c1 p9",
    ],
)
def test_every_change_of_the_contents_restarts_the_wait(change: str) -> None:
    expect(
        CART,
        f"10:00 cart_updated c1 p1*2@10,p3; 10:30 {change}; 11:30 end",
        "11:30 fired cart_left c1 rung=1h anchor=10:00",
    )


@pytest.mark.parametrize(
    "no_change",
    [
        "cart_updated c1 p1*2@12,p3",
        "cart_updated c1 p1*2@10,p3",
        "cart_updated c1 p3,p1*2@10",
        "cart_item_removed c1 p9",
        "checkout_started c1 k1",
        "product_viewed c1 p1",
        "contact_updated c1 country=PL",
        "price_changed p1 5",
        "stock_changed p1 0",
    ],
)
def test_anything_else_does_not(no_change: str) -> None:
    expect(CART, f"10:00 cart_updated c1 p1*2@10,p3; 10:30 {no_change}; 11:00 end", AT_11)


@pytest.mark.parametrize(
    "emptying",
    ["cart_item_removed c1 p1", "cart_item_removed c1 p1*7", "cart_updated c1 items=[]"],
)
def test_an_emptied_cart_is_closed(emptying: str) -> None:
    expect(CART, f"10:00 cart_item_added c1 p1*7; 10:30 {emptying}; 20:00 end", NOTHING)


def test_a_cart_that_was_never_filled_is_not_open() -> None:
    expect(CART, "10:00 cart_updated c1 items=[]; 10:30 checkout_started c1 k1; 20:00 end", NOTHING)


def test_the_first_item_after_the_last_was_taken_out_opens_a_new_cart() -> None:
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:20 cart_item_removed c1 p1
        10:40 cart_item_added c1 p1
        11:40 end
        """,
        "11:40 fired cart_left c1 rung=1h anchor=10:40",
    )


def test_a_snapshot_of_other_products_is_still_the_same_cart() -> None:
    expect(
        CART,
        "10:00 cart_updated c1 p1; 10:30 cart_updated c1 p2; 11:30 end",
        "11:30 fired cart_left c1 rung=1h anchor=10:00",
    )


def test_a_cart_is_told_once() -> None:
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 11:30 cart_item_added c1 p2; 20:00 end",
        AT_11 + " emitted=11:30",
    )


def test_add_order_add_is_a_new_episode() -> None:
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        11:10 order_placed c1 o1 items=p1
        11:20 cart_item_added c1 p1
        12:20 end
        """,
        AT_11 + " emitted=11:10; 12:20 fired cart_left c1 rung=1h anchor=11:20",
    )


@pytest.mark.parametrize(
    "event", ["order_placed c1 o1 items=p1", "cart_item_added c1 p2", "cart_item_removed c1 p1"]
)
def test_what_happens_at_the_very_instant_comes_after_it(event: str) -> None:
    expect(CART, f"10:00 cart_item_added c1 p1; 11:00 {event}; 11:30 end", AT_11)


def test_a_total_of_exactly_min_total_is_enough() -> None:
    expect(RICH, "10:00 cart_item_added c1 p1*2@50; 11:00 end", AT_11)
    expect(RICH, "10:00 cart_item_added c1 p1*2@49.99; 11:00 end", NOTHING)


def test_an_item_without_price_adds_nothing_to_the_total() -> None:
    expect(RICH, "10:00 cart_item_added c1 p1*1000; 11:00 end", NOTHING)


def test_a_total_is_compared_exactly() -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {min_total: 0.3}}",
        "10:00 cart_updated c1 p1@0.1,p2@0.2; 11:00 end",
        AT_11,
    )


def test_a_price_that_reaches_min_total_after_the_wait_enters_at_once() -> None:
    expect(
        RICH,
        "10:00 cart_updated c1 p1@99; 11:30 cart_updated c1 p1@100",
        "11:30 fired cart_left c1 rung=1h anchor=10:00",
    )


def test_a_price_that_falls_and_rises_again_does_not_tell_twice() -> None:
    expect(
        RICH,
        """
        10:00 cart_updated c1 p1@100
        11:30 cart_updated c1 p1@99
        12:00 cart_updated c1 p1@100
        """,
        AT_11 + " emitted=11:30",
    )


def test_the_context_is_the_cart_as_it_is_at_firing() -> None:
    played = play(
        CART,
        """
        10:00 cart_item_added c1 p1*3@9.9
        10:10 cart_item_added c1 p2*2@0.1
        10:20 cart_item_removed c1 p1*1
        10:30 cart_item_added c1 p3
        11:30 end
        """,
    )
    assert played.carts() == [{"p1": 2, "p2": 2, "p3": 1, "total": 20}]


def test_the_context_has_the_prices_of_the_last_snapshot() -> None:
    played = play(CART, "10:00 cart_updated c1 p1*2@10; 10:30 cart_updated c1 p1*2@12; 11:00 end")
    assert played.carts() == [{"p1": 2, "total": 24}]


def test_at_max_age_the_cart_is_closed_before_the_events_of_that_instant() -> None:
    expect(
        SHORT,
        "10:00 cart_item_added c1 p1; 12:00 cart_item_added c1 p2; 13:00 end",
        AT_11 + " emitted=12:00; 13:00 fired cart_left c1 rung=1h anchor=12:00",
    )


def test_what_was_in_the_closed_cart_is_not_in_the_new_one() -> None:
    played = play(SHORT, "10:00 cart_item_added c1 p1; 12:00 cart_item_added c1 p2; 13:00 end")
    assert [set(cart) - {"total"} for cart in played.carts()] == [{"p1"}, {"p2"}]


def test_a_millisecond_before_max_age_it_is_the_same_cart() -> None:
    expect(
        SHORT,
        "10:00 cart_item_added c1 p1; 11:59:59.999 cart_item_added c1 p2; 13:30 end",
        AT_11 + " emitted=11:59:59.999",
    )


def test_max_age_counts_from_the_last_change() -> None:
    # Changed at 10:30, it is closed at 12:30: the addition of 12:15 is of the same cart.
    expect(
        SHORT,
        """
        10:00 cart_item_added c1 p1
        10:30 cart_item_added c1 p2
        12:15 cart_item_added c1 p3
        14:00 end
        """,
        "11:30 fired cart_left c1 rung=1h anchor=10:00 emitted=12:15",
    )


def test_the_same_snapshot_after_max_age_opens_a_new_cart() -> None:
    expect(
        SHORT,
        "10:00 cart_updated c1 p1; 12:00 cart_updated c1 p1; 13:00 end",
        AT_11 + " emitted=12:00; 13:00 fired cart_left c1 rung=1h anchor=12:00",
    )


def test_the_cart_of_one_contact_is_not_that_of_another() -> None:
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 10:30 order_placed c2 o1 items=p1; 11:00 end",
        AT_11,
    )
