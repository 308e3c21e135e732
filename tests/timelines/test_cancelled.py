"""Section 4: a late event older than `entered_at` that makes the contact leave cancels."""

import pytest

from .drawing import expect, play

CART = "- {name: cart_left, use: abandoned_cart}"
FIRED = "11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=11:10; "
CANCELLED = "11:00 cancelled cart_left c1 rung=1h anchor=10:00 emitted=11:10; "
TOLD = "10:00 cart_item_added c1 p1; 11:10 page_viewed c1; "
BEFORE = [
    "10:00 order_placed c1 o1",
    "10:30 order_placed c1 o1 items=p1",
    "10:59:59.999 order_placed c1 o1 items=p1",
    "10:30 cart_item_removed c1 p1",
    "10:30 cart_updated c1 items=[]",
    "10:30 cart_item_added c1 p2",
    "10:30 cart_updated c1 p2",
]
AFTER = [
    "11:00 order_placed c1 o1",
    "11:05 order_placed c1 o1 items=p1",
    "11:00 cart_item_removed c1 p1",
    "11:00 cart_item_added c1 p2",
    "11:05 cart_updated c1 items=[]",
]
NO_LEAVING = [
    "09:00 order_placed c1 o1",
    "10:30 order_placed c1 o1 items=p9",
    "10:30 cart_item_removed c1 p9",
    "10:30 page_viewed c1",
    "09:30 cart_item_added c1 p2",
]


@pytest.mark.parametrize("late", BEFORE)
def test_what_was_told_and_should_not_have_been_is_cancelled(late: str) -> None:
    expect(CART, TOLD + late, FIRED + CANCELLED)


@pytest.mark.parametrize("late", AFTER)
def test_leaving_at_entered_at_or_later_cancels_nothing(late: str) -> None:
    expect(CART, TOLD + late, FIRED)


@pytest.mark.parametrize("late", NO_LEAVING)
def test_a_late_event_that_leaves_the_contact_in_cancels_nothing(late: str) -> None:
    expect(CART, TOLD + late, FIRED)


def test_the_cancelled_trigger_has_the_same_id_and_names() -> None:
    fired, cancelled = play(CART, TOLD + BEFORE[1]).triggers
    assert cancelled["type"] == "trigger.cancelled"
    same = ("id", "segment", "contact", "key", "rung", "entered_at", "anchor", "rule")
    assert [cancelled[name] for name in same] == [fired[name] for name in same]


def test_a_cancelled_rung_does_not_fire_again_in_the_episode() -> None:
    expect(CART, TOLD + "10:30 cart_item_added c1 p2; 20:00 end", FIRED + CANCELLED)


def test_a_late_change_that_is_long_enough_ago_by_now_leaves_the_contact_in() -> None:
    # Evaluated at 11:45, the last change of 10:30 is more than an hour ago.
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 11:45 page_viewed c1; 10:30 cart_item_added c1 p2; 20:00 end",
        "11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=11:45",
    )


def test_each_rung_told_is_judged_by_its_own_entered_at() -> None:
    # The change of 12:00 is after the first rung entered, but before the second.
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 3h]}}",
        "10:00 cart_item_added c1 p1; 13:10 page_viewed c1; 12:00 cart_item_added c1 p2; 20:00 end",
        """
        11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=13:10
        13:00 fired cart_left c1 rung=3h anchor=10:00 emitted=13:10
        13:00 cancelled cart_left c1 rung=3h anchor=10:00 emitted=13:10
        """,
    )


def test_a_cancellation_comes_before_the_firings_of_the_same_event() -> None:
    expect(
        "- {name: ordered, when: {did: order_placed}, trigger: {}}\n" + CART,
        TOLD + "10:30 order_placed c1 o1 items=p1",
        FIRED + CANCELLED + "11:10 fired ordered c1",
    )


def test_cancellations_come_in_the_order_of_contact_segment_key_rung() -> None:
    expect(
        "- {name: b, use: abandoned_cart}\n- {name: a, use: abandoned_cart}",
        "10:00 cart_item_added c1 p1; 11:10 page_viewed c1; 10:30 order_placed c1 o1",
        """
        11:00 fired b c1 rung=1h anchor=10:00 emitted=11:10
        11:00 fired a c1 rung=1h anchor=10:00 emitted=11:10
        11:00 cancelled b c1 rung=1h anchor=10:00 emitted=11:10
        11:00 cancelled a c1 rung=1h anchor=10:00 emitted=11:10
        """,
    )


def test_a_late_order_cancels_every_rung_told() -> None:
    played = play(
        "- {name: s, use: abandoned_cart, with: {after: [1h, 2h]}}",
        "10:00 cart_item_added c1 p1; 12:10 page_viewed c1; 10:30 order_placed c1 o1",
    )
    cancelled = [each for each in played.triggers if each["type"] == "trigger.cancelled"]
    assert [each["rung"] for each in cancelled] == ["1h", "2h"]


def test_what_was_left_in_time_is_not_cancelled_later() -> None:
    # The contact left at 11:30 by its own order; the late one of 10:30 makes it leave no more.
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 11:30 order_placed c1 o1; 10:30 order_placed c1 o2",
        "11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=11:30",
    )


def test_a_when_segment_is_cancelled_and_may_be_entered_again() -> None:
    expect(
        "- {name: idle, when: {idle: product_viewed, for: 1h}, trigger: {}}",
        "10:00 product_viewed c1 p1; 11:10 page_viewed c1; 10:30 product_viewed c1 p1; 12:00 end",
        """
        11:00 fired idle c1 emitted=11:10
        11:00 cancelled idle c1 emitted=11:10
        11:30 fired idle c1 emitted=12:00
        """,
    )


def test_a_segment_entered_by_an_event_is_cancelled_too() -> None:
    # Entered by the first search; with the late one there are two at 10:30.
    expect(
        "- {name: one, when: {did: searched, at_least: 1, at_most: 1}, trigger: {}}",
        "10:00 searched c1 a; 10:30 page_viewed c1; 09:30 searched c1 b",
        "10:00 fired one c1; 10:00 cancelled one c1 emitted=10:30",
    )


def test_late_news_of_a_product_cancels_what_it_takes_back() -> None:
    # Told at c1's instant of 13:00; the product had been out again since 12:30.
    expect(
        "- {name: back, use: back_in_stock}",
        """
        10:00 stock_changed p1 0
        11:00 product_viewed c1 p1
        13:00 page_viewed c1
        12:00 stock_changed p1 5
        12:30 stock_changed p1 0
        """,
        """
        13:00 fired back c1 key=p1 anchor=12:00
        13:00 cancelled back c1 key=p1 anchor=12:00
        """,
    )


def test_who_leaves_by_time_as_a_product_changes_is_not_said_to_leave_by_a_late_event() -> None:
    # The view is an hour old at 11:00, where the price of p1 is another: the late view of 09:30,
    # for which p1 is asked of at 11:00, has no part in that.
    expect(
        "- {name: s, per: product, when: {interest: {by: [viewed], within: 1h}}, trigger: {}}",
        "10:00 product_viewed c1 p1; 11:00 price_changed p1 20; 09:30 product_viewed c1 p1;"
        " 13:00 end",
        "10:00 fired s c1 key=p1",
        lateness="1h",
    )
