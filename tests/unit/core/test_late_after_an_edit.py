"""Late events from before an edit do not tell what happened between them and the edit."""

from __future__ import annotations

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored
from tests.unit.core.test_first_snapshot import event
from tests.unit.core.test_unknown_interest import BEFORE, both, viewed

DAY = 24 * 60  # minutes

NOT_FOLLOWED = """{name: q, membership: true, when: {all: [{did: page_viewed},
 {not: {followed: {first: product_viewed, by: cart_item_added, within: 2m, last: 8m}}}]}}"""
AGAIN = "{name: q, membership: true, use: replenishment, with: {%s give_up: 1h}}"
NEXT = "{name: q, membership: true, use: next_order}"


def ordered(minute: int) -> Event:
    return event("order_placed", minute, order=f"at {minute}", items=[{"product": "p"}])


def test_a_late_pair_does_not_tell_that_none_followed_later() -> None:
    seen = [viewed(10), event("cart_item_added", 11, product="p")]
    late = [viewed(1), event("cart_item_added", 2, product="p")]
    whole, edited = both(NOT_FOLLOWED, seen, [*late, event("page_viewed", 13)])
    assert whole == [("entered", "00:18")]
    assert edited == [("entered", "00:19")]


def test_since_when_it_is_unknown_whether_one_followed_is_not_told() -> None:
    log: Log = {}
    followed = "{followed: {first: product_viewed, by: cart_item_added, within: 1m, last: 8m}}"
    partition = restored({}, f"version: 1\nsegments: [{BEFORE}]")
    partition.apply(viewed(10), None)
    commit(partition, log)
    partition = restored(
        log, f"version: 1\nsegments: [{{name: q, trigger: {{}}, when: {followed}}}]"
    )
    for one in (viewed(1), event("cart_item_added", 2, product="p"), event("page_viewed", 13)):
        partition.apply(one, None)
    commit(partition, log)
    peek = partition.peek("c", partition.now)
    assert peek is not None
    ctx, part = peek.explain(peek.rules.segments[0], None, 0)
    (asked,) = part.parts or [part]
    assert asked.truth is None
    assert asked.since(ctx, partition.now) is None


def test_a_late_order_is_not_taken_for_the_last_one() -> None:
    whole, edited = both(AGAIN % "gap: 10m,", [ordered(10)], [ordered(4), event("page_viewed", 13)])
    assert whole == [("entered", "00:20")]
    assert edited == []


def test_late_orders_do_not_tell_the_mean_gap_of_the_last_ones() -> None:
    late = [ordered(minute) for minute in range(1, 17, 2)]
    whole, edited = both(AGAIN % "least: 1m,", [ordered(30)], [*late, event("page_viewed", 35)])
    assert whole == [("entered", "00:33")]
    assert edited == []


def test_late_order_days_do_not_tell_the_mean_gap_of_the_last_ones() -> None:
    late = [ordered(day * DAY) for day in range(0, 16, 2)]
    seen = [ordered(30 * DAY)]
    for until, of_whole in ((31, []), (35, [("entered", "00:00")])):
        assert both(NEXT, seen, [*late, event("page_viewed", until * DAY)]) == (of_whole, [])
