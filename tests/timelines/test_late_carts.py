"""Section 4: what late events make of a cart."""

import pytest

from .drawing import expect, play

CART = "- {name: cart_left, use: abandoned_cart}"
AT_11 = "11:00 fired cart_left c1 rung=1h anchor=10:00"


def cart_at_the_end(timeline: str) -> list[dict[str, object]]:
    """The carts told of by the end of a timeline."""
    return [
        {name: value for name, value in cart.items() if name != "total"}
        for cart in play(CART, timeline).carts()
    ]


def test_a_late_addition_finds_its_place() -> None:
    drawn = """
    10:00 cart_item_added c1 p1
    10:30 cart_item_added c1 p2
    10:15 cart_item_added c1 p3
    11:30 end
    """
    expect(CART, drawn, "11:30 fired cart_left c1 rung=1h anchor=10:00")
    assert cart_at_the_end(drawn) == [{"p1": 1, "p2": 1, "p3": 1}]


def test_a_late_addition_may_be_the_last_change() -> None:
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 10:30 page_viewed c1; 10:15 cart_item_added c1 p2; 11:15 end",
        "11:15 fired cart_left c1 rung=1h anchor=10:00",
    )


def test_the_opening_does_not_move() -> None:
    drawn = "10:00 cart_item_added c1 p1; 09:30 cart_item_added c1 p2; 11:00 end"
    expect(CART, drawn, AT_11)
    assert cart_at_the_end(drawn) == [{"p1": 1, "p2": 1}]


def test_a_late_removal_takes_at_most_what_was_there_then() -> None:
    drawn = """
    10:00 cart_item_added c1 p9
    10:10 cart_item_added c1 p1*2
    10:30 cart_item_added c1 p1*1
    10:20 cart_item_removed c1 p1*5
    11:30 end
    """
    expect(CART, drawn, "11:30 fired cart_left c1 rung=1h anchor=10:00")
    assert cart_at_the_end(drawn) == [{"p9": 1, "p1": 1}]


def test_a_late_removal_of_all_leaves_what_was_added_later() -> None:
    assert cart_at_the_end(
        """
        10:00 cart_item_added c1 p9
        10:10 cart_item_added c1 p1*2
        10:30 cart_item_added c1 p1*1
        10:20 cart_item_removed c1 p1
        11:30 end
        """
    ) == [{"p9": 1, "p1": 1}]


@pytest.mark.parametrize(
    "removal", ["10:15 cart_item_removed c1 p2", "09:30 cart_item_removed c1 p1"]
)
def test_a_late_removal_that_finds_nothing_is_forgotten(removal: str) -> None:
    drawn = f"10:00 cart_item_added c1 p1; 10:30 cart_item_added c1 p2; {removal}; 11:30 end"
    assert cart_at_the_end(drawn) == [{"p1": 1, "p2": 1}]


def test_a_forgotten_removal_takes_nothing_from_what_comes_later_still() -> None:
    assert cart_at_the_end(
        """
        10:00 cart_item_added c1 p1
        09:40 cart_item_removed c1 p1
        09:30 cart_item_added c1 p1
        11:00 end
        """
    ) == [{"p1": 2}]


def test_a_late_removal_that_empties_the_cart_closes_it() -> None:
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 10:30 looked c1; 10:15 cart_item_removed c1 p1; 20:00 end",
        "",
    )


def test_what_is_older_than_the_last_closing_changes_nothing() -> None:
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:30 order_placed c1 o1
        10:15 cart_item_added c1 p2
        20:00 end
        """,
        "",
    )


def test_what_is_older_than_the_last_snapshot_changes_nothing() -> None:
    drawn = """
    10:00 cart_item_added c1 p1
    10:30 cart_updated c1 p1*2
    10:15 cart_item_added c1 p2
    10:20 cart_item_removed c1 p1
    10:25 cart_updated c1 p9
    11:30 end
    """
    expect(CART, drawn, "11:30 fired cart_left c1 rung=1h anchor=10:00")
    assert cart_at_the_end(drawn) == [{"p1": 2}]


def test_a_late_snapshot_replaces_what_is_older_and_keeps_what_is_newer() -> None:
    drawn = """
    10:00 cart_item_added c1 p1
    10:40 cart_item_added c1 p2
    10:20 cart_updated c1 p3*3
    11:40 end
    """
    expect(CART, drawn, "11:40 fired cart_left c1 rung=1h anchor=10:00")
    assert cart_at_the_end(drawn) == [{"p3": 3, "p2": 1}]


def test_a_late_order_after_the_last_change_closes_the_cart() -> None:
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:30 page_viewed c1
        10:15 order_placed c1 o1 items=p1
        20:00 end
        """,
        "",
    )


def test_a_late_order_before_the_last_change_closes_what_is_older() -> None:
    # The cart is still the one opened at 10:00: its opening does not move.
    drawn = """
    10:00 cart_item_added c1 p1
    10:40 cart_item_added c1 p2
    10:20 order_placed c1 o1 items=p1
    11:40 end
    """
    assert cart_at_the_end(drawn) == [{"p2": 1}]
    expect(CART, drawn, "11:40 fired cart_left c1 rung=1h anchor=10:00")


def test_a_late_order_that_is_not_related_leaves_the_cart_open() -> None:
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:40 cart_item_added c1 p2
        10:20 order_placed c1 o1 items=p9
        11:40 end
        """,
        "11:40 fired cart_left c1 rung=1h anchor=10:00",
    )


def test_a_late_order_that_finds_no_open_cart_counts_as_a_closing() -> None:
    drawn = """
    10:00 cart_item_added c1 p1
    09:30 order_placed c1 o1 items=p9
    09:10 cart_item_added c1 p2
    11:00 end
    """
    expect(CART, drawn, AT_11)
    assert cart_at_the_end(drawn) == [{"p1": 1}]


def test_an_order_that_arrives_before_the_additions_it_bought_closes_them() -> None:
    expect(
        CART,
        "10:30 order_placed c1 o1 items=p1; 10:00 cart_item_added c1 p1; 20:00 end",
        "",
    )


def test_an_order_that_left_the_cart_open_is_not_looked_at_again() -> None:
    drawn = """
    10:00 cart_item_added c1 p1
    10:20 order_placed c1 o1 items=p9
    10:10 cart_item_added c1 p9
    11:10 end
    """
    expect(CART, drawn, "11:10 fired cart_left c1 rung=1h anchor=10:00")
    assert cart_at_the_end(drawn) == [{"p1": 1, "p9": 1}]


def test_what_is_older_than_the_closing_by_age_changes_nothing() -> None:
    # In its time the addition of 11:30 would have kept the cart open over 12:00.
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {max_age: 2h}}",
        "10:00 cart_item_added c1 p1; 12:30 page_viewed c1; 11:30 cart_item_added c1 p2; 20:00 end",
        "11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=12:30",
    )


@pytest.mark.parametrize(
    ("lateness", "told"),
    [("30m", ""), ("31m", "12:30 fired cart_left c1 rung=1h anchor=10:00 emitted=20:00")],
)
def test_a_cart_has_closed_by_age_once_now_is_past_lateness(lateness: str, told: str) -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart, with: {max_age: 2h, min_total: 20}}",
        "10:00 cart_item_added c1 p1; 12:30 page_viewed c2; 11:30 cart_item_added c1 p2@20;"
        " 20:00 end",
        told,
        lateness=lateness,
    )


def test_a_late_event_of_the_time_of_the_closing_comes_after_it() -> None:
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:30 order_placed c1 o1 items=p1
        10:40 page_viewed c1
        10:30 cart_item_added c1 p2
        11:30 end
        """,
        "11:30 fired cart_left c1 rung=1h anchor=10:30",
    )


def test_many_changes_of_one_item_add_up() -> None:
    additions = "; ".join(f"10:{minute:02d} cart_item_added c1 p1*2" for minute in range(50))
    removals = "; ".join(f"10:{minute} cart_item_removed c1 p1*1" for minute in range(50, 60))
    drawn = f"{additions}; {removals}; 10:45 cart_item_added c1 p1*3; 11:59 end"
    assert cart_at_the_end(drawn) == [{"p1": 93}]


def test_a_late_snapshot_leaves_no_price_or_category_of_before_it() -> None:
    # In order the bag of 10:00 went with the snapshot, and came back at 10:40 without a price.
    in_order = """
    10:00 cart_item_added c1 bag@5 category=bags
    10:20 cart_updated c1 items=hat
    10:40 cart_item_added c1 bag
    """
    first, snapshot, again = in_order.strip().splitlines()
    for arrived in (in_order, "\n".join([first, again, snapshot])):
        cart = play(CART, arrived + "\n11:40 end").triggers[-1]["context"]["cart"]
        assert cart["items"][1] == {"product": "bag", "quantity": 1}
        assert cart["total"] == 0


def test_the_last_category_told_of_an_item_counts_not_the_last_to_arrive() -> None:
    drawn = """
    10:00 cart_item_added c1 hat
    10:30 cart_item_added c1 bag category=new
    10:15 cart_item_added c1 bag category=old
    11:30 end
    """
    (trigger,) = play(CART, drawn).triggers
    assert trigger["context"]["cart"]["items"][1]["category"] == "new"


def test_a_late_order_that_leaves_an_emptied_cart_has_it_closed_since_it_was_emptied() -> None:
    # Of p2 from before the order nothing is left, and p1 is gone since 16:00: the snapshot of 12:00
    # is older than that closing.
    expect(
        CART,
        """
        09:00 cart_item_added c1 p1
        06:00 cart_item_added c1 p2
        16:00 cart_item_removed c1 p1
        08:00 order_placed c1 o1
        12:00 cart_updated c1 p2
        20:00 end
        """,
        "10:00 fired cart_left c1 rung=1h anchor=09:00 emitted=16:00",
    )


def test_a_late_snapshot_of_nothing_names_the_cart_that_stays_open() -> None:
    # Of 10:00 nothing is left, but p2 came later: the order of k1 closes the cart.
    expect(
        CART,
        """
        10:00 cart_item_added c1 p1
        10:30 cart_item_added c1 p2
        10:00 cart_updated c1 [] cart=k1
        10:40 order_placed c1 o1 cart=k1 items=p9
        20:00 end
        """,
        "",
    )
