"""When a product's facts became others: what a contact's latest decided instant goes by."""

from __future__ import annotations

from typing import Any

import pytest

from streamseg.core.events import ProductEvent
from streamseg.core.products.catalog import Catalog
from streamseg.core.products.facts import ProductFacts


def changed_at(*told: dict[str, Any]) -> int | None:
    """When the facts became others, of what is told at 1, 2, …"""
    catalog, facts = Catalog(), ProductFacts()
    for time, data in enumerate(told, start=1):
        catalog.apply(ProductEvent("product_updated", "p", time, data), None)
    for change in catalog.take().outcomes:
        facts = facts.after(change)
    return facts.changed_at


@pytest.mark.parametrize(
    ("told", "changed"),
    [
        ([{"price": 5}, {"currency": "EUR"}], 2),
        ([{"price": 5}, {"price": 5, "currency": "EUR"}], 2),
        ([{"price": 5, "currency": "EUR"}, {"currency": "PLN"}], 2),
        ([{"quantity": 0}, {"currency": "EUR"}], 2),
        ([{"currency": "EUR"}, {"currency": "PLN"}], 2),
        ([{"price": 5, "currency": "EUR"}, {"price": 5, "currency": "EUR"}], 1),
        ([{"price": 5, "currency": "EUR"}, {"price": 5}], 1),
        ([{"price": 5, "currency": "EUR"}, {"name": "hat"}], 1),
    ],
)
def test_a_currency_that_becomes_known_or_another_changes_the_product(
    told: list[dict[str, Any]], changed: int
) -> None:
    assert changed_at(*told) == changed
