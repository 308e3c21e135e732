"""Section 3, abandoned_cart: an order closes the name of a cart for good."""

import pytest

from .drawing import expect

CART = "- {name: cart_left, use: abandoned_cart}"
ANY = "- {name: cart_left, use: abandoned_cart, with: {order_closes: any}}"


def fired(entered: str, anchor: str) -> str:
    return f"{entered} fired cart_left c1 rung=1h anchor={anchor}"


@pytest.mark.parametrize("rules", [CART, ANY])
@pytest.mark.parametrize(
    "order", ["o1 cart=k1", "o1 cart=k1 items=p1", "o1 cart=k1 items=p9", "o1", "o1 items=p2"]
)
def test_a_snapshot_of_an_ordered_cart_opens_none(rules: str, order: str) -> None:
    expect(
        rules,
        f"""
        10:00 cart_updated c1 p1,p2 cart=k1
        10:30 order_placed c1 {order}
        10:47 cart_updated c1 p1,p2 cart=k1
        20:00 end
        """,
        "",
    )


def test_a_name_that_an_order_gives_is_closed_even_if_no_cart_had_it() -> None:
    drawn = """
    10:00 cart_updated c1 p1 cart=k1
    10:10 order_placed c1 o1 cart=k7 items=p9
    10:20 cart_updated c1 p1,p2 cart={}
    11:20 end
    """
    expect(CART, drawn.format("k7"), fired("11:00", "10:00") + " emitted=11:20")
    expect(CART, drawn.format("k1"), fired("11:20", "10:00"))


def test_a_late_snapshot_of_a_closed_name_changes_nothing() -> None:
    # It is dated before the order that names it, and that order left another cart open.
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:30 order_placed c1 o1 cart=k7 items=p9
        10:20 cart_updated c1 p1,p2,p3 cart=k7
        11:00 end
        """,
        fired("11:00", "10:00"),
    )


def test_a_snapshot_of_a_closed_name_shows_no_interest() -> None:
    expect(
        "- {name: s, per: product, when: {interest: {by: [cart], within: 1d, while: any}},"
        " trigger: {}}",
        """
        10:00 cart_updated c1 p1 cart=k1
        10:30 order_placed c1 o1 cart=k1
        10:40 cart_updated c1 p2 cart=k1
        """,
        "10:00 fired s c1 key=p1",
    )


def test_a_checkout_of_a_closed_name_names_nothing() -> None:
    # Did k1 name the new cart, the second order would close it.
    expect(
        CART,
        """
        09:00 cart_updated c1 p1 cart=k1
        09:30 order_placed c1 o1 cart=k1
        10:00 cart_item_added c1 p1
        10:10 checkout_started c1 k1
        10:30 order_placed c1 o2 cart=k1 items=p9
        11:00 end
        """,
        fired("11:00", "10:00"),
    )


def test_an_order_under_a_closed_name_is_asked_as_ever() -> None:
    expect(
        CART,
        """
        09:00 cart_updated c1 p1 cart=k1
        09:30 order_placed c1 o1 cart=k1
        10:00 cart_item_added c1 p1
        10:30 order_placed c1 o2 cart=k1 items=p1
        20:00 end
        """,
        "",
    )


def test_another_name_and_no_name_open_the_next_cart() -> None:
    drawn = """
    09:00 cart_updated c1 p1 cart=k1
    09:30 order_placed c1 o1 cart=k1
    10:00 cart_updated c1 p1 {}
    11:00 end
    """
    expect(CART, drawn.format("cart=k2"), fired("11:00", "10:00"))
    expect(CART, drawn.format(""), fired("11:00", "10:00"))
    expect(CART, drawn.format("cart=k1"), "")


def test_emptying_and_age_close_no_name() -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {max_age: 2h}}",
        """
        07:00 cart_updated c1 p1 cart=k1
        07:30 cart_updated c1 [] cart=k1
        08:00 cart_updated c1 p1 cart=k1
        11:00 cart_updated c1 p1 cart=k1
        12:00 end
        """,
        fired("09:00", "08:00") + " emitted=11:00; " + fired("12:00", "11:00"),
    )


@pytest.mark.parametrize(("orders", "is_closed"), [(7, True), (8, False)])
def test_the_last_eight_names_are_remembered(orders: int, is_closed: bool) -> None:
    drawn = "09:00 order_placed c1 o0 cart=k0; " + "".join(
        f"09:{n:02d} order_placed c1 o{n} cart=k{n}; " for n in range(1, orders + 1)
    )
    drawn += "10:00 cart_updated c1 p1 cart=k0; 11:00 end"
    expect(CART, drawn, "" if is_closed else fired("11:00", "10:00"))


def test_a_name_given_again_is_the_last_of_the_eight() -> None:
    drawn = "09:00 order_placed c1 o0 cart=k0; 09:01 order_placed c1 o1 cart=k1; "
    drawn += "09:02 order_placed c1 o2 cart=k0; "
    drawn += "".join(f"09:1{n} order_placed c1 p{n} cart=m{n}; " for n in range(7))
    expect(CART, drawn + "10:00 cart_updated c1 p1 cart=k0; 11:00 end", "")
    expect(CART, drawn + "10:00 cart_updated c1 p1 cart=k1; 11:00 end", fired("11:00", "10:00"))


@pytest.mark.parametrize("late", ["10:05", "09:00"])
def test_a_late_order_that_names_the_open_cart_closes_all_of_it(late: str) -> None:
    expect(
        CART,
        f"""
        10:00 cart_updated c1 p1 cart=k1
        10:10 cart_updated c1 p1,p2 cart=k1
        10:20 cart_item_added c1 p3
        {late} order_placed c1 o1 cart=k1 items=p9
        20:00 end
        """,
        "",
    )


def test_a_late_order_that_leaves_a_part_closes_no_name_but_its_own() -> None:
    drawn = """
    10:00 cart_updated c1 p1 cart=k1
    10:20 cart_item_added c1 p2
    10:10 order_placed c1 o1 cart=k7 items=p1
    10:30 cart_updated c1 p2,p3 cart={}
    11:30 end
    """
    expect(CART, drawn.format("k1"), fired("11:30", "10:00"))
    expect(CART, drawn.format("k7"), fired("11:20", "10:00") + " emitted=11:30")


def test_long_names_that_begin_alike_are_not_one() -> None:
    one, other = "k" * 80 + "1", "k" * 80 + "2"
    drawn = f"""
    09:00 cart_updated c1 p1 cart={one}
    09:30 order_placed c1 o1 cart={one}
    10:00 cart_updated c1 p1 cart={{}}
    11:00 end
    """
    expect(CART, drawn.format(one), "")
    expect(CART, drawn.format(other), fired("11:00", "10:00"))
