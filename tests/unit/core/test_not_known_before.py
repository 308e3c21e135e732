"""A new rule takes nothing for silence that it did not see: condition by condition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from tests.unit.core.shop import Log, Record, commit, restored

MINUTE, HOUR = 60_000, 3_600_000
# What is remembered before: the last view, for a condition that asks for it and for more.
BASE = "{name: base, use: inactivity, with: {of: product_viewed}}"


def event(kind: str, time: int, **data: Any) -> Event:
    return Event(kind, "c", time, data, f"{kind}-{time}")


HISTORY: list[Record] = [
    event("contact_updated", 0, country="PL"),
    *[event("product_viewed", n * MINUTE, product="p", price=5 + n) for n in range(3)],
    event("cart_item_added", 4 * MINUTE, product="p", price=9),
    event("wishlist_added", 5 * MINUTE, product="p"),
]
THEN: list[Record] = [event("searched", 3 * HOUR, query="q", product="p")]
# Each is false by the whole history, and true of somebody who begins with the search.
OF_CONTACT = [
    "{did: product_viewed, at_most: 2}",
    "{did: product_viewed, at_most: 2, within: 1d}",
    "{not: {did: product_viewed, at_least: 2}}",
    "{not: {idle: product_viewed, for: 1h}}",
    "{not: {idle: wishlist_added, for: 1h}}",
    "{aggregate: sum, of: price, over: product_viewed, lt: 9}",
    "{aggregate: distinct, of: price, over: product_viewed, lt: 2, within: 1d}",
    "{not: {aggregate: min, of: price, over: product_viewed, lt: 9}}",
    "{not: {followed: {first: product_viewed, by: cart_item_added, within: 1h}}}",
    "{not: {followed: {first: product_viewed, by: cart_item_added, within: 1h, last: 1d}}}",
    "{not: {not_followed: {first: wishlist_added, by: [order_placed], within: 1h}}}",
]
OF_CONTACT_ALONE = [
    "{attribute: country, ne: PL}",
    "{attribute: country, exists: false}",
    "{not: {cart: {items: {gte: 1}}}}",
]
OF_KEY_ALONE = [
    "{not: {interest: {by: [viewed], within: 1d, while: any}}}",
]


def entries(log: Log, rule: str, todo: list[Record]) -> list[str]:
    partition = restored(log, f"version: 1\nsegments: [{BASE}, {rule}]")
    for record in todo:
        partition.apply(record, None)
    partition.advance(partition.now + MINUTE, None)
    told = [json.loads(message) for message in commit(partition, Log())]
    explained_as_it_answers(partition)
    return [one["cause"] for one in told if one["type"] == "segment.entered"]


def explained_as_it_answers(partition: Partition) -> None:
    """What is not known is told so, part by part."""
    peek = partition.peek("c", partition.now)
    assert peek is not None
    segment = peek.rules.segments[-1]
    for key in [None] if segment.per is None else ["p"]:
        ctx, root = peek.explain(segment, key, 0)
        parts = [root]
        for part in parts:
            assert (part.truth, part.change) == part.condition.at(ctx, peek.instant)
            parts += part.parts


def before() -> Log:
    log = Log()
    partition = restored({}, f"version: 1\nsegments: [{BASE}]")
    for record in HISTORY:
        partition.apply(record, None)
    commit(partition, log)
    return log


def denied_by_what_was_before(rule: str) -> None:
    assert entries({}, rule, THEN)
    assert not entries({}, rule, HISTORY + THEN)
    assert not entries(before(), rule, THEN)


@pytest.mark.parametrize("when", OF_CONTACT + OF_CONTACT_ALONE)
def test_what_was_before_a_rule_is_no_silence_of_a_contact(when: str) -> None:
    searched = "{did: searched}"
    denied_by_what_was_before(f"{{name: s, when: {{all: [{searched}, {when}]}}, membership: true}}")


@pytest.mark.parametrize("when", OF_CONTACT + OF_KEY_ALONE)
def test_what_was_before_a_rule_is_no_silence_of_a_key(when: str) -> None:
    searched = "{did: searched}"
    denied_by_what_was_before(
        f"{{name: s, per: product, when: {{all: [{searched}, {when}]}}, membership: true}}"
    )


def test_an_event_from_before_the_rule_may_have_followed() -> None:
    """Of the first event all is remembered already, of the other nothing."""
    order = event("order_placed", 6 * MINUTE, order="o", items=[{"product": "p"}])
    rule = """{name: s, membership: true,
     when: {not_followed: {first: product_viewed, by: [order_placed], within: 1h}}}"""
    log = Log()
    partition = restored({}, f"version: 1\nsegments: [{BASE}]")
    for record in [*HISTORY, order]:
        partition.apply(record, None)
    commit(partition, log)
    assert entries({}, rule, [*HISTORY, *THEN])
    assert not entries({}, rule, [*HISTORY, order, *THEN])
    assert not entries(log, rule, THEN)


def test_a_product_of_a_first_snapshot_may_have_been_in_the_cart_before() -> None:
    then = event("cart_updated", 3 * HOUR, items=[{"product": "p"}])
    rule = """{name: s, per: product, membership: true,
     when: {interest: {by: [cart], within: 1h, while: any}}}"""
    snapshot = event("cart_updated", 4 * MINUTE, items=[{"product": "p"}])
    log = Log()
    partition = restored({}, f"version: 1\nsegments: [{BASE}]")
    partition.apply(snapshot, None)
    commit(partition, log)
    assert entries({}, rule, [then])
    assert len(entries({}, rule, [snapshot, then])) == 1  # by the first one
    assert not entries(log, rule, [then])
