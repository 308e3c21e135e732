"""A change of a product that many wait for is worked off in slices, and comes to the same."""

from __future__ import annotations

from typing import Any

import pytest

from streamseg.core.contacts.slots import is_inside
from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from tests.unit.core.shop import Log, commit, ids, records, restored, told


def stock(version: int, time: int, stock: int) -> ProductChange:
    return ProductChange("p-1", time, version, stock=stock, stock_time=time)


def waiting(contacts: int, **options: Any) -> Partition:
    """A partition in which so many contacts have seen that p-1 is out of stock."""
    partition = restored({}, **options)
    partition.apply(stock(1, 1000, 0), None)
    for number in range(contacts):
        view = Event("product_viewed", f"c-{number}", 2000, {"product": "p-1"}, f"e-{number}")
        partition.apply(view, None)
    return partition


def test_slices_of_a_restock_tell_each_contact_once() -> None:
    partition, log, told_to = waiting(100, slice_size=10), Log(), []
    commit(partition, log)
    partition.apply(stock(2, 3000, 5), None)
    steps = 0
    while not partition.advance(3000, None, 10):
        told_to += [one for one in partition.take().outcomes if one.stream == "triggers"]
        partition.install()
        steps += 1
    told_to += [one for one in partition.take().outcomes if one.stream == "triggers"]
    backs = [one.contact for one in told_to if one.segment == "back"]
    assert sorted(backs) == sorted(f"c-{number}" for number in range(100))
    assert steps >= 9


def test_a_crash_in_between_loses_and_repeats_none() -> None:
    partition, log = waiting(50, slice_size=10), Log()
    messages = commit(partition, log)
    partition.apply(stock(2, 3000, 5), None)
    messages += commit(partition, log)
    for _ in range(2):
        partition.advance(3000, None, 10)
        messages += commit(partition, log)
    partition.advance(3000, None, 10)
    partition.take()  # and the crash: this is never committed
    partition = restored(log, slice_size=10)
    while not partition.advance(3000, None, 10):
        messages += commit(partition, log)
    messages += commit(partition, log)
    whole, rest = waiting(50), Log()
    whole.apply(stock(2, 3000, 5), None)
    assert sorted(messages) == sorted(commit(whole, rest))


def test_a_contact_who_acts_meanwhile_is_brought_the_change_first() -> None:
    partition = waiting(50, slice_size=10)
    partition.apply(stock(2, 3000, 5), None)
    order = {"order": "o-1", "items": [{"product": "p-1"}]}
    partition.apply(Event("order_placed", "c-9", 3500, order, "o"), None)
    messages = [one for one in partition.take().outcomes if one.contact == "c-9"]
    assert [(one.type, one.entered_at) for one in messages if one.segment == "back"] == [
        ("segment.entered", 3000),
        ("trigger.fired", 3000),
        ("segment.exited", 3000),
    ]


def test_a_change_that_is_read_again_changes_nothing() -> None:
    partition, log = waiting(5), Log()
    changes = [stock(2, 3000, 5), stock(3, 4000, 0), stock(4, 5000, 7)]
    for change in changes:
        partition.apply(change, None)
    commit(partition, log)
    for change in [stock(1, 1000, 0), *changes]:
        partition.apply(change, None)
    assert partition.take().outcomes == []


@pytest.mark.parametrize("slice_size", [1, 3])
def test_a_whole_shop_in_slices_fires_the_same_ids(slice_size: int) -> None:
    partition, log = restored({}, slice_size=slice_size), Log()
    for record in records():
        while not partition.advance(partition.now, None, slice_size):
            pass
        partition.apply(record, None)
    end = partition.now + 3_600_000
    while not partition.advance(end, None, slice_size):
        pass
    messages = commit(partition, log)
    assert sorted(messages) == sorted(told(10_000))


def test_a_stay_that_time_ended_before_a_change_that_is_brought_late_is_told_whole() -> None:
    rules = """
version: 1
segments:
  - name: brief
    per: product
    membership: true
    when: {all: [{did: product_viewed, within: 62s}, {not: {did: product_viewed, within: 60s}},
      {product: {stock: {gt: 0}}}]}
"""
    partition = restored({}, rules, lateness=5000, slice_size=1)
    partition.apply(stock(1, 500, 5), None)
    for contact in ("ann", "bob"):
        partition.apply(Event("product_viewed", contact, 1000, {"product": "p-1"}, contact), None)
    partition.apply(Event("page_viewed", "ann", 61_500, {}, "late"), None)  # she is in, untold
    partition.apply(stock(2, 63_500, 0), None)
    partition.advance(70_000, None)
    told_of_ann = [one for one in partition.take().outcomes if one.contact == "ann"]
    assert [(one.type, one.entered_at, one.exited_at) for one in told_of_ann] == [
        ("segment.entered", 61_000, None),
        ("segment.exited", 61_000, 63_000),
    ]


def in_slices(partition: Partition, most: int) -> int:
    """Advance until nothing is left, ``most`` contacts at a time; how many steps that took."""
    steps = 1
    while not partition.advance(partition.now, None, most):
        steps += 1
    return steps


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("done", [0, 2, 7])
def test_changes_that_join_a_pass_come_to_each_contact_in_their_order(
    done: int, restarts: bool
) -> None:
    told_of: list[list[bytes]] = []
    for slice_size in (None, 10):
        partition, log = waiting(100, slice_size=slice_size), Log()
        messages = commit(partition, log)
        for version, quantity in enumerate([5, 0, 7, 0, 2], start=2):
            time = 40_000 * version
            partition.apply(stock(version, time, quantity), None)
            for _ in range(done if slice_size else 0):
                partition.advance(partition.now, None, 10)
            view = Event("product_viewed", f"c-{5 * version}", time, {"product": "p-1"})
            partition.apply(view, None)
            new = Event("product_viewed", f"n-{version}", time, {"product": "p-1"})
            partition.apply(new, None)
            messages += commit(partition, log)
            if slice_size and restarts:
                partition = restored(log, slice_size=slice_size)
        in_slices(partition, 10)
        told_of.append(sorted(messages + commit(partition, log)))
    assert len(told_of[0]) > 500
    assert ids(told_of[0]) == ids(told_of[1])


def test_no_step_concerns_more_contacts_than_a_slice() -> None:
    partition = waiting(100, slice_size=10)
    commit(partition, Log())
    lives = []

    def live() -> int:
        count = len(partition._state.contacts.live)
        commit(partition, Log())
        return count

    for version, quantity in enumerate([5, 0, 7], start=2):
        partition.apply(stock(version, 3000 + version, quantity), None)
        lives.append(live())
        partition.advance(partition.now, None, 10)
        lives.append(live())
    later = Event("page_viewed", "zoe", 10_000_000, {}, "z")  # when all are due
    partition.apply(later, None)
    lives.append(live())
    assert max(lives) <= 11


def test_an_event_of_who_is_due_comes_after_what_is_due() -> None:
    partition = waiting(100, slice_size=10)
    partition.apply(stock(2, 3000, 5), None)
    partition.apply(Event("page_viewed", "c-77", 10_000_000, {}, "z"), None)
    told_to = [one for one in partition.take().outcomes if one.contact == "c-77"]
    assert [(one.segment, one.type) for one in told_to if one.stream == "triggers"] == [
        ("back", "trigger.fired"),
        ("held", "trigger.fired"),
        ("quiet", "trigger.fired"),
    ]


SEEN = """
version: 1
segments:
  - name: seen
    per: product
    when: {all: [{did: product_viewed}, {product: {stock: {gt: 0}}}]}
    trigger: {}
    membership: true
"""


@pytest.mark.parametrize("joins_by", ["product_viewed", "contact_merged"])
def test_changes_from_before_a_contact_took_a_product_up_do_not_come_to_it(joins_by: str) -> None:
    """They are on their way to others, in slices."""
    partition = restored({}, SEEN, slice_size=10)
    partition.apply(stock(1, 1000, 0), None)
    for number in range(50):
        view = Event("product_viewed", f"c-{number}", 2000, {"product": "p-1"}, f"e-{number}")
        partition.apply(view, None)
    for change in (stock(2, 3000, 5), stock(3, 4000, 0), stock(4, 5000, 7)):
        partition.apply(change, None)
    commit(partition, Log())
    data = {"product": "p-1"} if joins_by == "product_viewed" else {"from": "c-49"}
    partition.apply(Event(joins_by, "z", 5500, data, "j", "j"), None)
    while not partition.advance(6000, None, 10):
        pass
    messages = [one for one in partition.take().outcomes if one.contact == "z"]
    kinds = [one.type for one in messages if one.type.startswith(("segment", "trigger"))]
    assert kinds == (["segment.entered", "trigger.fired"] if joins_by == "product_viewed" else [])


def test_a_look_sees_the_change_that_is_still_on_its_way() -> None:
    partition = waiting(50, slice_size=10)
    partition.apply(stock(2, 3000, 5), None)
    partition.take()
    partition.install()
    peek = partition.peek("c-9", 3000)
    assert peek is not None
    (back,) = [one for one in peek.rules.segments if one.name == "back"]
    assert is_inside(peek.membership(back, "p-1", 0).slot)
