"""Which orders of products are remembered beyond the bound."""

from streamseg.core.events import Event
from streamseg.core.features.base import States, UpdateContext
from streamseg.core.features.orders import MAX_PRODUCTS, ProductOrders


def order(time: int, *products: str) -> Event:
    return Event("order_placed", "c", time, {"items": [{"product": one} for one in products]})


def test_beyond_the_bound_the_order_that_is_longest_ago_is_forgotten_and_of_equals_the_first() -> (
    None
):
    feature, states, ctx = ProductOrders(None), States(), UpdateContext()
    feature.update(states, 0, order(5, "late"), ctx)
    feature.update(states, 0, order(1, "old"), ctx)
    feature.update(states, 0, order(3, *(f"p{n:04d}" for n in range(MAX_PRODUCTS, -1, -1))), ctx)
    assert len(states[0]) == MAX_PRODUCTS
    assert {"old", "p0000", "p0001"}.isdisjoint(states[0])
    assert list(states[0])[:2] == ["late", f"p{MAX_PRODUCTS:04d}"]
