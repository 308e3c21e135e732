"""Section 4 with a `lateness`: told at T + lateness, and `left` where the contact left before."""

import pytest

from .drawing import expect as expect_with

CART = "- {name: cart_left, use: abandoned_cart}"
AT_11 = "11:00 fired cart_left c1 rung=1h anchor=10:00"
LEFT = "11:00 suppressed cart_left c1 rung=1h anchor=10:00 emitted={} reason=left"
ADDED = "10:00 cart_item_added c1 p1; "


def expect(segments: str, timeline: str, expected: str) -> None:
    """As everywhere, but ten minutes late."""
    expect_with(segments, timeline, expected, lateness="10m")


def test_it_is_told_when_now_is_at_t_plus_lateness_never_before() -> None:
    expect(CART, ADDED + "11:09:59.999 end", "")
    expect(CART, ADDED + "11:10 end", AT_11 + " emitted=11:10")


def test_what_an_event_brings_about_is_told_at_once() -> None:
    expect(
        "- {name: s, when: {did: searched}, trigger: {}}", "10:00 searched c1 a", "10:00 fired s c1"
    )
    expect(
        "- {name: back, use: back_in_stock}",
        "10:00 stock_changed p1 0; 11:00 product_viewed c1 p1; 12:00 stock_changed p1 5",
        "12:00 fired back c1 key=p1",
    )


def test_an_own_event_within_lateness_that_leaves_the_contact_in() -> None:
    expect(CART, ADDED + "11:05 page_viewed c1; 11:30 end", AT_11 + " emitted=11:30")


@pytest.mark.parametrize(
    "leaving", ["order_placed c1 o1", "cart_item_removed c1 p1", "cart_updated c1 items=[]"]
)
def test_who_has_left_before_the_telling_is_not_told(leaving: str) -> None:
    expect(CART, ADDED + f"11:05 {leaving}; 11:10 end", LEFT.format("11:10"))
    expect(CART, ADDED + f"11:00 {leaving}; 11:10 end", LEFT.format("11:10"))
    expect(CART, ADDED + f"11:09:59.999 {leaving}; 11:10 end", LEFT.format("11:10"))


def test_who_leaves_at_the_instant_of_the_telling_or_later_is_told() -> None:
    expect(CART, ADDED + "11:10 order_placed c1 o1", AT_11 + " emitted=11:10")
    expect(CART, ADDED + "15:00 order_placed c1 o1", AT_11 + " emitted=15:00")


def test_what_is_not_yet_due_is_not_told_by_the_end() -> None:
    expect(CART, ADDED + "11:05 order_placed c1 o1; 11:09:59.999 end", "")


def test_a_stay_that_time_has_ended_before_it_is_told_is_not_cancelled() -> None:
    expect(
        "- {name: brief, trigger: {},"
        " when: {all: [{idle: searched, for: 1m}, {did: searched, within: 2m}]}}",
        "10:00 searched c1 a; 10:05 page_viewed c1; 10:30 page_viewed c2; 09:59 searched c1 a",
        "10:01 fired brief c1 emitted=10:30",
    )


def test_a_late_order_within_lateness_is_simply_in_time() -> None:
    # now is 11:05, c1 is at 10:00: nothing is decided of 11:00 yet.
    expect(CART, ADDED + "11:05 page_viewed c2; 10:50 order_placed c1 o1; 20:00 end", "")


def test_a_late_order_after_the_deciding_and_before_the_telling() -> None:
    # c1's own event of 11:05 decides 11:00; the order of 10:50 takes the contact out at 11:05.
    expect(
        CART,
        ADDED + "11:05 page_viewed c1; 10:50 order_placed c1 o1; 11:20 end",
        LEFT.format("11:20"),
    )


def test_a_late_order_after_the_telling_cancels() -> None:
    expect(
        CART,
        ADDED + "11:10 page_viewed c2; 10:50 order_placed c1 o1",
        AT_11 + " emitted=11:10; 11:00 cancelled cart_left c1 rung=1h anchor=10:00 emitted=11:10",
    )


def test_what_was_left_may_be_told_later_in_the_episode() -> None:
    expect(
        CART,
        ADDED + "11:05 cart_item_added c1 p2; 11:10 page_viewed c2; 12:15 end",
        "12:05 fired cart_left c1 rung=1h anchor=10:00 emitted=12:15; " + LEFT.format("11:10"),
    )


def test_what_was_left_has_not_fired_and_starts_no_cooldown() -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart, trigger: {cooldown: 1d, limit: 1}}",
        ADDED + "11:05 cart_item_added c1 p2; 12:15 end",
        "12:05 fired cart_left c1 rung=1h anchor=10:00 emitted=12:15; " + LEFT.format("12:15"),
    )


def test_a_stay_that_time_ends_is_told_however_short() -> None:
    rules = (
        "- {name: s, trigger: {}, when: {all: [{idle: searched, for: 1h},"
        " {did: searched, within: %s}]}}"
    )
    expect(
        rules % "69m",
        "10:00 searched c1 a; 20:00 end",
        "11:00 fired s c1 emitted=20:00",
    )
    expect(rules % "70m", "10:00 searched c1 a; 20:00 end", "11:00 fired s c1 emitted=20:00")


def test_a_hold_is_told_late_too() -> None:
    drawn = "10:00 stock_changed p1 0; 10:30 product_viewed c1 p1; 11:00 stock_changed p1 5; "
    rules = "- {name: back, use: back_in_stock, with: {hold: 1h}}"
    expect(rules, drawn + "12:09:59.999 end", "")
    expect(rules, drawn + "12:10 end", "12:00 fired back c1 key=p1 anchor=11:00 emitted=12:10")


def test_each_instant_waits_for_its_own_lateness() -> None:
    expect(
        "- {name: quiet, use: inactivity, with: {after: [1h, 65m]}}",
        "10:00 page_viewed c1; 11:12 page_viewed c2; 11:14 page_viewed c2; 11:15 page_viewed c2",
        """
        11:00 fired quiet c1 rung=1h anchor=10:00 emitted=11:12
        11:05 fired quiet c1 rung=65m anchor=10:00 emitted=11:15
        """,
    )


def test_who_left_and_came_back_by_an_event_before_the_telling() -> None:
    # Price alone takes the cart below min_total at 11:05 and back at 11:08: told at once then.
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {min_total: 100}}",
        """
        10:00 cart_updated c1 p1@100
        11:05 cart_updated c1 p1@99
        11:08 cart_updated c1 p1@100
        11:10 end
        """,
        "11:08 fired cart_left c1 rung=1h anchor=10:00; " + LEFT.format("11:10"),
    )


def test_a_cart_that_closes_by_age_before_the_telling_is_told() -> None:
    rules = "- {name: cart_left, use: abandoned_cart, with: {max_age: %s}}"
    expect(rules % "69m", ADDED + "11:10 end", AT_11 + " emitted=11:10")
    expect(rules % "70m", ADDED + "11:10 end", AT_11 + " emitted=11:10")


def test_a_product_that_runs_out_before_the_telling_is_left() -> None:
    drawn = "10:00 stock_changed p1 0; 10:30 product_viewed c1 p1; 11:00 stock_changed p1 5; "
    rules = "- {name: back, use: back_in_stock, with: {hold: 1h}}"
    expect(
        rules,
        drawn + "12:05 stock_changed p1 0; 12:10 end",
        "12:00 suppressed back c1 key=p1 anchor=11:00 emitted=12:10 reason=left",
    )
    expect(
        rules,
        drawn + "12:10 stock_changed p1 0",
        "12:00 fired back c1 key=p1 anchor=11:00 emitted=12:10",
    )


def test_what_is_told_of_one_product_has_nothing_to_do_with_another() -> None:
    # c1 waits for both since 09:30. The next view of p1, which is back by then, is of p1 alone.
    expect(
        "- {name: back, use: back_in_stock, with: {hold: 1h}}",
        """
        09:00 stock_changed p1 0
        09:00 stock_changed p2 0
        09:30 product_viewed c1 p1
        09:30 product_viewed c1 p2
        10:00 stock_changed p1 5
        10:30 stock_changed p2 5
        11:31 product_viewed c1 p1
        12:00 end
        """,
        """
        11:00 fired back c1 key=p1 anchor=10:00 emitted=11:31
        11:30 fired back c1 key=p2 anchor=10:30 emitted=12:00
        """,
    )


def test_what_was_left_has_used_up_its_interest() -> None:
    # The restock of 11:00 lasted for its hold, so the contact entered at 12:00.
    expect(
        "- {name: back, use: back_in_stock, with: {hold: 1h}}",
        """
        10:00 stock_changed p1 0
        10:30 product_viewed c1 p1
        11:00 stock_changed p1 5
        12:05 stock_changed p1 0
        13:00 stock_changed p1 5
        20:00 end
        """,
        "12:00 suppressed back c1 key=p1 anchor=11:00 emitted=13:00 reason=left",
    )


def test_a_restock_does_not_move_what_time_alone_has_changed_before_it() -> None:
    # The restock of 11:05 enters c1 at 11:05; the late checkout of 10:30 changes no cart, which
    # is abandoned since 11:00 and not since 11:05.
    expect(
        CART + "\n- {name: back, use: back_in_stock}\n"
        "- {name: idle, when: {cart: {idle: 1h}}, trigger: {}}",
        """
        09:00 stock_changed p1 0
        09:30 product_viewed c1 p1
        10:00 cart_item_added c1 p2
        11:05 stock_changed p1 5
        10:30 checkout_started c1 k1
        11:10 end
        """,
        """
        11:05 fired back c1 key=p1
        11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=11:10
        11:00 fired idle c1 emitted=11:10
        """,
    )


def test_a_rung_that_has_fired_in_the_episode_has_nothing_to_hold_back() -> None:
    # It fires at 11:00; the change of 11:30 restarts the wait until 12:30, and the order of 12:35
    # comes before that would have been told, which it would not have been.
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        11:30 cart_item_added c1 p1
        12:35 order_placed c1 o1
        13:00 end
        """,
        "11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=11:30",
    )


def test_a_stay_that_ends_when_it_is_told_was_one() -> None:
    expect(
        "- {name: s, when: {all: [{did: searched, within: 70m}, {idle: searched, for: 1h}]},"
        " trigger: {}}",
        "10:00 searched c1 a; 11:00 message_sent c1 email; 20:00 end",
        "11:00 fired s c1 emitted=20:00",
    )
