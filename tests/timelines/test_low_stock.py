"""low_stock: little is left of a product that the contact showed interest in some time ago."""

import pytest

from .drawing import expect, play, refuse

LOW = "- {name: low, use: low_stock}"
NOW = "- {name: low, use: low_stock, with: {after: 0s, at_most: 3}}"


@pytest.mark.parametrize(
    ("stock", "fires"), [("6", False), ("5", True), ("1", True), ("0", False), ("-1", False)]
)
def test_low_is_above_nothing_and_at_most_five(stock: str, fires: bool) -> None:
    expect(
        LOW,
        f"09:00 stock_changed p1 9; 10:00 product_viewed c1 p1; 12:00 stock_changed p1 {stock}",
        "12:00 fired low c1 key=p1 anchor=10:00" if fires else "",
    )


def test_a_product_that_is_low_already_fires_an_hour_after_the_view() -> None:
    drawn = "09:00 stock_changed p1 2; 10:00 product_viewed c1 p1; {} end"
    expect(LOW, drawn.format("10:59:59.999"), "")
    expect(LOW, drawn.format("11:00"), "11:00 fired low c1 key=p1 anchor=10:00")


def test_without_a_wait_it_fires_at_the_view() -> None:
    expect(NOW, "09:00 stock_changed p1 3; 10:00 product_viewed c1 p1", "10:00 fired low c1 key=p1")


def test_a_product_of_unknown_stock_is_not_low() -> None:
    expect(NOW, "09:00 price_changed p1 3; 10:00 product_viewed c1 p1; 1d+10:00 end", "")


@pytest.mark.parametrize(
    ("interest", "by", "fires"),
    [
        ("product_viewed c1 p1", "[viewed]", True),
        ("wishlist_added c1 p1", "wishlist", True),
        ("cart_item_added c1 p1", "cart", True),
        ("cart_updated c1 p1", "cart", True),
        ("stock_alert_requested c1 p1", "requested", True),
        ("product_viewed c1 p1", "cart", False),
        ("page_viewed c1", "viewed", False),
    ],
)
def test_what_counts_as_interest(interest: str, by: str, fires: bool) -> None:
    expect(
        f"- {{name: low, use: low_stock, with: {{by: {by}}}}}",
        f"10:00 {interest}; 12:00 stock_changed p1 2",
        "12:00 fired low c1 key=p1 anchor=10:00" if fires else "",
    )


def test_one_interest_is_good_for_one_trigger() -> None:
    expect(
        NOW,
        """
        10:00 product_viewed c1 p1
        11:00 stock_changed p1 3
        12:00 stock_changed p1 2
        13:00 stock_changed p1 50
        14:00 stock_changed p1 1
        """,
        "11:00 fired low c1 key=p1 anchor=10:00",
    )


def test_the_next_interest_restarts_the_wait_and_is_good_for_another() -> None:
    expect(
        LOW,
        """
        10:00 product_viewed c1 p1
        10:10 stock_changed p1 3
        10:30 product_viewed c1 p1
        12:00 product_viewed c1 p1
        13:00 end
        """,
        """
        11:30 fired low c1 key=p1 anchor=10:30 emitted=12:00
        13:00 fired low c1 key=p1 anchor=12:00
        """,
    )


@pytest.mark.parametrize(("clock", "told"), [("30d+09:59:59.999", True), ("30d+10:00", False)])
def test_interest_is_good_for_within(clock: str, told: bool) -> None:
    expect(
        LOW,
        f"10:00 product_viewed c1 p1; {clock} stock_changed p1 1",
        f"{clock} fired low c1 key=p1 anchor=10:00" if told else "",
    )


def test_an_order_of_the_product_at_or_after_the_interest_ends_it() -> None:
    drawn = "10:00 product_viewed c1 p1; {}; 11:00 stock_changed p1 1; 12:00 end"
    fired = "11:00 fired low c1 key=p1 anchor=10:00"
    expect(LOW, drawn.format("10:00 order_placed c1 o1 items=p1"), "")
    expect(LOW, drawn.format("10:30 order_placed c1 o1 items=p1"), "")
    expect(LOW, drawn.format("10:30 order_placed c1 o1 items=p2"), fired)


def test_a_cart_with_the_product_is_no_order() -> None:
    expect(
        NOW,
        "10:00 product_viewed c1 p1; 10:30 cart_item_added c1 p1; 11:00 stock_changed p1 1",
        "11:00 fired low c1 key=p1 anchor=10:30",
    )


def test_all_who_are_interested_are_told() -> None:
    expect(
        NOW,
        """
        10:00 product_viewed c2 p1
        10:10 product_viewed c1 p1
        10:20 product_viewed c3 p2
        11:00 stock_changed p1 1
        """,
        """
        11:00 fired low c1 key=p1 anchor=10:10
        11:00 fired low c2 key=p1 anchor=10:00
        """,
    )


def test_the_context_is_the_product() -> None:
    (fired,) = play(
        NOW, "09:00 price_changed p1 9.5; 10:00 product_viewed c1 p1; 11:00 stock_changed p1 2"
    ).triggers
    assert fired["context"] == {"product": {"id": "p1", "stock": 2, "price": 9.5}}


def test_a_late_order_cancels_it() -> None:
    expect(
        NOW,
        "10:00 product_viewed c1 p1; 11:00 stock_changed p1 2; 10:30 order_placed c1 o1 items=p1",
        """
        11:00 fired low c1 key=p1 anchor=10:00
        11:00 cancelled low c1 key=p1 anchor=10:00
        """,
    )


def test_a_late_view_of_a_product_that_is_low_by_now_fires() -> None:
    expect(
        NOW,
        "11:00 stock_changed p1 2; 10:00 product_viewed c1 p1",
        "11:00 fired low c1 key=p1 anchor=10:00",
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: low_stock, with: {at_most: §0}}", "0", "1")
    refuse("- {name: s, use: low_stock, with: {at_most: §2.5}}", "2.5")
    refuse("- {name: s, use: low_stock, with: {after: §30d}}", "after", "within")
    refuse("- {name: s, use: low_stock, with: {within: §1h}}", "within")
    refuse("- {name: s, use: low_stock, with: {§at_least: 3}}", "at_most")
