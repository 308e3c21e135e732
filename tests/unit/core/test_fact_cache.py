"""What partitions share of products saves work and memory, and changes nothing."""

from __future__ import annotations

import random

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.core.products.fact_cache import FactCache
from streamseg.rules import parse_rules
from tests.unit.core.shop import RULES, Log, Record, commit, keep, records, restored

PARTITIONS = 3
Told = list[list[bytes]]


def of(number: int, all_records: list[Record]) -> list[Record]:
    """What one partition gets: its contacts' events and every change."""
    return [
        one
        for one in all_records
        if isinstance(one, ProductChange) or sum(one.contact.encode()) % PARTITIONS == number
    ]


def run(fact_cache: FactCache | None, seed: int) -> tuple[Told, list[Log]]:
    """All partitions in turns of uneven length, with some batches rolled back."""
    rng = random.Random(seed)
    partitions = [restored({}, fact_cache=fact_cache) for _ in range(PARTITIONS)]
    todo = [of(number, records()) for number in range(PARTITIONS)]
    told: Told = [[] for _ in range(PARTITIONS)]
    logs = [Log() for _ in range(PARTITIONS)]
    while any(todo):
        number = rng.randrange(PARTITIONS)
        size = rng.randint(1, 80)
        for record in todo[number][:size]:
            partitions[number].apply(record, None)
        if rng.random() < 0.2:
            partitions[number].take()
            partitions[number].rollback()
            continue
        told[number] += commit(partitions[number], logs[number])
        del todo[number][:size]
    return told, logs


def test_partitions_that_share_tell_and_keep_what_they_would_apart() -> None:
    assert run(FactCache(parse_rules(RULES)), 1) == run(None, 2)


def test_equal_facts_are_held_once() -> None:
    fact_cache = FactCache(parse_rules(RULES))
    partitions = [restored({}, fact_cache=fact_cache) for _ in range(2)]
    change = ProductChange("p", 1000, 1, stock=0, stock_time=1000)
    for partition in partitions:
        partition.apply(change, None)
        commit(partition, Log())
    first, second = (one._state.products.resting for one in partitions)
    assert first.keys() == second.keys() == {b"p"}
    assert first[b"p"] is second[b"p"]
    assert next(iter(first)) is next(iter(second))


def test_what_is_restored_is_held_once() -> None:
    log = Log()
    partition = restored({})
    partition.apply(ProductChange("p", 1000, 1, stock=0, stock_time=1000), None)
    commit(partition, log)
    fact_cache = FactCache(parse_rules(RULES))
    partitions = [Partition(parse_rules(RULES), fact_cache=fact_cache) for _ in range(2)]
    for partition in partitions:
        for key, value in log.items():
            partition.load(bytes(bytearray(key)), bytes(bytearray(value)))
    for partition in partitions:
        partition.ready()
    first, second = (one._state.products.resting for one in partitions)
    assert first[b"p"] is second[b"p"]
    assert next(iter(first)) is next(iter(second))


def test_the_same_version_with_other_facts_is_another_change() -> None:
    fact_cache = FactCache(parse_rules(RULES))
    kept = []
    for stock in (0, 5):
        partition, log = restored({}, fact_cache=fact_cache), Log()
        partition.apply(ProductChange("p", 1000, 1, stock=stock, stock_time=1000), None)
        keep(partition.take().changes, log)
        kept.append(log[b"pp"])
    assert kept[0] != kept[1]


def test_a_change_ahead_of_its_arrival_moves_now_only_to_its_arrival() -> None:
    change = ProductChange("p", 10**9, 1, stock=0, stock_time=10**9, arrival=10**9 - 1000)
    for partition in (restored({}), restored({})):
        partition.apply(change, None)
        assert partition.now == 10**9 - 1000


def test_an_event_ahead_of_its_arrival_moves_now_only_to_its_arrival() -> None:
    partition = restored({})
    partition.apply(Event("page_viewed", "c", 10**9, {}, "e", arrival=1000), None)
    assert partition.now == 1000
