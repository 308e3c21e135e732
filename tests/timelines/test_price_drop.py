"""price_drop: a product is cheaper than when the contact last showed interest in it."""

import pytest

from .drawing import expect, play, refuse

DROP = "- {name: drop, use: price_drop}"
FIRED = "11:00 fired drop c1 key=p1 anchor=10:00"


@pytest.mark.parametrize(("price", "told"), [("90", FIRED), ("90.01", ""), ("89.99", FIRED)])
def test_ten_percent_exactly_are_enough(price: str, told: str) -> None:
    expect(
        DROP,
        f"09:00 price_changed p1 100; 10:00 product_viewed c1 p1; 11:00 price_changed p1 {price}",
        told,
    )


def test_shares_of_decimals_are_exact() -> None:
    # 0.7 less 10 % is 0.63; in binary fractions 0.7 - 0.63 is less than a tenth of 0.7.
    expect(DROP, "10:00 product_viewed c1 p1@0.7; 11:00 price_changed p1 0.63", FIRED)
    expect(DROP, "10:00 product_viewed c1 p1@0.7; 11:00 price_changed p1 0.6301", "")


@pytest.mark.parametrize(
    "interest",
    [
        "product_viewed c1 p1@100",
        "product_viewed c1 p1",
        "wishlist_added c1 p1",
        "cart_item_added c1 p1",
        "cart_item_added c1 p1@100",
        "cart_updated c1 p2@1,p1@100",
        "cart_updated c1 p1",
    ],
)
def test_every_default_kind_of_interest_has_its_price(interest: str) -> None:
    expect(DROP, f"09:00 price_changed p1 100; 10:00 {interest}; 11:00 price_changed p1 80", FIRED)


def test_only_the_named_kinds_are_interest() -> None:
    rule = "- {name: drop, use: price_drop, with: {by: requested}}"
    before = "09:00 price_changed p1 100; "
    after = "; 11:00 price_changed p1 80"
    expect(rule, before + "10:00 product_viewed c1 p1" + after, "")
    expect(rule, before + "10:00 stock_alert_requested c1 p1" + after, FIRED)


def test_a_snapshot_shows_interest_only_in_what_is_new_in_it() -> None:
    expect(
        DROP,
        """
        10:00 cart_updated c1 p1@100
        10:30 price_changed p1 70
        10:40 cart_updated c1 p1@70,p2
        """,
        "10:30 fired drop c1 key=p1 anchor=10:00",
    )


def test_the_price_in_the_event_goes_before_the_catalog() -> None:
    expect(
        DROP,
        "09:00 price_changed p1 80; 10:00 product_viewed c1 p1@100",
        "10:00 fired drop c1 key=p1",
    )


@pytest.mark.parametrize(
    "seen", ["product_viewed c1 p1", "product_viewed c1 p1@0", "page_viewed c1"]
)
def test_without_an_earlier_price_above_zero_nothing_has_dropped(seen: str) -> None:
    expect(DROP, f"10:00 {seen}; 11:00 price_changed p1 1; 12:00 price_changed p1 0.5", "")


def test_one_interest_is_good_for_one_trigger() -> None:
    expect(
        DROP,
        """
        10:00 product_viewed c1 p1@100
        11:00 price_changed p1 90
        12:00 price_changed p1 50
        13:00 price_changed p1 100
        14:00 price_changed p1 40
        """,
        FIRED,
    )


def test_the_next_interest_compares_with_its_own_price() -> None:
    expect(
        DROP,
        """
        10:00 product_viewed c1 p1@100
        11:00 price_changed p1 90
        12:00 product_viewed c1 p1@90
        13:00 price_changed p1 82
        14:00 price_changed p1 81
        """,
        FIRED + "; 14:00 fired drop c1 key=p1 anchor=12:00",
    )


@pytest.mark.parametrize(("clock", "told"), [("30d+09:59:59.999", True), ("30d+10:00", False)])
def test_interest_is_good_for_within(clock: str, told: bool) -> None:
    expect(
        DROP,
        f"10:00 product_viewed c1 p1@100; {clock} price_changed p1 50",
        f"{clock} fired drop c1 key=p1 anchor=10:00" if told else "",
    )


def test_an_order_of_the_product_at_or_after_the_interest_ends_it() -> None:
    drawn = (
        "09:00 product_viewed c1 p2; 10:00 product_viewed c1 p1@100; {}; 11:00 price_changed p1 50"
    )
    expect(DROP, drawn.format("10:00 order_placed c1 o1 items=p1"), "")
    expect(DROP, drawn.format("10:30 order_placed c1 o1 items=p2,p1"), "")
    expect(DROP, drawn.format("10:30 order_placed c1 o1 items=p2"), FIRED)
    expect(DROP, drawn.format("10:30 order_placed c1 o1"), FIRED)
    expect(
        DROP,
        "09:59:59.999 order_placed c1 o1 items=p1; " + drawn.format("10:30 page_viewed c1"),
        FIRED,
    )


def test_a_product_that_is_sold_out_waits_for_its_stock() -> None:
    expect(
        DROP,
        """
        09:00 stock_changed p1 0
        10:00 product_viewed c1 p1@100
        11:00 price_changed p1 50
        12:00 stock_changed p1 1
        """,
        "12:00 fired drop c1 key=p1 anchor=10:00",
    )


def test_each_product_and_each_contact_by_itself() -> None:
    expect(
        DROP,
        """
        10:00 product_viewed c1 p1@100
        10:10 product_viewed c2 p1@55
        10:20 product_viewed c1 p2@100
        11:00 price_changed p1 50
        """,
        FIRED,
    )


def test_the_context_has_both_prices() -> None:
    (fired,) = play(
        DROP,
        "09:00 stock_changed p1 4; 10:00 product_viewed c1 p1@100; 11:00 price_changed p1 79.9",
    ).triggers
    product = {"id": "p1", "stock": 4, "price": 79.9, "price_before": 100}
    assert fired["context"] == {"product": product}


def test_a_late_order_cancels_it() -> None:
    expect(
        DROP,
        """
        10:00 product_viewed c1 p1@100
        11:00 price_changed p1 50
        10:30 order_placed c1 o1 items=p1
        """,
        FIRED + "; 11:00 cancelled drop c1 key=p1 anchor=10:00",
    )


def test_a_late_view_of_the_time_before_the_drop_still_fires() -> None:
    expect(
        DROP,
        "09:00 price_changed p1 100; 11:00 price_changed p1 50; 10:00 product_viewed c1 p1",
        FIRED,
    )


def test_a_late_view_older_than_the_last_interest_changes_nothing() -> None:
    expect(
        DROP,
        "10:00 product_viewed c1 p1@100; 09:00 product_viewed c1 p1@40; 11:00 price_changed p1 50",
        FIRED,
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: price_drop, with: {at_least: §10}}", "percentage", "10")
    refuse("- {name: s, use: price_drop, with: {by: [viewed, §smelled]}}", "smelled", "wishlist")
    refuse("- {name: s, use: price_drop, with: {within: §0d}}", "0d")
    refuse("- {name: s, use: price_drop, §per: product}", "per")
