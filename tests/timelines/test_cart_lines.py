"""Section 2, cart_updated: several lines of one product count each."""

import json
from typing import Any

import pytest

from .drawing import expect, play

CART = "- {name: cart_left, use: abandoned_cart}"


def lines(*drawn: tuple[Any, Any]) -> str:
    """A snapshot of lines of one product, each (quantity, price)."""
    items = [
        {"product": "mug"}
        | ({} if quantity is None else {"quantity": quantity})
        | ({} if price is None else {"price": price})
        for quantity, price in drawn
    ]
    return json.dumps(items, separators=(",", ":"))


def cart_of(snapshot: str, more: str = "") -> dict[str, Any]:
    (fired,) = play(CART, f"10:00 cart_updated c1 {snapshot}; {more} 12:00 page_viewed c1").triggers
    cart: dict[str, Any] = fired["context"]["cart"]
    return cart


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("told", "quantity", "total"),
    [
        ([(1, 20), (1, 0)], 2, 20),
        ([(1, 20), (1, 10)], 2, 30),
        ([(1, 20), (0, 0)], 1, 20),
        ([(1, 0.1), (2, 0.2)], 3, 0.5),
        ([(2, 9.99), (None, 9.99)], 3, 29.97),
        ([(1, 20), (1, None)], 2, 20),
        ([(1, None), (1, None)], 2, 0),
        ([(1, 10), (2, 15)], 3, 40),
        ([(1.5, 10), (1.5, 20)], 3, 45),
        ([(1, 5), (1, 6), (5, 7)], 7, 46),
    ],
)
def test_quantities_and_amounts_add_up(
    told: list[tuple[Any, Any]], quantity: Any, total: Any, turned: bool
) -> None:
    cart = cart_of(lines(*(reversed(told) if turned else told)))
    (item,) = cart["items"]
    assert (item["product"], item["quantity"], cart["total"]) == ("mug", quantity, total)


def test_the_price_is_what_one_costs_on_average() -> None:
    assert cart_of(lines((1, 20), (1, 10)))["items"][0]["price"] == 15
    assert cart_of(lines((1, 10), (2, 15)))["items"][0]["price"] == 13.3333333333


def test_an_endless_price_loses_nothing_when_quantities_change() -> None:
    more = "10:10 cart_item_added c1 mug*3; 10:20 cart_item_added c1 cup@0.5;"
    assert cart_of(lines((1, 10), (2, 15)), more)["total"] == 80.5


def test_a_later_price_holds_for_all() -> None:
    assert cart_of(lines((1, 20), (1, 10)), "10:10 cart_item_added c1 mug@12;")["total"] == 36


def test_a_least_total_asks_for_the_sum_of_the_lines() -> None:
    rule = "- {name: s, use: abandoned_cart, with: {min_total: §}}"
    snapshot = f"10:00 cart_updated c1 {lines((1, 10), (2, 15))}; 11:00 end"
    expect(rule.replace("§", "40"), snapshot, "11:00 fired s c1 rung=1h anchor=10:00")
    expect(rule.replace("§", "40.0001"), snapshot, "")


def test_the_price_seen_in_a_cart_is_the_highest_of_its_lines() -> None:
    # One at half price, or as a gift, is no price of the product.
    for told in ([(1, 100), (1, 0)], [(1, 0), (1, 100)], [(1, None), (1, 100)]):
        expect(
            "- {name: drop, use: price_drop}",
            f"10:00 cart_updated c1 {lines(*told)}; 11:00 price_changed mug 90",
            "11:00 fired drop c1 key=mug anchor=10:00",
        )
