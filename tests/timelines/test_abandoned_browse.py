"""abandoned_browse: the last view is at least `after` ago, and nothing stronger came of it."""

import pytest

from .drawing import expect, play, refuse

LEFT = "- {name: left, use: abandoned_browse, with: {after: 1h}}"
AT_11 = "11:00 fired left c1 rung=1h anchor=10:00"


def test_all_defaults() -> None:
    expect(
        "- {name: left, use: abandoned_browse}",
        "10:00 product_viewed c1 p1; 12:00 end",
        "12:00 fired left c1 rung=2h anchor=10:00",
    )


def test_exactly_after_and_not_a_millisecond_before() -> None:
    expect(LEFT, "10:00 product_viewed c1 p1; 10:59:59.999 end", "")
    expect(LEFT, "10:00 product_viewed c1 p1; 11:00 end", AT_11)


@pytest.mark.parametrize(
    "stronger",
    ["cart_item_added c1 p2", "cart_updated c1 p2", "checkout_started c1", "order_placed c1 o1"],
)
@pytest.mark.parametrize("time", ["10:00", "10:59:59.999"])
def test_a_stronger_stage_at_its_time_or_later_wins(stronger: str, time: str) -> None:
    expect(LEFT, f"10:00 product_viewed c1 p1; {time} {stronger}; 1d+10:00 end", "")


@pytest.mark.parametrize("open_stage", ["cart_item_added c1 p2", "checkout_started c1"])
def test_a_stage_that_is_still_open_wins_too(open_stage: str) -> None:
    expect(LEFT, f"09:00 {open_stage}; 10:00 product_viewed c1 p1; 1d+10:00 end", "")


def test_what_was_ordered_before_the_view_is_over() -> None:
    expect(
        LEFT,
        """
        09:00 cart_item_added c1 p2
        09:10 checkout_started c1 k1
        09:20 order_placed c1 o1
        10:00 product_viewed c1 p1
        11:00 end
        """,
        AT_11,
    )


@pytest.mark.parametrize(
    "other", ["page_viewed c1", "searched c1 a", "wishlist_added c1 p1", "cart_updated c1 items=[]"]
)
def test_anything_else_changes_nothing(other: str) -> None:
    expect(LEFT, f"10:00 product_viewed c1 p1; 10:30 {other}; 11:00 end", AT_11)


def test_the_next_view_restarts_the_wait_and_is_another_episode() -> None:
    expect(
        LEFT,
        """
        10:00 product_viewed c1 p1
        10:30 product_viewed c1 p1
        12:00 product_viewed c1 p1
        13:00 end
        """,
        """
        11:30 fired left c1 rung=1h anchor=10:30 emitted=12:00
        13:00 fired left c1 rung=1h anchor=12:00
        """,
    )


def test_a_ladder_ends_with_an_addition() -> None:
    expect(
        "- {name: left, use: abandoned_browse, with: {after: [1h, 3h, 5h]}}",
        "10:00 product_viewed c1 p1; 14:00 cart_item_added c1 p1; 1d+10:00 end",
        """
        11:00 fired left c1 rung=1h anchor=10:00 emitted=14:00
        13:00 fired left c1 rung=3h anchor=10:00 emitted=14:00
        """,
    )


def test_a_cart_that_closes_by_its_age_brings_back_only_a_recent_view() -> None:
    drawn = "10:00 cart_item_added c1 p2; {} product_viewed c1 p1; 20d+10:00 end"
    expect(LEFT, drawn.format("7d+10:00"), "")
    expect(
        LEFT,
        drawn.format("7d+10:00:00.001"),
        "10d+10:00 fired left c1 rung=1h anchor=7d+10:00:00.001 emitted=20d+10:00",
    )


def test_the_context_is_what_was_viewed_since_the_last_addition_or_order() -> None:
    fired = play(
        LEFT,
        """
        08:00 product_viewed c1 p1@10
        08:30 order_placed c1 o1 items=p1
        09:00 product_viewed c1 p2@20.5
        09:10 product_viewed c1 p3
        09:20 product_viewed c1 p2@19
        10:20 end
        """,
    ).triggers[-1]
    assert fired["context"] == {
        "products": [
            {"id": "p2", "price": 19, "time": "2026-11-21T09:20:00.000Z"},
            {"id": "p3", "price": None, "time": "2026-11-21T09:10:00.000Z"},
        ]
    }


def test_the_last_five_products_are_told_in_whatever_order_they_arrive() -> None:
    views = [f"10:0{minute} product_viewed c1 p{minute}" for minute in range(7)]
    late = [*views[3:], *views[:3]]
    for arrived in (views, late):
        fired = play(LEFT, "; ".join([*arrived, "12:00 end"])).triggers[-1]
        products = [product["id"] for product in fired["context"]["products"]]
        assert products == ["p6", "p5", "p4", "p3", "p2"]


def test_a_late_addition_cancels_the_reminder() -> None:
    expect(
        LEFT,
        "10:00 product_viewed c1 p1; 11:30 page_viewed c2; 10:40 cart_item_added c1 p1; 20:00 end",
        AT_11 + " emitted=11:30; 11:00 cancelled left c1 rung=1h anchor=10:00 emitted=11:30",
    )


def test_a_late_view_of_long_ago_changes_nothing() -> None:
    expect(
        LEFT,
        "10:00 product_viewed c1 p1; 10:30 page_viewed c1; 09:00 product_viewed c1 p2; 11:00 end",
        AT_11,
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: abandoned_browse, with: {after: §3d}}", "3d", "max_age")
    refuse("- {name: s, use: abandoned_browse, with: {after: §[2h, 4d], max_age: 1d}}", "4d")
    refuse("- {name: s, use: abandoned_browse, with: {after: [2h, §1h]}}", "1h")
    refuse("- {name: s, use: abandoned_browse, with: {§by: viewed}}", "by", "after")


def test_a_late_view_of_a_product_does_not_hide_its_later_one() -> None:
    fired = play(
        LEFT,
        "10:00 product_viewed c1 p1@8; 09:00 product_viewed c1 p1@9; 11:00 end",
    ).triggers[-1]
    (product,) = fired["context"]["products"]
    assert product == {"id": "p1", "price": 8, "time": "2026-11-21T10:00:00.000Z"}
