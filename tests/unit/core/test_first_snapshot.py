"""The first snapshot of a cart after an edit: whether a product is new in it may not be known."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from tests.unit.core.shop import Log, commit, restored

MINUTE = 60_000
BEFORE = "version: 1\nsegments: [{name: other, when: {did: page_viewed}, trigger: {}}]"
# Whom a view of a product makes a member, unless the product came into the cart lately.
VIEWED_ONLY = (
    "{all: [{interest: {by: [viewed], within: 1d, while: any}}, "
    "{not: {interest: {by: [cart], within: 10m, while: any}}}]}"
)


def event(kind: str, minute: int, **data: Any) -> Event:
    return Event(kind, "c", minute * MINUTE, data, f"{kind} at {minute}")


def snapshot(minute: int, *products: str) -> Event:
    return event("cart_updated", minute, items=[{"product": one} for one in products])


ADDED = event("cart_item_added", 0, product="p")
ORDERED = event("order_placed", 1, order="o")
VIEWED = event("product_viewed", 12, product="p")


def rules(when: str) -> str:
    return f"version: 1\nsegments: [{{name: q, per: product, membership: true, when: {when}}}]"


def told(when: str, before: list[Event], after: list[Event], until: int) -> list[tuple[str, str]]:
    """Entries and exits for p under rules that come after the events ``before``."""
    log: Log = {}
    partition = restored({}, BEFORE)
    for one in before:
        partition.apply(one, None)
    commit(partition, log)
    return moves(restored(log, rules(when)), after, until)


def moves(partition: Partition, events: list[Event], until: int) -> list[tuple[str, str]]:
    for one in events:
        partition.apply(one, None)
    partition.advance(until * MINUTE, None)
    messages = [json.loads(message) for message in commit(partition, {})]
    return [
        (one["type"].removeprefix("segment."), (one.get("exited_at") or one["entered_at"])[11:16])
        for one in messages
        if one["key"] == "p" and one["type"].startswith("segment.")
    ]


def test_a_product_that_may_be_new_in_the_cart_is_not_taken_for_one_that_is_not() -> None:
    after = [snapshot(12, "p"), VIEWED]
    # Known, p came into the cart at 12, and that is over at 22. Else it is unknown as long.
    whole = moves(restored({}, rules(VIEWED_ONLY)), [ADDED, ORDERED, *after], 30)
    assert whole == [("entered", "00:22")]
    assert told(VIEWED_ONLY, [ADDED, ORDERED], after, 30) == whole


def test_who_is_in_when_it_becomes_unknown_leaves() -> None:
    after = [event("product_viewed", 11, product="p"), snapshot(12, "p")]
    assert told(VIEWED_ONLY, [ADDED, ORDERED], after, 30) == [
        ("entered", "00:11"),
        ("exited", "00:12"),
        ("entered", "00:22"),
    ]


@pytest.mark.parametrize(
    "when",
    [
        "{interest: {by: [viewed, cart], within: 1d, while: any}}",
        "{interest: {by: [cart, viewed], while: any}}",
    ],
)
def test_interest_that_is_known_counts_on(when: str) -> None:
    after = [VIEWED, snapshot(13, "p")]
    assert told(when, [ADDED, ORDERED], after, 30) == [("entered", "00:12")]


def test_what_a_second_snapshot_adds_is_known() -> None:
    after = [snapshot(12, "p"), snapshot(13), snapshot(14, "p"), VIEWED]
    when = "{interest: {by: [cart], within: 1d, while: any}}"
    assert told(when, [ADDED, ORDERED], after, 30) == [("entered", "00:14")]


IDLE = "{cart: {idle: 2m}}"
NOT_IDLE = f"{{all: [{{did: any}}, {{not: {IDLE}}}]}}"
AGAIN = event("cart_item_added", 3, product="p")


@pytest.mark.parametrize(
    ("when", "after", "of_whole", "expected"),
    [
        # Two of p were in the cart, one of which is not known: at 4 it became one.
        (IDLE, [AGAIN, snapshot(4, "p")], ["00:06"], ["00:06"]),
        (IDLE, [snapshot(5, "p")], ["00:02"], ["00:07"]),
        # Nothing changed at 5, and that is not known.
        (NOT_IDLE, [snapshot(5, "p")], ["00:00"], []),
        (NOT_IDLE, [snapshot(5, "p"), snapshot(6, "p", "p2")], ["00:00", "00:06"], ["00:06"]),
        (NOT_IDLE, [snapshot(5, "p"), event("order_placed", 6, order="o")], ["00:06"], ["00:06"]),
    ],
)
def test_since_when_a_cart_is_as_a_first_snapshot_tells_is_not_known(
    when: str, after: list[Event], of_whole: list[str], expected: list[str]
) -> None:
    log: Log = {}
    partition = restored({}, BEFORE)
    partition.apply(ADDED, None)
    commit(partition, log)
    rules = f"version: 1\nsegments: [{{name: q, membership: true, when: {when}}}]"
    whole = entered(restored({}, rules), [ADDED, *after])
    assert whole[-len(of_whole) :] == of_whole
    assert entered(restored(log, rules), after) == expected


def entered(partition: Partition, events: list[Event]) -> list[str]:
    """When the contact entered."""
    for one in events:
        partition.apply(one, None)
    partition.advance(30 * MINUTE, None)
    messages = [json.loads(message) for message in commit(partition, {})]
    return [one["entered_at"][11:16] for one in messages if one["type"] == "segment.entered"]


def test_a_late_snapshot_from_before_carts_are_remembered_tells_nothing_of_what_is_in_them() -> (
    None
):
    """At 4 the cart became empty, and that is not known."""
    log: Log = {}
    partition, before = restored({}, BEFORE), [snapshot(3, "p"), snapshot(4)]
    for one in before:
        partition.apply(one, None)
    commit(partition, log)
    full = "{cart: {items: {gte: 1}}}"
    rules = f"version: 1\nsegments: [{{name: q, membership: true, when: {full}}}]"
    late = event("cart_updated", 2, items=[{"product": "p"}])
    assert entered(restored({}, rules), [*before, late]) == ["00:03"]
    assert entered(restored(log, rules), [late]) == []
    assert entered(restored(log, rules), [late, snapshot(5, "p")]) == ["00:05"]
