"""abandoned_checkout: the last checkout is at least `after` ago, with no order since."""

import pytest

from .drawing import expect, play, refuse

LEFT = "- {name: left, use: abandoned_checkout}"
LADDER = "- {name: left, use: abandoned_checkout, with: {after: [1h, 3h], max_age: 5h}}"
BOTH = """
- {name: cart, use: abandoned_cart, with: {after: [1h, 4h], yields_to: checkout}}
- {name: left, use: abandoned_checkout}
"""


def test_it_fires_an_hour_after_the_checkout_and_not_a_millisecond_before() -> None:
    expect(LEFT, "10:00 checkout_started c1 k1; 10:59:59.999 end", "")
    expect(
        LEFT, "10:00 checkout_started c1 k1; 11:00 end", "11:00 fired left c1 rung=1h anchor=10:00"
    )


@pytest.mark.parametrize("time", ["10:00", "10:30", "11:00"])
def test_an_order_at_its_time_or_later_ends_it(time: str) -> None:
    told = "11:00 fired left c1 rung=1h anchor=10:00" if time == "11:00" else ""
    expect(LEFT, f"10:00 checkout_started c1 k1; {time} order_placed c1 o1; 20:00 end", told)


def test_an_order_a_millisecond_before_does_not() -> None:
    expect(
        LEFT,
        "09:59:59.999 order_placed c1 o1; 10:00 checkout_started c1 k1; 11:00 end",
        "11:00 fired left c1 rung=1h anchor=10:00",
    )


def test_the_next_checkout_restarts_the_wait_and_is_another_episode() -> None:
    expect(
        LEFT,
        """
        10:00 checkout_started c1 k1
        10:30 checkout_started c1 k1
        12:00 checkout_started c1
        13:00 end
        """,
        """
        11:30 fired left c1 rung=1h anchor=10:30 emitted=12:00
        13:00 fired left c1 rung=1h anchor=12:00
        """,
    )


def test_each_rung_fires_at_its_instant_and_an_order_ends_the_ladder() -> None:
    expect(
        LADDER,
        "10:00 checkout_started c1 k1; 13:00 end",
        """
        11:00 fired left c1 rung=1h anchor=10:00 emitted=13:00
        13:00 fired left c1 rung=3h anchor=10:00
        """,
    )
    expect(
        LADDER,
        "10:00 checkout_started c1 k1; 12:59:59.999 order_placed c1 o1; 20:00 end",
        "11:00 fired left c1 rung=1h anchor=10:00 emitted=12:59:59.999",
    )


def test_its_age_ends_it() -> None:
    played = play(
        "- {name: left, use: abandoned_checkout, membership: true, with: {max_age: 5h}}",
        "10:00 checkout_started c1 k1; 20:00 end",
    )
    (stay,) = [one["exited_at"] for one in played.membership if one["type"] == "segment.exited"]
    assert stay == "2026-11-21T15:00:00.000Z"


def test_the_context_is_the_checkout_and_the_open_cart() -> None:
    with_cart, without = play(
        LEFT,
        """
        09:00 cart_item_added c1 p1*2@4.5
        10:00 checkout_started c1 k1
        10:00 checkout_started c2
        11:00 end
        """,
    ).triggers
    started = "2026-11-21T10:00:00.000Z"
    assert with_cart["context"] == {
        "checkout": {"cart": "k1", "time": started},
        "cart": {"items": [{"product": "p1", "quantity": 2, "price": 4.5}], "total": 9.0},
    }
    assert without["context"] == {"checkout": {"time": started}}


def test_a_late_order_cancels_the_reminder() -> None:
    expect(
        LEFT,
        "10:00 checkout_started c1 k1; 11:30 page_viewed c2; 10:20 order_placed c1 o1; 20:00 end",
        """
        11:00 fired left c1 rung=1h anchor=10:00 emitted=11:30
        11:00 cancelled left c1 rung=1h anchor=10:00 emitted=11:30
        """,
    )


def test_a_late_order_from_before_the_checkout_changes_nothing() -> None:
    expect(
        LEFT,
        "10:00 checkout_started c1 k1; 10:30 page_viewed c1; 09:00 order_placed c1 o1; 11:00 end",
        "11:00 fired left c1 rung=1h anchor=10:00",
    )


def test_a_late_checkout_moves_the_wait() -> None:
    expect(
        LEFT,
        "10:00 checkout_started c1; 10:50 page_viewed c1; 10:40 checkout_started c1; 20:00 end",
        "11:40 fired left c1 rung=1h anchor=10:40 emitted=20:00",
    )


def test_the_checkout_wins_over_the_cart() -> None:
    expect(
        BOTH,
        "10:00 cart_item_added c1 p1; 10:30 checkout_started c1 k1; 1d+10:00 end",
        "11:30 fired left c1 rung=1h anchor=10:30 emitted=1d+10:00",
    )


def test_a_rung_of_the_cart_that_has_fired_stays_and_the_later_ones_yield() -> None:
    expect(
        BOTH,
        "10:00 cart_item_added c1 p1; 11:30 checkout_started c1 k1; 1d+10:00 end",
        """
        11:00 fired cart c1 rung=1h anchor=10:00 emitted=11:30
        12:30 fired left c1 rung=1h anchor=11:30 emitted=1d+10:00
        """,
    )


def test_a_cart_after_the_order_is_told_again() -> None:
    expect(
        BOTH,
        """
        10:00 cart_item_added c1 p1
        10:10 checkout_started c1 k1
        10:20 order_placed c1 o1
        10:30 cart_item_added c1 p2
        11:30 end
        """,
        "11:30 fired cart c1 rung=1h anchor=10:30",
    )


def test_without_yielding_both_are_told() -> None:
    expect(
        "- {name: cart, use: abandoned_cart}\n" + LEFT,
        "10:00 cart_item_added c1 p1; 10:00 checkout_started c1 k1; 11:00 end",
        """
        11:00 fired cart c1 rung=1h anchor=10:00
        11:00 fired left c1 rung=1h anchor=10:00
        """,
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: abandoned_checkout, with: {after: §10d}}", "10d", "max_age")
    refuse("- {name: s, use: abandoned_checkout, with: {after: [1h, §1h]}}", "1h")
    refuse("- {name: s, use: abandoned_checkout, with: {§max_ge: 1d}}", "max_age")
    refuse("- {name: s, use: abandoned_checkout, with: {max_age: §3}}", "3")
    refuse("- {name: s, use: abandoned_cart, with: {yields_to: §order}}", "order", "checkout")
