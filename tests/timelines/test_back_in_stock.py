"""Section 3, back_in_stock: who is told of a restock, and when."""

import pytest

from .drawing import expect, play

BACK = "- {name: back, use: back_in_stock}"
ANY_TIME = "- {name: back, use: back_in_stock, with: {while: any}}"
OUT_AT_10 = "10:00 stock_changed p1 0; "
IN_AT_12 = "; 12:00 stock_changed p1 5"
TOLD = "12:00 fired back c1 key=p1"


def back(parameters: str) -> str:
    return f"- {{name: back, use: back_in_stock, with: {{{parameters}}}}}"


@pytest.mark.parametrize("interest", ["product_viewed c1 p1", "stock_alert_requested c1 p1"])
def test_who_viewed_or_asked_while_it_was_out_is_told_at_the_restock(interest: str) -> None:
    expect(BACK, OUT_AT_10 + f"11:00 {interest}" + IN_AT_12, TOLD)


@pytest.mark.parametrize(
    "other", ["wishlist_added c1 p1", "cart_item_added c1 p1", "product_viewed c1 p2", "looked c1"]
)
def test_other_events_are_no_interest_unless_said(other: str) -> None:
    expect(BACK, OUT_AT_10 + f"11:00 {other}" + IN_AT_12, "")


@pytest.mark.parametrize(
    ("by", "interest"),
    [
        ("viewed", "product_viewed c1 p1"),
        ("wishlist", "wishlist_added c1 p1"),
        ("cart", "cart_item_added c1 p1"),
        ("cart", "cart_updated c1 p2,p1"),
        ("requested", "stock_alert_requested c1 p1"),
    ],
)
def test_by_says_what_is_interest(by: str, interest: str) -> None:
    expect(back(f"by: [{by}]"), OUT_AT_10 + f"11:00 {interest}" + IN_AT_12, TOLD)


def test_by_leaves_out_what_it_does_not_name() -> None:
    expect(back("by: [wishlist]"), OUT_AT_10 + "11:00 product_viewed c1 p1" + IN_AT_12, "")


def test_a_snapshot_is_interest_only_in_what_is_new_in_it() -> None:
    expect(
        back("by: [cart]"),
        "09:00 cart_updated c1 p1; 10:00 stock_changed p1 0; 11:00 cart_updated c1 p1,p2"
        + IN_AT_12,
        "",
    )


def test_a_view_before_the_product_ran_out_counts_only_under_any() -> None:
    drawn = "09:00 product_viewed c1 p1; " + OUT_AT_10 + "11:00 page_viewed c1" + IN_AT_12
    expect(BACK, drawn, "")
    expect(ANY_TIME, drawn, TOLD)


def test_the_event_that_took_the_last_is_in_the_episode() -> None:
    expect(BACK, "10:00 stock_changed p1 0; 10:00 product_viewed c1 p1" + IN_AT_12, TOLD)


def test_a_view_of_the_same_time_is_in_it_even_if_it_arrived_first() -> None:
    expect(BACK, "10:00 product_viewed c1 p1; 10:00 stock_changed p1 0" + IN_AT_12, TOLD)


def test_the_restock_itself_is_not_in_the_episode() -> None:
    expect(BACK, OUT_AT_10 + "12:00 stock_changed p1 5; 12:00 product_viewed c1 p1; 20:00 end", "")
    expect(BACK, OUT_AT_10 + "12:00 product_viewed c1 p1; 12:00 stock_changed p1 5; 20:00 end", "")


def test_a_millisecond_before_the_restock_is_in_the_episode() -> None:
    expect(BACK, OUT_AT_10 + "11:59:59.999 product_viewed c1 p1" + IN_AT_12, TOLD)


@pytest.mark.parametrize(
    ("view", "expected"),
    [("10:30", TOLD), ("10:29:59.999", "")],
)
def test_interest_counts_at_most_within_before_the_restock(view: str, expected: str) -> None:
    expect(back("within: 90m"), OUT_AT_10 + f"{view} product_viewed c1 p1" + IN_AT_12, expected)


@pytest.mark.parametrize(
    ("view", "expected"),
    [("-90d+12:00", TOLD), ("-90d+11:59:59.999", "")],
)
def test_within_is_ninety_days_unless_said_otherwise(view: str, expected: str) -> None:
    drawn = f"-200d+10:00 stock_changed p1 0; {view} product_viewed c1 p1" + IN_AT_12
    expect(BACK, drawn, expected)


def test_a_product_of_unknown_stock_is_in_stock_and_its_first_quantity_no_restock() -> None:
    expect(ANY_TIME, "10:00 product_viewed c1 p1; 11:00 stock_changed p1 5; 20:00 end", "")
    expect(BACK, "10:00 product_viewed c1 p1; 11:00 stock_changed p1 5; 20:00 end", "")


def test_a_first_quantity_of_nothing_begins_an_episode() -> None:
    expect(BACK, OUT_AT_10 + "10:00 product_viewed c1 p1" + IN_AT_12, TOLD)


def test_more_of_what_is_there_is_no_restock() -> None:
    expect(
        ANY_TIME,
        "09:00 stock_changed p1 1; 10:00 product_viewed c1 p1; 12:00 stock_changed p1 5",
        "",
    )


def test_a_second_zero_does_not_begin_another_episode() -> None:
    expect(
        BACK,
        OUT_AT_10 + "10:30 product_viewed c1 p1; 11:00 stock_changed p1 0" + IN_AT_12,
        TOLD,
    )


def test_product_updated_restocks_too() -> None:
    expect(
        BACK,
        "10:00 product_updated p1 quantity=0; 11:00 product_viewed c1 p1; "
        "12:00 product_updated p1 quantity=2 price=10",
        TOLD,
    )


def test_every_product_is_a_key_of_its_own() -> None:
    expect(
        BACK,
        """
        10:00 stock_changed p1 0
        10:00 stock_changed p2 0
        11:00 product_viewed c1 p1
        11:00 product_viewed c1 p2
        11:00 product_viewed c2 p2
        12:00 stock_changed p2 5
        13:00 stock_changed p1 5
        """,
        """
        12:00 fired back c1 key=p2
        12:00 fired back c2 key=p2
        13:00 fired back c1 key=p1
        """,
    )


@pytest.mark.parametrize("order", ["11:30", "11:00"])
def test_an_order_at_or_after_the_interest_takes_it_away(order: str) -> None:
    expect(
        BACK,
        OUT_AT_10
        + f"11:00 product_viewed c1 p1; {order} order_placed c1 o1 items=p2,p1"
        + IN_AT_12,
        "",
    )


@pytest.mark.parametrize("order", ["o1", "o1 items=[]", "o1 items=p2"])
def test_an_order_of_other_products_or_of_none_does_not(order: str) -> None:
    expect(
        BACK,
        OUT_AT_10 + f"11:00 product_viewed c1 p1; 11:30 order_placed c1 {order}" + IN_AT_12,
        TOLD,
    )


def test_an_order_before_the_interest_does_not() -> None:
    expect(
        BACK,
        OUT_AT_10
        + "10:59:59.999 order_placed c1 o1 items=p1; 11:00 product_viewed c1 p1"
        + IN_AT_12,
        TOLD,
    )


def test_interest_after_the_order_counts_again() -> None:
    expect(
        BACK,
        OUT_AT_10
        + "10:30 product_viewed c1 p1; 11:00 order_placed c1 o1 items=p1; "
        + "11:30 product_viewed c1 p1"
        + IN_AT_12,
        TOLD,
    )


def test_the_order_of_another_contact_does_not_matter() -> None:
    expect(
        BACK,
        OUT_AT_10 + "11:00 product_viewed c1 p1; 11:30 order_placed c2 o1 items=p1" + IN_AT_12,
        TOLD,
    )


def test_under_any_the_latest_interest_decides_about_the_order() -> None:
    # The view of 09:00 is before the order of 09:30, that of 11:00 after it.
    drawn = (
        "09:00 product_viewed c1 p1; 09:30 order_placed c1 o1 items=p1; 10:00 stock_changed p1 0"
    )
    expect(ANY_TIME, drawn + IN_AT_12, "")
    expect(ANY_TIME, drawn + "; 11:00 product_viewed c1 p1" + IN_AT_12, TOLD)


def test_the_latest_such_interest_is_of_the_episode_under_out_of_stock() -> None:
    # Ordered at 11:30, after the only interest of this episode; the view of 12:30 is of none.
    expect(
        BACK,
        """
        10:00 stock_changed p1 0
        11:00 product_viewed c1 p1
        11:30 order_placed c1 o1 items=p1
        12:00 stock_changed p1 5
        12:30 product_viewed c1 p1
        20:00 end
        """,
        "",
    )


def test_the_context_is_the_product_its_stock_and_price() -> None:
    (fired,) = play(
        BACK,
        "09:00 price_changed p1 199.5; " + OUT_AT_10 + "11:00 product_viewed c1 p1" + IN_AT_12,
    ).triggers
    context = str(fired["context"])
    assert "p1" in context
    assert "199.5" in context
    assert "5" in context.replace("199.5", "")


def test_the_anchor_is_the_moment_of_the_restock() -> None:
    # The contact had an instant of its own at 13:00 when the restock of 12:00 came.
    expect(
        BACK,
        OUT_AT_10 + "11:00 product_viewed c1 p1; 13:00 page_viewed c1" + IN_AT_12,
        "13:00 fired back c1 key=p1 anchor=12:00",
    )


def test_an_episode_that_ends_when_it_begins_holds_no_interest() -> None:
    expect(
        BACK,
        "10:00 stock_changed p1 0; 10:00 product_viewed c1 p1; 10:00 stock_changed p1 5; 11:00 end",
        "",
    )


def test_a_large_order_is_an_order_of_each_of_its_products() -> None:
    others = ",".join(f"q{n}" for n in range(70))
    for items in (f"p1,{others}", f"{others},p1"):
        expect(
            BACK,
            OUT_AT_10
            + f"11:00 product_viewed c1 p1; 11:30 order_placed c1 o1 items={items}"
            + IN_AT_12,
            "",
        )
