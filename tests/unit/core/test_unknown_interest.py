"""After an edit it may not be known which interest in a product was the last one."""

from __future__ import annotations

import json

import pytest

from streamseg.core.events import Event, ProductEvent
from streamseg.core.partition import Partition
from streamseg.core.products.catalog import Catalog
from tests.unit.core.shop import Log, Record, commit, restored
from tests.unit.core.test_first_snapshot import (
    ADDED,
    MINUTE,
    event,
    snapshot,
)

KEPT = "per: product, membership: true"
WITH = "with: {by: [viewed, cart], after: 5m, within: 10m}"
LOW = f"{{name: q, use: low_stock, membership: true, {WITH}}}"
IN_LOW = "{in_segment: low}"
ASKED = f"{{name: low, use: low_stock, {WITH}}}"
DROP = "{product: {price_drop: {gte: 10%}}}"
FALLEN = f"{{name: q, {KEPT}, when: {DROP}}}"
NOT_LOW, NOT_FALLEN = (
    f"{{name: q, {KEPT}, when: {{all: [{{did: product_viewed}}, {{not: {one}}}]}}}}"
    for one in (IN_LOW, DROP)
)
# Rules under which orders are remembered, and neither carts nor interest by a view.
BEFORE = LOW.replace("name: q", "name: before").replace("[viewed, cart]", "[wishlist]")
ORDERED = event("order_placed", 1, order="o", items=[{"product": "p"}])

SILENT = f"{{name: q, {KEPT}, when: {{idle: product_viewed, for: 5m}}}}"

Moves = list[tuple[str, str]]


def offered(minute: int, price: int) -> list[Record]:
    """There is little of the product from an instant on, at a price."""
    catalog = Catalog()
    data = {"quantity": 3, "price": price}
    catalog.apply(ProductEvent("product_updated", "p", minute * MINUTE, data), None)
    return [*catalog.take().outcomes]


def viewed(minute: int, product: str = "p", price: int = 100) -> Event:
    return event("product_viewed", minute, product=product, price=price)


def both(segments: str, before: list[Record], after: list[Record]) -> tuple[Moves, Moves]:
    """Entries and exits for p after the events ``before``: under rules of the full history, and
    under rules that come after these events.
    """
    former, rules = (f"version: 1\nsegments: [{one}]" for one in (BEFORE, segments))
    log: Log = {}
    whole, edited = restored({}, rules), restored({}, former)
    for one in before:
        whole.apply(one, None)
        edited.apply(one, None)
    commit(whole, {})
    commit(edited, log)
    return moves(whole, after), moves(restored(log, rules), after)


def moves(partition: Partition, events: list[Record]) -> Moves:
    """When the contact c entered and exited q."""
    for one in events:
        partition.apply(one, None)
    partition.advance(60 * MINUTE, None)
    messages = [json.loads(message) for message in commit(partition, {})]
    return [
        (one["type"].removeprefix("segment."), (one.get("exited_at") or one["entered_at"])[11:16])
        for one in messages
        if one["type"].startswith("segment.") and (one["segment"], one["contact"]) == ("q", "c")
    ]


FIRST_SNAPSHOT = [snapshot(12, "p"), viewed(11)]  # it is not known whether p is new in it


def test_interest_before_a_snapshot_that_may_show_it_is_not_taken_for_the_last_one() -> None:
    whole, edited = both(LOW, [*offered(0, 100), ADDED, ORDERED], FIRST_SNAPSHOT)
    assert whole == [("entered", "00:17"), ("exited", "00:22")]
    assert edited == []


def test_who_is_not_in_by_interest_before_such_a_snapshot_may_be_in_by_the_snapshot() -> None:
    whole, edited = both(f"{ASKED}, {NOT_LOW}", [*offered(0, 100), ADDED, ORDERED], FIRST_SNAPSHOT)
    assert whole[1:] == [("exited", "00:17"), ("entered", "00:22")]
    assert edited == [("entered", "00:22")]


@pytest.mark.parametrize(
    ("segments", "price", "price_before", "of_whole"),
    [
        (LOW, 100, 100, [("entered", "00:14"), ("exited", "00:19")]),
        (SILENT, 100, 100, [("entered", "00:14")]),
        (FALLEN, 100, 200, []),
        (NOT_FALLEN, 200, 100, []),
    ],
)
def test_late_interest_from_before_it_is_remembered_is_not_taken_for_the_last_one(
    segments: str, price: int, price_before: int, of_whole: Moves
) -> None:
    """Nothing is known of the view at 9 under the new rules."""
    before = [*offered(0, 100), viewed(9, price=price), event("page_viewed", 10)]
    whole, edited = both(segments, before, [viewed(8, price=price_before)])
    assert (whole, edited) == (of_whole, [])


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([snapshot(12, "p"), viewed(13)], "00:18"),  # later than the snapshot
        ([viewed(13), snapshot(12, "p")], "00:18"),  # the snapshot is late
        ([viewed(13), snapshot(14, "other")], "00:18"),  # of another product
    ],
)
def test_the_last_interest_is_known_where_no_snapshot_can_have_shown_later_interest(
    after: list[Record], expected: str
) -> None:
    whole, edited = both(LOW, [*offered(0, 100), ADDED, ORDERED], after)
    assert whole[0] == ("entered", expected)
    assert edited == whole


@pytest.mark.parametrize("segments", [LOW, SILENT])
def test_an_event_that_is_late_only_for_others_is_the_last_one(segments: str) -> None:
    """The rules come at 20, and nothing of the contact is later than 10."""
    before = [
        *offered(0, 100),
        event("page_viewed", 10),
        Event("page_viewed", "d", 20 * MINUTE, {}),
    ]
    whole, edited = both(segments, before, [viewed(15)])
    assert whole[0] == ("entered", "00:20")
    assert edited == whole


@pytest.mark.parametrize(
    ("segments", "of_whole"),
    [
        (LOW, [("entered", "00:14"), ("exited", "00:19")]),
        (SILENT, [("entered", "00:14")]),
        (SILENT.replace("per: product, ", ""), [("entered", "00:14")]),
    ],
)
def test_the_last_event_of_one_of_two_contacts_may_not_be_the_last_one_of_both(
    segments: str, of_whole: Moves
) -> None:
    """All is known of the other contact, whose first event comes after the edit."""
    before = [*offered(0, 100), viewed(9), event("page_viewed", 10)]
    other = Event("product_viewed", "m", 8 * MINUTE, {"product": "p", "price": 200}, "of m")
    merged = event("contact_merged", 11, **{"from": "m"})
    whole, edited = both(segments, before, [other, merged])
    assert [one for one in whole if one[1] != "00:13"] == of_whole
    assert edited == []
