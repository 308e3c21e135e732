"""The cart of two contacts who turn out to be one person."""

from typing import Any

from streamseg.core.events import Event
from streamseg.core.features.base import States, UpdateContext
from streamseg.core.features.cart import Cart
from streamseg.core.features.cart_state import (
    changed_at,
    closed_names,
    contents,
    is_open,
    opened_at,
)

MINUTE = 60_000


def add(minute: int, product: str, quantity: int = 1, price: int | None = None) -> Event:
    told = {"product": product, "quantity": quantity, "price": price}
    return Event("cart_item_added", "c", minute * MINUTE, told)


def order(minute: int, *products: str, cart: str | None = None) -> Event:
    told = {"order": f"o{minute}", "cart": cart, "items": [{"product": one} for one in products]}
    return Event("order_placed", "c", minute * MINUTE, told)


def named(minute: int, name: str) -> Event:
    return Event("checkout_started", "c", minute * MINUTE, {"cart": name})


def cart(*events: Event, feature: Cart | None = None) -> Any:
    states: States = {}
    for event in events:
        (feature or Cart()).update(states, 0, event, UpdateContext())
    return states.get(0)


def joined(one: Any, other: Any, feature: Cart | None = None) -> Any:
    before = repr((one, other))
    state = (feature or Cart()).join(one, other, UpdateContext())
    assert repr((one, other)) == before
    return state


def quantities(state: Any) -> dict[str, Any]:
    return {item.product: item.quantity for item in contents(state)}


def test_an_order_of_one_closes_the_older_cart_of_the_other() -> None:
    assert not is_open(joined(cart(add(0, "bag")), cart(order(30, "bag"))))


def test_an_order_before_the_last_change_closes_nothing() -> None:
    state = joined(cart(add(0, "bag"), add(31, "bag")), cart(order(30, "bag")))
    assert quantities(state) == {"bag": 2}


def test_an_order_of_something_else_closes_nothing_unless_any_order_does() -> None:
    one, other = cart(add(0, "hat")), cart(order(30, "coat"))
    assert is_open(joined(one, other))
    any_closes = Cart(any_order_closes=True)
    one, other = cart(add(0, "hat"), feature=any_closes), cart(order(30, "coat"))
    assert not is_open(joined(one, other, any_closes))


def test_an_order_that_left_its_own_cart_open_may_close_the_other() -> None:
    of_k = cart(add(0, "hat"), order(40, "coat"))
    state = joined(cart(add(10, "coat")), of_k)
    assert quantities(state) == {"hat": 1}
    assert (opened_at(state), changed_at(state)) == (0, 0)


def test_an_order_that_names_the_cart_closes_it_and_its_names() -> None:
    state = joined(cart(add(0, "bag"), named(1, "k-1")), cart(order(30, "shoe", cart="k-1")))
    assert not is_open(state)
    assert closed_names(state) == ["k-1"]


def test_two_open_carts_are_one_of_all_products() -> None:
    one = cart(add(10, "hat", price=8), add(10, "bag"))
    state = joined(one, cart(add(0, "hat", price=9)))
    assert quantities(state) == {"hat": 1, "bag": 1}
    assert {item.product: item.price for item in contents(state)} == {"hat": 8, "bag": None}
    assert (opened_at(state), changed_at(state)) == (0, 10 * MINUTE)
    assert Cart().one_episode(one, cart(add(0, "hat"))) == (10 * MINUTE, 0)


def test_of_one_instant_the_keeper_tells_how_many() -> None:
    assert quantities(joined(cart(add(5, "hat", 3)), cart(add(5, "hat", 2)))) == {"hat": 2}


def test_for_late_events_the_united_cart_is_closed_until_the_later_closing() -> None:
    one = cart(add(0, "x"), order(5, "x"), add(10, "bag"))
    state = joined(one, cart(add(0, "y"), order(8, "y"), add(10, "hat")))
    states = {0: state}
    Cart().update(states, 0, add(7, "late"), UpdateContext())
    assert quantities(states[0]) == {"bag": 1, "hat": 1}


def test_the_orders_of_both_are_remembered_for_a_third() -> None:
    both = joined(cart(order(30, "bag")), cart(order(31, "hat")))
    assert not is_open(joined(cart(add(0, "bag")), both))
    assert not is_open(joined(cart(add(0, "hat")), both))


def test_eight_orders_are_remembered() -> None:
    orders = [order(10 + number, f"p{number}") for number in range(9)]
    assert is_open(joined(cart(add(0, "p0")), cart(*orders)))
    assert not is_open(joined(cart(add(0, "p1")), cart(*orders)))


def test_a_cart_of_a_former_version_has_no_orders_yet() -> None:
    former = [None, None, 5, [], [], ["k-1"]]
    state = joined(cart(add(10, "bag")), former)
    assert quantities(state) == {"bag": 1}
    states = {0: [None, None, 5, [], []]}
    Cart().update(states, 0, order(9, "bag"), UpdateContext())
    assert not is_open(joined(cart(add(0, "bag")), states[0]))
