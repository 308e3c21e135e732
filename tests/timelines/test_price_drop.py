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


def test_a_price_of_zero_is_no_price() -> None:
    # An import sets it to 0 and mends it half a minute later.
    drawn = "10:00 product_viewed c1 p1@80; 11:00 price_changed p1 0; 11:00:30 price_changed p1 {}"
    expect(DROP, drawn.format(80), "")
    expect(DROP, drawn.format(70), "11:00:30 fired drop c1 key=p1 anchor=10:00")


def hold(duration: str) -> str:
    return f"- {{name: drop, use: price_drop, with: {{hold: {duration}}}}}"


def test_a_price_must_last_as_long_as_hold() -> None:
    drawn = "10:00 product_viewed c1 p1@100; 11:00 price_changed p1 50; {}; 12:00 end"
    fired = "11:10 fired drop c1 key=p1 anchor=10:00"
    expect(hold("10m"), drawn.format("11:09:59.999 price_changed p1 100"), "")
    expect(hold("10m"), drawn.format("11:10 price_changed p1 100"), fired)
    expect(hold("10m"), drawn.format("11:30 page_viewed c1"), fired + " emitted=11:30")


def test_each_price_is_held_by_itself() -> None:
    # Nobody knows that 80 is right before it has stood for 10 minutes.
    expect(
        hold("10m"),
        """
        10:00 product_viewed c1 p1@100
        11:00 price_changed p1 80
        11:05 price_changed p1 79
        11:15 end
        """,
        "11:15 fired drop c1 key=p1 anchor=10:00",
    )


def test_who_comes_when_a_price_has_been_held_enters_at_once() -> None:
    expect(
        hold("10m"),
        "09:00 price_changed p1 100; 09:10 price_changed p1 50; 10:00 product_viewed c1 p1@100",
        "10:00 fired drop c1 key=p1",
    )


def test_an_order_before_the_price_is_held_ends_it() -> None:
    expect(
        hold("10m"),
        """
        10:00 product_viewed c1 p1@100
        11:00 price_changed p1 50
        11:05 order_placed c1 o1 items=p1
        12:00 end
        """,
        "",
    )


def test_a_product_s_price_of_a_moment_is_no_drop_for_a_condition_either() -> None:
    rule = (
        "- {name: s, per: product, when: {all: [{did: product_viewed}, "
        "{product: {price_drop: {gte: 10%, from: §}}}]}, trigger: {}}"
    )
    for origin in ("seen", "last"):
        expect(
            rule.replace("§", origin),
            "09:00 price_changed p1 80; 10:00 product_viewed c1 p1; 11:00 price_changed p1 0",
            "",
        )


@pytest.mark.parametrize(
    ("seen", "told", "fires"),
    [
        ("EUR", "PLN", False),
        ("EUR", "EUR", True),
        (None, "PLN", True),
        ("EUR", None, True),
        (None, None, True),
    ],
)
@pytest.mark.parametrize("by", ["the view", "the catalog"])
def test_prices_in_two_currencies_are_not_compared(
    seen: str | None, told: str | None, fires: bool, by: str
) -> None:
    before, after = (f"currency={one}" if one else "" for one in (seen, told))
    if by == "the view":
        shown = f"10:00 product_viewed c1 p1@400 {before}"
    else:
        shown = f"09:00 price_changed p1 400 {before}; 10:00 product_viewed c1 p1"
    expect(DROP, f"{shown}; 11:00 price_changed p1 90 {after}", FIRED if fires else "")
    expect(DROP, f"{shown}; 11:00 product_updated p1 price=90 {after}", FIRED if fires else "")


@pytest.mark.parametrize(
    ("prices", "fires"),
    [
        ("09:00 price_changed p1 100 currency=EUR; 09:10 price_changed p1 80 currency=PLN", False),
        ("09:00 price_changed p1 100 currency=EUR; 09:10 price_changed p1 80", True),
        # The same number in another currency is another price.
        (
            (
                "09:00 price_changed p1 500 currency=PLN; 09:05 price_changed p1 100 currency=PLN;"
                "09:10 price_changed p1 100 currency=EUR"
            ),
            False,
        ),
        # A currency alone is that of the price as it is.
        (
            (
                "09:00 price_changed p1 100 currency=EUR; 09:05 price_changed p1 80;"
                "09:10 product_updated p1 currency=PLN"
            ),
            False,
        ),
        # Told again without one, a price keeps it.
        (
            (
                "09:00 price_changed p1 100 currency=EUR; 09:05 price_changed p1 100;"
                "09:10 price_changed p1 80 currency=PLN"
            ),
            False,
        ),
    ],
)
def test_the_last_price_has_its_currency_too(prices: str, fires: bool) -> None:
    rule = (
        "- {name: s, per: product, when: {all: [{did: product_viewed}, "
        "{product: {price_drop: {gte: 10%, from: last}}}]}, trigger: {}}"
    )
    expect(
        rule, f"{prices}; 10:00 product_viewed c1 p1", "10:00 fired s c1 key=p1" if fires else ""
    )


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
    refuse("- {name: s, use: price_drop, with: {hold: §soon}}", "soon")
    refuse("- {name: s, use: price_drop, §per: product}", "per")
