"""A change of a product that comes while contacts are brought to other rules, in slices."""

from __future__ import annotations

import json

import pytest

from streamseg.core.events import Event, ProductEvent
from streamseg.core.products.catalog import Catalog
from tests.unit.core.shop import Log, Record, commit, restored

MINUTE = 60_000
LATENESS = 10 * MINUTE
RESTED = "{idle: product_viewed, for: 5m}, {not: {idle: product_viewed, for: 6m}}"
WHEN = f"{{all: [{RESTED}, {{product: {{stock: {{gt: 0}}}}}}]}}"
KEPT = f"{{name: q, per: product, membership: true, when: {WHEN}}}"


def rules(other: str) -> str:
    return f"version: 1\nsegments: [{KEPT}, {{name: other, when: {{did: {other}}}}}]"


def stocked(*told: tuple[int, int]) -> list[list[Record]]:
    """Changes of the product's stock: each a minute and the quantity from then on."""
    catalog = Catalog()
    changes: list[list[Record]] = []
    for minute, quantity in told:
        data = {"quantity": quantity}
        catalog.apply(ProductEvent("stock_changed", "p", minute * MINUTE, data), None)
        changes.append([*catalog.take().outcomes])
        catalog.install()
    return changes


def viewed(contact: str) -> Event:
    return Event("product_viewed", contact, 0, {"product": "p"}, f"view of {contact}")


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(0, ["entered 00:05", "exited 00:06"]), (3, [])],
)
@pytest.mark.parametrize("slice_size", [None, 1])
def test_what_time_changed_before_a_change_of_a_product_is_decided_by_the_facts_of_then(
    slice_size: int | None, quantity: int, expected: list[str]
) -> None:
    """The rule of q stays as it is, and another one is edited."""
    log: Log = {}
    before, after = stocked((0, 3 - quantity), (7, quantity))
    partition = restored({}, rules("searched"), lateness=LATENESS, slice_size=slice_size)
    for one in [*before, viewed("c"), viewed("d")]:
        partition.apply(one, None)
    partition.advance(0, None)
    commit(partition, log)
    partition = restored(log, rules("page_viewed"), lateness=LATENESS, slice_size=slice_size)
    for one in after:
        partition.apply(one, None)
    partition.advance(60 * MINUTE, None)
    messages = [json.loads(message) for message in commit(partition, {})]
    for contact in ("c", "d"):
        assert [
            f"{one['type'].removeprefix('segment.')} "
            + (one.get("exited_at") or one["entered_at"])[11:16]
            for one in messages
            if one["type"].startswith("segment.") and one["contact"] == contact
        ] == expected
