"""The carts of two ids that become one person: one cart, told once; and what late events undo."""

import pytest

from .drawing import expect, play
from .merged import A_BAG, CART, LADDER, MERGE, SILENT, TOLD, with_file


@pytest.mark.parametrize(
    ("timeline", "expected"),
    [
        pytest.param(
            f"{A_BAG}; 10:20 {MERGE}; 10:30 order_placed K o1 items=bag; 12:00 end", "", id="1"
        ),
        pytest.param(
            f"{A_BAG}; 10:20 {MERGE}; 12:00 end",
            "11:00 fired cart_left K rung=1h anchor=10:00 emitted=12:00",
            id="2",
        ),
        pytest.param(
            f"10:30 order_placed K o1 items=bag; {A_BAG}; 10:40 {MERGE}; 12:00 end", "", id="5"
        ),
        pytest.param(
            f"""
            09:50 cart_item_added K hat; 10:00 cart_item_added A coat
            10:30 order_placed K o1 items=coat; 10:40 {MERGE}; 10:50 end
            """,
            "10:50 fired cart_left K rung=1h anchor=09:50",
            id="6",
        ),
        pytest.param(
            f"""
            10:00 cart_item_added K hat; 10:10 cart_item_added A hat; 10:10 cart_item_added A bag
            10:15 {MERGE}; 11:10 end
            """,
            "11:10 fired cart_left K rung=1h anchor=10:00",
            id="7",
        ),
        pytest.param(
            f"10:00 {MERGE}; {A_BAG}; 11:00 end",
            "11:00 fired cart_left K rung=1h anchor=10:00",
            id="13",
        ),
        pytest.param(
            f"10:20 {MERGE}; 10:10 cart_item_added A bag; 11:10 end",
            "11:10 fired cart_left K rung=1h anchor=10:10",
            id="14",
        ),
        pytest.param(
            f"10:00 cart_item_added A bag #e1; 10:20 {MERGE}; 10:30 cart_item_added K bag #e1"
            "; 11:00 end",
            "11:00 fired cart_left K rung=1h anchor=10:00",
            id="15",
        ),
    ],
)
def test_one_cart(timeline: str, expected: str) -> None:
    expect(CART, timeline, expected)


def test_a_product_in_both_carts_is_as_it_was_changed_last() -> None:
    drawn = f"""
    10:00 cart_item_added K hat*1; 10:10 cart_item_added A hat*1; 10:10 cart_item_added A bag*1
    10:15 {MERGE}; 11:10 end
    """
    assert play(CART, drawn).carts() == [{"hat": 1, "bag": 1, "total": 0}]


def test_who_was_told_is_not_told_again_and_climbs_on() -> None:  # 3
    drawn = f"{A_BAG}; 11:00 page_viewed X; 11:30 {MERGE}; 1d+10:00 end"
    played = expect(
        LADDER,
        drawn,
        """
        11:00 fired cart_left A rung=1h anchor=10:00
        1d+10:00 fired cart_left K rung=24h anchor=10:00
        """,
    )
    assert played.became() == ["11:30 merged K from=A"]
    assert [stay["rung"] for stay in played.news[0]["stays"]] == ["1h"]
    assert played.changes() == [
        "11:00 entered cart_left A rung=1h cause=time",
        "1d+10:00 entered cart_left K rung=24h cause=time",
    ]


def test_what_waits_to_be_told_is_told_of_the_keeper() -> None:  # 4
    expect(
        CART,
        f"{A_BAG}; 11:00:02 {MERGE}; 11:00:05 end",
        "11:00 fired cart_left K rung=1h anchor=10:00 emitted=11:00:05",
        lateness="5s",
    )


def test_two_told_carts_are_one_stay() -> None:  # 8
    drawn = f"""
    10:00 cart_item_added A bag; 10:00 cart_item_added K hat; 11:00 page_viewed X
    12:00 {MERGE}; 12:30 cart_item_added K hat; 14:00 end
    """
    played = expect(
        TOLD,
        drawn,
        """
        11:00 fired cart_left A rung=1h anchor=10:00
        11:00 fired cart_left K rung=1h anchor=10:00
        """,
    )
    assert [stay["segment"] for stay in played.news[0]["stays"]] == ["cart_left"]
    assert played.changes()[2:] == [
        "12:30 exited cart_left K rung=1h cause=event",
        "13:30 entered cart_left K rung=1h cause=time",
    ]


def test_carts_opened_at_different_times_fire_once_as_one() -> None:
    drawn = f"""
    10:00 cart_item_added K hat; 10:10 cart_item_added A bag; 11:10 page_viewed X
    12:00 {MERGE}; 12:30 cart_item_added K hat; 14:00 end
    """
    expect(
        TOLD,
        drawn,
        """
        11:00 fired cart_left K rung=1h anchor=10:00 emitted=11:10
        11:10 fired cart_left A rung=1h anchor=10:10
        """,
    )


def test_a_rung_that_only_the_keepers_cart_had_fired_fires_no_more_for_the_one_cart() -> None:
    drawn = f"""
    10:00 cart_item_added A bag; 10:03 cart_item_added K hat; 10:50 cart_item_added A coat
    11:10 {MERGE}; 13:00 end
    """
    played = expect(TOLD, drawn, "11:03 fired cart_left K rung=1h anchor=10:03 emitted=11:10")
    assert played.changes()[1:] == [
        "11:10 exited cart_left K rung=1h cause=merged",
        "11:50 entered cart_left K rung=1h cause=time",
    ]


def test_both_wait_and_one_is_told() -> None:
    drawn = f"""
    10:00 cart_item_added A bag; 10:00:01 cart_item_added K hat; 11:00:02 {MERGE}; 11:00:06 end
    """
    expect(
        TOLD,
        drawn,
        """
        11:00 suppressed cart_left K rung=1h anchor=10:00 emitted=11:00:02 reason=merged from=A
        11:00:01 fired cart_left K rung=1h anchor=10:00 emitted=11:00:06
        """,
        lateness="5s",
    )


def test_a_late_event_of_the_other_id_cancels_what_the_keeper_was_told() -> None:
    drawn = f"""
    10:00 cart_item_added K bag; 11:00 page_viewed X; 12:00 {MERGE}
    10:30 order_placed A o1 items=bag; 13:00 end
    """
    expect(
        CART,
        drawn,
        """
        11:00 fired cart_left K rung=1h anchor=10:00
        11:00 cancelled cart_left K rung=1h anchor=10:00 emitted=12:00
        """,
    )


def test_what_the_other_id_was_told_is_not_cancelled_under_another_id() -> None:
    drawn = f"{A_BAG}; 11:00 page_viewed X; 12:00 {MERGE}; 10:30 order_placed A o1 items=bag"
    expect(CART, drawn, "11:00 fired cart_left A rung=1h anchor=10:00")


def test_what_was_told_of_a_cart_that_became_one_with_an_older_is_cancelled_as_told() -> None:
    drawn = f"""
    {A_BAG}; 10:20 cart_item_added K hat; 11:30 page_viewed X; 12:00 {MERGE}
    11:10 order_placed K o1 items=bag,hat
    """
    expect(
        CART,
        drawn,
        """
        11:00 fired cart_left A rung=1h anchor=10:00 emitted=11:30
        11:20 fired cart_left K rung=1h anchor=10:20 emitted=11:30
        11:20 cancelled cart_left K rung=1h anchor=10:20 emitted=12:00
        """,
    )


def test_through_several_merges_the_first_id_is_the_one_that_is_cancelled() -> None:
    drawn = f"""
    {A_BAG}; 09:50 cart_item_added B cap; 10:20 cart_item_added K hat; 11:30 page_viewed X
    12:00 {MERGE}; 12:10 contact_merged K B; 11:10 order_placed K o1 items=bag,hat,cap
    """
    played = play(CART, drawn)
    assert [one for one in played.told() if "cancelled" in one] == [
        "11:20 cancelled cart_left K rung=1h anchor=10:20 emitted=12:10"
    ]


def test_who_enters_again_is_cancelled_under_the_new_id() -> None:
    """The stay that was told under another anchor is over, by its order of 12:30."""
    drawn = f"""
    {A_BAG}; 10:20 cart_item_added K hat; 11:30 page_viewed X; 12:00 {MERGE}
    12:30 order_placed K o1 items=bag,hat; 13:00 cart_item_added K tie; 14:30 page_viewed X
    13:30 order_placed K o2 items=tie
    """
    played = play(CART, drawn)
    assert [one for one in played.told() if "cancelled" in one] == [
        "14:00 cancelled cart_left K rung=1h anchor=13:00 emitted=14:30"
    ]


def test_a_silence_that_became_one_with_a_later_one_is_cancelled_as_it_was_told() -> None:
    """K was told of the silence since 10:00; that of both began at 12:00, by A's event."""
    drawn = f"""
    10:00 page_viewed K; 12:00 page_viewed A; 40d+10:00 {MERGE}; 20d+10:00 page_viewed K
    """
    expect(
        SILENT.replace(", membership: true", ""),
        drawn,
        """
        30d+10:00 fired silent K rung=30d anchor=10:00 emitted=40d+10:00
        30d+12:00 fired silent A rung=30d anchor=12:00 emitted=40d+10:00
        30d+10:00 cancelled silent K rung=30d anchor=10:00 emitted=40d+10:00
        """,
    )


def test_under_a_policy_too_a_cart_that_became_one_is_cancelled_as_told() -> None:
    rules = with_file(
        "policies: {quiet: {from: 22:00, to: 08:00}}",
        "- {name: cart_left, use: abandoned_cart}",
    )
    drawn = f"""
    {A_BAG}; 10:20 cart_item_added K hat; 11:30 page_viewed X; 12:00 {MERGE}
    11:10 order_placed K o1 items=bag,hat
    """
    told = [one for one in play(rules, drawn).told() if "K" in one]
    assert [one.split(" emitted")[0] for one in told] == [
        "11:20 fired cart_left K rung=1h anchor=10:20",
        "11:20 cancelled cart_left K rung=1h anchor=10:20",
    ]
