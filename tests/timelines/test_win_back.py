"""win_back: the last order is at least `after` ago."""

import pytest

from .drawing import expect, play, refuse

BACK = "- {name: back, use: win_back}"
LADDER = "- {name: back, use: win_back, with: {after: [2d, 4d]}}"
TWICE = "- {name: back, use: win_back, with: {after: 2d, at_least: 2}}"


def test_ninety_days_exactly() -> None:
    expect(BACK, "10:00 order_placed c1 o1; 90d+09:59:59.999 end", "")
    expect(
        BACK,
        "10:00 order_placed c1 o1; 90d+10:00 end",
        "90d+10:00 fired back c1 rung=90d anchor=10:00",
    )


def test_who_has_never_ordered_cannot_be_won_back() -> None:
    expect(BACK, "10:00 page_viewed c1; 10:30 cart_item_added c1 p1; 300d+10:00 end", "")


def test_other_activity_ends_no_pause() -> None:
    expect(
        LADDER,
        "10:00 order_placed c1 o1; 1d+10:00 page_viewed c1; 2d+10:00 end",
        "2d+10:00 fired back c1 rung=2d anchor=10:00",
    )


def test_each_rung_fires_once_a_pause_and_an_order_ends_it() -> None:
    expect(
        LADDER,
        """
        10:00 order_placed c1 o1
        3d+10:00 order_placed c1 o2
        9d+10:00 end
        """,
        """
        2d+10:00 fired back c1 rung=2d anchor=10:00 emitted=3d+10:00
        5d+10:00 fired back c1 rung=2d anchor=3d+10:00 emitted=9d+10:00
        7d+10:00 fired back c1 rung=4d anchor=3d+10:00 emitted=9d+10:00
        """,
    )


def test_an_order_at_the_very_instant_comes_after_it() -> None:
    expect(
        LADDER,
        "10:00 order_placed c1 o1; 2d+10:00 order_placed c1 o2; 3d+10:00 end",
        "2d+10:00 fired back c1 rung=2d anchor=10:00",
    )


@pytest.mark.parametrize(("first", "told"), [("-300d+10:00", True), (None, False)])
def test_as_many_orders_as_asked_for_must_have_been_placed(first: str | None, told: bool) -> None:
    before = f"{first} order_placed c1 o0; " if first else ""
    expect(
        TWICE,
        before + "10:00 order_placed c1 o1; 2d+10:00 end",
        "2d+10:00 fired back c1 rung=2d anchor=10:00" if told else "",
    )


def test_the_context_is_the_last_order() -> None:
    (fired,) = play(
        LADDER,
        "09:00 order_placed c1 o1 total=7; 10:00 order_placed c1 o2 total=5.25; 2d+10:00 end",
    ).triggers
    assert fired["context"] == {
        "last_order": {"order": "o2", "total": 5.25, "time": "2026-11-21T10:00:00.000Z"}
    }


def test_a_late_order_cancels_the_pause_that_it_broke() -> None:
    expect(
        LADDER,
        """
        10:00 order_placed c1 o1
        2d+12:00 page_viewed c2
        1d+10:00 order_placed c1 o2
        3d+10:00 end
        """,
        """
        2d+10:00 fired back c1 rung=2d anchor=10:00 emitted=2d+12:00
        2d+10:00 cancelled back c1 rung=2d anchor=10:00 emitted=2d+12:00
        3d+10:00 fired back c1 rung=2d anchor=1d+10:00
        """,
    )


def test_a_late_order_of_long_ago_may_be_the_one_that_was_wanting() -> None:
    expect(
        TWICE,
        "10:00 order_placed c1 o2; 3d+10:00 page_viewed c1; 09:00 order_placed c1 o1",
        "3d+10:00 fired back c1 rung=2d anchor=10:00",
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: win_back, with: {after: [90d, §60d]}}", "60d")
    refuse("- {name: s, use: win_back, with: {at_least: §0}}", "0", "1")
    refuse("- {name: s, use: win_back, with: {§within: 90d}}", "within")
