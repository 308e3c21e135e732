"""Section 3: ladders of abandoned_cart and inactivity; each rung fires once an episode."""

import pytest

from .drawing import expect

LADDER = "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 3h]}}"


def test_every_rung_fires_at_its_own_instant() -> None:
    expect(
        LADDER,
        "10:00 cart_item_added c1 p1; 11:00 page_viewed c1; 13:00 end",
        """
        11:00 fired cart_left c1 rung=1h anchor=10:00
        13:00 fired cart_left c1 rung=3h anchor=10:00
        """,
    )


def test_one_leap_over_all_rungs_tells_them_in_the_order_of_their_instants() -> None:
    expect(
        LADDER,
        "10:00 cart_item_added c1 p1; 1d+10:00 end",
        """
        11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=1d+10:00
        13:00 fired cart_left c1 rung=3h anchor=10:00 emitted=1d+10:00
        """,
    )


def test_a_change_restarts_the_rungs_not_yet_fired_and_refires_none() -> None:
    expect(
        LADDER,
        "10:00 cart_item_added c1 p1; 11:30 cart_item_added c1 p2; 20:00 end",
        """
        11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=11:30
        14:30 fired cart_left c1 rung=3h anchor=10:00 emitted=20:00
        """,
    )


def test_a_change_before_any_rung_restarts_them_all() -> None:
    expect(
        LADDER,
        "10:00 cart_item_added c1 p1; 10:30 cart_item_added c1 p2; 20:00 end",
        """
        11:30 fired cart_left c1 rung=1h anchor=10:00 emitted=20:00
        13:30 fired cart_left c1 rung=3h anchor=10:00 emitted=20:00
        """,
    )


def test_a_change_at_the_instant_of_the_last_rung_comes_after_it() -> None:
    expect(
        LADDER,
        "10:00 cart_item_added c1 p1; 13:00 cart_item_added c1 p2; 20:00 end",
        """
        11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=13:00
        13:00 fired cart_left c1 rung=3h anchor=10:00
        """,
    )


def test_an_order_ends_the_ladder_and_a_new_cart_climbs_it_anew() -> None:
    expect(
        LADDER,
        """
        10:00 cart_item_added c1 p1
        12:00 order_placed c1 o1 items=p1
        12:30 cart_item_added c1 p1
        16:00 end
        """,
        """
        11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=12:00
        13:30 fired cart_left c1 rung=1h anchor=12:30 emitted=16:00
        15:30 fired cart_left c1 rung=3h anchor=12:30 emitted=16:00
        """,
    )


def test_max_age_ends_the_ladder_before_a_change() -> None:
    # Changed at 11:30, the cart is closed at 15:30.
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 3h], max_age: 4h}}",
        """
        10:00 cart_item_added c1 p1
        11:30 cart_item_added c1 p2
        15:30 cart_item_added c1 p3
        17:00 end
        """,
        """
        11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=11:30
        14:30 fired cart_left c1 rung=3h anchor=10:00 emitted=15:30
        16:30 fired cart_left c1 rung=1h anchor=15:30 emitted=17:00
        """,
    )


def test_rungs_of_one_instant_come_in_the_order_of_the_ladder() -> None:
    # The price alone changes at 21:00: both waits are long over.
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {after: [2h, 10h], min_total: 100}}",
        "10:00 cart_updated c1 p1@50; 21:00 cart_updated c1 p1@100",
        """
        21:00 fired cart_left c1 rung=2h anchor=10:00
        21:00 fired cart_left c1 rung=10h anchor=10:00
        """,
    )


def test_rungs_are_named_as_written() -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {after: [30m, 3600s, 1d]}}",
        "10:00 cart_item_added c1 p1; 1d+10:00 end",
        """
        10:30 fired cart_left c1 rung=30m anchor=10:00 emitted=1d+10:00
        11:00 fired cart_left c1 rung=3600s anchor=10:00 emitted=1d+10:00
        1d+10:00 fired cart_left c1 rung=1d anchor=10:00
        """,
    )


def test_a_ladder_of_one_rung_is_that_rung() -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {after: [90m]}}",
        "10:00 cart_item_added c1 p1; 11:30 end",
        "11:30 fired cart_left c1 rung=90m anchor=10:00",
    )


QUIET = "- {name: quiet, use: inactivity, with: {after: [2h, 4h]}}"


def test_every_rung_of_a_silence_fires_once() -> None:
    expect(
        QUIET,
        "10:00 page_viewed c1; 1d+10:00 end",
        """
        12:00 fired quiet c1 rung=2h anchor=10:00 emitted=1d+10:00
        14:00 fired quiet c1 rung=4h anchor=10:00 emitted=1d+10:00
        """,
    )


def test_the_next_event_ends_the_silence_and_starts_another() -> None:
    expect(
        QUIET,
        "10:00 page_viewed c1; 13:00 page_viewed c1; 20:00 end",
        """
        12:00 fired quiet c1 rung=2h anchor=10:00 emitted=13:00
        15:00 fired quiet c1 rung=2h anchor=13:00 emitted=20:00
        17:00 fired quiet c1 rung=4h anchor=13:00 emitted=20:00
        """,
    )


@pytest.mark.parametrize("of", ["any", "[page_viewed]"])
def test_the_default_of_inactivity_is_thirty_days(of: str) -> None:
    expect(
        f"- {{name: quiet, use: inactivity, with: {{of: {of}}}}}",
        "10:00 page_viewed c1; 30d+10:00 end",
        "30d+10:00 fired quiet c1 rung=30d anchor=10:00",
    )
