"""Section 3, abandoned_cart: which orders close a cart."""

import pytest

from .drawing import expect

CART = "- {name: cart_left, use: abandoned_cart}"
RELATED = "- {name: cart_left, use: abandoned_cart, with: {order_closes: related}}"
ANY = "- {name: cart_left, use: abandoned_cart, with: {order_closes: any}}"
AT_11 = "11:00 fired cart_left c1 rung=1h anchor=10:00"


@pytest.mark.parametrize("rules", [CART, RELATED, ANY])
@pytest.mark.parametrize(
    "order",
    [
        "o1 items=p1",
        "o1 items=p9,p2*3@7",
        "o1",
        "o1 items=[]",
        "o1 items=null",
        "o1 cart=k1 items=p9",
        "o1 cart=k7 items=p1",
        "o1 cart=k7",
    ],
)
def test_an_order_closes_the_cart_it_names_or_shares_or_if_it_lists_nothing(
    rules: str, order: str
) -> None:
    expect(
        rules, f"10:00 cart_updated c1 p1,p2 cart=k1; 10:30 order_placed c1 {order}; 20:00 end", ""
    )


@pytest.mark.parametrize("rules", [CART, RELATED])
@pytest.mark.parametrize("order", ["o1 items=p9", "o1 cart=k7 items=p9"])
def test_any_other_order_leaves_the_cart_as_it_is(rules: str, order: str) -> None:
    expect(
        rules,
        f"10:00 cart_updated c1 p1,p2 cart=k1; 10:30 order_placed c1 {order}; 11:00 end",
        AT_11,
    )


@pytest.mark.parametrize("order", ["o1 items=p9", "o1 cart=k7 items=p9"])
def test_under_any_every_order_closes(order: str) -> None:
    expect(
        ANY, f"10:00 cart_updated c1 p1,p2 cart=k1; 10:30 order_placed c1 {order}; 20:00 end", ""
    )


def test_two_rules_may_differ_about_what_closes() -> None:
    expect(
        "- {name: any, use: abandoned_cart, with: {order_closes: any}}\n"
        "- {name: related, use: abandoned_cart, with: {order_closes: related}}",
        "10:00 cart_item_added c1 p1; 10:30 order_placed c1 o1 items=p9; 11:00 end",
        "11:00 fired related c1 rung=1h anchor=10:00",
    )


def test_two_rules_may_differ_about_the_age() -> None:
    expect(
        "- {name: short, use: abandoned_cart, with: {max_age: 2h}}\n"
        "- {name: long, use: abandoned_cart, with: {max_age: 4h}}",
        "10:00 cart_item_added c1 p1; 12:30 cart_item_added c1 p2; 13:30 end",
        """
        11:00 fired short c1 rung=1h anchor=10:00 emitted=12:30
        11:00 fired long c1 rung=1h anchor=10:00 emitted=12:30
        13:30 fired short c1 rung=1h anchor=12:30
        """,
    )


def test_checkout_names_the_open_cart() -> None:
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:10 checkout_started c1 k1
        10:30 order_placed c1 o1 cart=k1 items=p9
        20:00 end
        """,
        "",
    )


def test_the_name_lasts_over_later_changes() -> None:
    expect(
        CART,
        """
        10:00 cart_updated c1 p1 cart=k1
        10:10 cart_item_added c1 p2
        10:20 cart_updated c1 p3
        10:30 order_placed c1 o1 cart=k1 items=p9
        20:00 end
        """,
        "",
    )


def test_the_name_lasts_until_the_cart_closes() -> None:
    expect(
        CART,
        """
        09:00 cart_updated c1 p1 cart=k1
        09:30 order_placed c1 o1 cart=k1
        10:00 cart_item_added c1 p1
        10:30 order_placed c1 o2 cart=k1 items=p9
        11:00 end
        """,
        AT_11,
    )


def test_a_checkout_without_a_cart_names_nothing() -> None:
    expect(
        CART,
        """
        09:00 checkout_started c1 k1
        10:00 cart_item_added c1 p1
        10:30 order_placed c1 o1 cart=k1 items=p9
        11:00 end
        """,
        AT_11,
    )


def test_an_order_shares_only_what_is_in_the_cart_now() -> None:
    expect(
        CART,
        """
        09:00 cart_item_added c1 p1
        09:10 cart_item_added c1 p2
        09:20 cart_item_removed c1 p1
        09:30 order_placed c1 o1 items=p1
        10:20 end
        """,
        "10:20 fired cart_left c1 rung=1h anchor=09:00",
    )


def test_a_cancelled_order_does_not_reopen_the_cart() -> None:
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:30 order_placed c1 o1 items=p1
        10:40 order_cancelled c1 o1
        20:00 end
        """,
        "",
    )


def test_a_closed_cart_is_empty() -> None:
    # p1 went with the order, so taking it out of the new cart takes nothing.
    expect(
        CART,
        """
        09:00 cart_item_added c1 p1
        09:30 order_placed c1 o1 items=p1
        10:00 cart_item_added c1 p2
        10:30 cart_item_removed c1 p1
        11:00 end
        """,
        AT_11,
    )


def test_of_events_of_the_same_time_the_order_of_arrival_decides() -> None:
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 10:00 order_placed c1 o1 items=p1; 20:00 end",
        "",
    )
    expect(
        CART,
        "10:00 order_placed c1 o1 items=p1; 10:00 cart_item_added c1 p1; 11:00 end",
        AT_11,
    )
