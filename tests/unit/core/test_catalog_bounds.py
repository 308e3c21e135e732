"""What is remembered of a product has a bound, so that its records fit into their topics."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from streamseg.core.events import ProductEvent
from streamseg.core.products.catalog import MAX_LOCATIONS, MAX_TEXT, Catalog
from streamseg.formats.signals import encode_change


def told(*facts: dict[str, Any]) -> tuple[Catalog, list[Any]]:
    catalog = Catalog()
    for time, data in enumerate(facts):
        catalog.apply(ProductEvent("product_updated", "p", time, data), None)
    return catalog, catalog.take().outcomes


def test_long_texts_and_numbers_are_cut() -> None:
    long = Decimal("1." + "7" * 500_000)
    text = dict.fromkeys(("name", "category", "brand", "currency"), "x" * 900000)
    _, changes = told({**text, "price": 2 * long, "quantity": long}, {"price": long})
    assert all(len(encode_change(one)) < 10_000 for one in changes)
    assert changes[-1].name == "x" * MAX_TEXT
    assert str(changes[-1].price).startswith("1.7777")


def test_of_many_locations_the_one_told_longest_ago_is_forgotten() -> None:
    catalog = Catalog()
    for n in range(MAX_LOCATIONS + 10):
        data = {"quantity": 1, "location": f"l{n}"}
        catalog.apply(ProductEvent("stock_changed", "p", n, data), None)
    batch = catalog.take()
    assert batch.outcomes[-1].stock == MAX_LOCATIONS
    ((_, value), *_) = batch.changes
    assert value is not None
    assert len(value) < 4_000_000
