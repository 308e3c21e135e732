"""Who waits for which product: found after a restore little by little, or at once when needed."""

from __future__ import annotations

from typing import Any

import pytest

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from tests.unit.core.shop import Log, commit, ids, keep, records, restored, told

BACK = "version: 1\nsegments: [{name: back, use: back_in_stock}]"
CONTACTS = 100


def stock(version: int, time: int, stock: int, product: str = "p-1") -> ProductChange:
    return ProductChange(product, time, version, stock=stock, stock_time=time)


def view(contact: int, time: int, product: str = "p-1") -> Event:
    name = f"e-{contact}-{time}-{product}"
    return Event("product_viewed", f"c-{contact}", time, {"product": product}, name)


def out_of_stock(**options: Any) -> Partition:
    """A partition just restored, in which all have seen that p-1 is out of stock."""
    partition, log = restored({}, BACK), Log()
    partition.apply(stock(1, 1000, 0), None)
    partition.apply(stock(1, 1000, 0, "p-2"), None)
    for number in range(CONTACTS):
        partition.apply(view(number, 2000), None)
    commit(partition, log)
    return restored(log, BACK, **options)


def backs(partition: Partition) -> list[str]:
    """Who is told that a product is back, by all that is still to be done."""
    while not partition.advance(partition.now, None, 10):
        pass
    return [one.contact for one in partition.take().outcomes]


EVERYBODY = sorted(f"c-{number}" for number in range(CONTACTS))


@pytest.mark.parametrize("slices", [0, 1, 3, 10, 11])
@pytest.mark.parametrize("slice_size", [None, 10, 1000])
def test_a_change_finds_everybody_however_far_the_index_is(
    slices: int, slice_size: int | None
) -> None:
    partition = out_of_stock(slice_size=slice_size)
    for _ in range(slices):
        partition.build(10)
    partition.apply(stock(2, 3000, 5), None)
    assert sorted(backs(partition)) == EVERYBODY


def test_it_is_complete_after_as_many_slices_as_there_are() -> None:
    partition = out_of_stock()
    assert [partition.build(30) for _ in range(4)] == [False, False, False, True]
    assert partition.build(30)


def test_two_changes_before_the_index_is_complete_come_one_after_the_other() -> None:
    partition = out_of_stock(slice_size=10)
    partition.apply(stock(2, 3000, 5), None)
    partition.apply(stock(3, 4000, 0), None)
    assert sorted(backs(partition)) == EVERYBODY


@pytest.mark.parametrize("slices", [0, 5, 11])
def test_what_contacts_do_meanwhile_counts_once(slices: int) -> None:
    partition, log = out_of_stock(slice_size=10), Log()
    for number in range(0, CONTACTS, 2):
        partition.apply(view(number, 2500, "p-2"), None)
    partition.apply(view(CONTACTS, 2500, "p-2"), None)
    commit(partition, log)
    for _ in range(slices):
        partition.build(10)
    partition.apply(stock(2, 3000, 5, "p-2"), None)
    expected = [f"c-{number}" for number in range(0, CONTACTS + 1, 2)]
    assert sorted(backs(partition)) == sorted(expected)
    sizes = {len(ids) for ids in partition._state.index._ids.values()}
    assert sizes == {CONTACTS, len(expected)}


def test_a_batch_rolled_back_meanwhile_takes_nobody_away() -> None:
    partition, log = out_of_stock(slice_size=10), Log()
    partition.apply(view(7, 2500, "p-2"), None)
    partition.build(50)
    partition.rollback()
    partition.build(20)
    partition.apply(view(7, 2500, "p-2"), None)
    commit(partition, log)
    partition.apply(stock(2, 3000, 5, "p-2"), None)
    partition.apply(stock(2, 3000, 5), None)
    assert sorted(backs(partition)) == sorted([*EVERYBODY, "c-7"])


def test_who_is_erased_before_the_index_is_complete_hides_nobody() -> None:
    partition, log = out_of_stock(slice_size=10), Log()
    partition.apply(Event("contact_erased", "c-7", 2500, {}, "erased"), None)
    commit(partition, log)
    while not partition.build(10):
        pass
    partition.apply(stock(2, 3000, 5), None)
    assert sorted(backs(partition)) == [name for name in EVERYBODY if name != "c-7"]


def test_a_first_key_that_is_rolled_back_before_the_index_is_complete_hides_nobody() -> None:
    partition, log = restored({}, BACK), Log()
    partition.apply(stock(1, 1000, 0), None)
    partition.apply(view(1, 2000), None)
    commit(partition, log)
    partition = restored(log, BACK, slice_size=10)
    partition.apply(view(2, 2500), None)
    partition.rollback()
    partition.build(None)
    partition.apply(stock(2, 3000, 5), None)
    assert backs(partition) == ["c-1"]


def test_a_crash_before_the_index_is_complete_loses_no_change() -> None:
    partition, log = restored({}, BACK), Log()
    partition.apply(stock(1, 1000, 0), None)
    for number in range(CONTACTS):
        partition.apply(view(number, 2000), None)
    commit(partition, log)
    partition = restored(log, BACK, slice_size=10)
    partition.apply(stock(2, 3000, 5), None)
    keep(partition.take().changes, log)  # nothing was brought to anybody yet
    assert sorted(backs(restored(log, BACK, slice_size=10))) == EVERYBODY


@pytest.mark.parametrize("most", [1, 7])
def test_a_whole_shop_with_restarts_and_slices_fires_the_same_ids(most: int) -> None:
    partition, log = restored({}, slice_size=5), Log()
    messages: list[bytes] = []
    for number, record in enumerate(records(), start=1):
        partition.apply(record, None)
        if number % 100 == 0:
            messages += commit(partition, log)
            partition = restored(log, slice_size=5)
        partition.build(most)
        partition.advance(partition.now, None, 5)
    end = partition.now + 3_600_000
    while not partition.advance(end, None, 50):
        pass
    assert ids(messages + commit(partition, log)) == ids(told(10_000))


def test_keys_that_go_and_come_again_take_no_more_room() -> None:
    partition, log = restored({}, BACK), Log()
    for number in range(3000):
        for contact in (1, 2):
            partition.apply(view(contact, number, f"p-{number % 100}"), None)
        if number % 70 == 0:
            partition.rollback() if number % 140 else commit(partition, log)
    commit(partition, log)
    index = partition._state.index
    assert sum(len(index.of(f"p-{number}")) for number in range(100)) == 2 * 64
    assert sum(map(len, index._ids.values())) <= 4 * 64


def test_changes_before_the_index_is_complete_cost_as_much_as_they_are() -> None:
    partition = out_of_stock(slice_size=10)
    for number in range(1000):
        partition.apply(stock(1, 3000, 0, f"x-{number}"), None)
        partition.apply(stock(2, 3001, 5, f"x-{number}"), None)
    partition.take()
    partition.install()
    partition.build(None)
    steps = 1
    while not partition.advance(partition.now, None, 10):
        partition.take()
        partition.install()
        steps += 1
    assert steps <= 101
