"""Which worker gets which partitions."""

from __future__ import annotations

from typing import Any

import pytest

from streamseg.stream.assignor import CopartitionedAssignor, spread


class Cluster:
    """The part of a cluster's metadata that an assignor reads."""

    def __init__(self, **counts: int) -> None:
        self.counts = counts

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self.counts[topic])) if topic in self.counts else None


class Group:
    """Members that remember what they got, as each worker's assignor does."""

    def __init__(self, *names: str, **counts: int) -> None:
        self.cluster = Cluster(**counts)
        self.assignors: dict[str, CopartitionedAssignor] = {}
        for name in names:
            self.join(name)

    def join(self, name: str) -> None:
        self.assignors[name] = CopartitionedAssignor("events", "signals", "products")

    def leave(self, name: str) -> None:
        del self.assignors[name]

    def rebalance(self) -> dict[str, dict[str, list[int]]]:
        topics = ["events", "signals", "products"]
        metadata = {name: one.metadata(topics) for name, one in self.assignors.items()}
        result = next(iter(self.assignors.values())).assign(self.cluster, metadata)
        for name, one in self.assignors.items():
            one.on_assignment(result[name])
        return {name: dict(one.assignment) for name, one in result.items()}


def sizes(assignment: dict[str, dict[str, list[int]]], topic: str) -> list[int]:
    return sorted(len(got.get(topic, [])) for got in assignment.values())


def test_events_and_signals_of_a_number_go_to_the_same_worker() -> None:
    got = Group("a", "b", "c", events=8, signals=8, products=4).rebalance()
    for topics in got.values():
        assert topics["events"] == topics["signals"]
    assert sorted(n for topics in got.values() for n in topics["events"]) == list(range(8))
    assert sorted(n for topics in got.values() for n in topics.get("products", [])) == [0, 1, 2, 3]


def test_shares_differ_by_one_at_most() -> None:
    got = Group("a", "b", "c", events=8, signals=8, products=4).rebalance()
    assert sizes(got, "events") == [2, 3, 3]
    assert sizes(got, "products") == [1, 1, 2]
    fewest = min(got.values(), key=lambda topics: len(topics["events"]))
    assert len(fewest["products"]) == 2, "the odd one goes to who has fewer events"


def test_a_newcomer_takes_only_what_balance_needs() -> None:
    group = Group("a", "b", events=8, signals=8, products=4)
    before = group.rebalance()
    group.join("c")
    after = group.rebalance()
    for name in ("a", "b"):
        assert set(after[name]["events"]) <= set(before[name]["events"])
    assert sizes(after, "events") == [2, 3, 3]


def test_what_a_leaver_had_is_spread_and_the_rest_stays() -> None:
    group = Group("a", "b", "c", events=9, signals=9, products=3)
    before = group.rebalance()
    group.leave("b")
    after = group.rebalance()
    for name in ("a", "c"):
        assert set(before[name]["events"]) <= set(after[name]["events"])
    assert sizes(after, "events") == [4, 5]


def test_of_two_that_claim_the_same_the_later_one_had_it_last() -> None:
    group = Group("a", "b", events=2, signals=2, products=1)
    group.rebalance()
    frozen = group.assignors.pop("a")  # misses what follows, and comes back with old memories
    both = group.rebalance()["b"]["events"]
    group.assignors["a"] = frozen
    after = group.rebalance()
    assert sizes(after, "events") == [1, 1]
    assert set(after["b"]["events"]) <= set(both)


def test_more_workers_than_partitions_leave_some_without() -> None:
    got = Group("a", "b", "c", events=2, signals=2, products=1).rebalance()
    assert sizes(got, "events") == [0, 1, 1]
    assert sizes(got, "products") == [0, 0, 1]


def test_of_unequal_counts_what_both_have_is_given() -> None:
    got = Group("a", "b", events=6, signals=4, products=1).rebalance()
    assert sorted(got["a"]["events"] + got["b"]["events"]) == [0, 1, 2, 3]
    assert got["a"]["events"] == got["a"]["signals"]


@pytest.mark.parametrize("previous", [{}, {0: "b", 1: "b", 2: "b"}, {0: "gone"}])
def test_every_partition_is_given_once(previous: dict[int, Any]) -> None:
    got = spread(list(range(5)), previous, ["a", "b"])
    assert sorted(got["a"] + got["b"]) == [0, 1, 2, 3, 4]
