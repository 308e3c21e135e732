"""A change of rules under many contacts is worked off in slices, and comes to the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from tests.unit.core.shop import Log, commit, restored

MINUTE = 60_000
CONTACTS = 100
QUIET = "{name: quiet, use: inactivity, with: {after: 1h}, membership: true}"
BACK = "{name: back, use: back_in_stock, membership: true}"
KEEN = "{name: keen, when: {idle: any, for: 1m}, membership: true}"
SOON = "{name: quiet, use: inactivity, with: {after: 5m}, membership: true}"


def rules(*segments: str) -> str:
    return "version: 1\nsegments: [" + ", ".join(segments) + "]"


def view(number: int, time: int) -> Event:
    return Event("product_viewed", f"c-{number}", time, {"product": "p"}, f"e-{number}-{time}")


def stock(version: int, time: int, quantity: int) -> ProductChange:
    return ProductChange("p", time, version, stock=quantity, stock_time=time)


def written() -> Log:
    """Contacts who saw that p is out of stock, under two rules; ten minutes ago."""
    log = Log()
    partition = restored({}, rules(QUIET, BACK))
    partition.apply(stock(1, 0, 0), None)
    for number in range(CONTACTS):
        partition.apply(view(number, 1), None)
    partition.advance(10 * MINUTE, None)
    commit(partition, log)
    return log


def steps(partition: Partition, log: Log, most: int = 1000) -> list[bytes]:
    """Advance by slices of ten, with a commit after each; the messages."""
    messages: list[bytes] = []
    for _ in range(most):
        finished = partition.advance(partition.now, None, 10)
        assert len(partition._state.contacts.live) <= 11
        messages += commit(partition, log)
        if finished:
            break
    return messages


def entered(messages: list[bytes]) -> list[tuple[Any, ...]]:
    told = [json.loads(one) for one in messages]
    return sorted(
        (one["segment"], one["contact"], one["type"], one["entered_at"], one.get("cause"))
        for one in told
    )


NEW = rules(KEEN, SOON, BACK)


def at_once() -> list[tuple[Any, ...]]:
    log = written()
    partition = restored(log, NEW)
    partition.apply(stock(2, 11 * MINUTE, 5), None)
    partition.advance(80 * MINUTE, None)
    return entered(commit(partition, log))


@pytest.mark.parametrize("restart_after", [None, 0, 3, 9])
@pytest.mark.parametrize("change_after", [0, 2, 100])
def test_in_slices_with_restarts_it_comes_to_the_same(
    restart_after: int | None, change_after: int
) -> None:
    log = written()
    partition = restored(log, NEW, slice_size=10)
    assert not partition._state.contacts.live
    messages = steps(partition, log, change_after)
    partition.apply(stock(2, 11 * MINUTE, 5), None)
    messages += commit(partition, log)
    if restart_after is not None:
        messages += steps(partition, log, restart_after)
        partition.advance(partition.now, None, 10)
        partition.take()
        if restart_after % 2:
            partition.rollback()
        else:
            partition = restored(log, NEW, slice_size=10)
    messages += steps(partition, log)
    assert [key for key in log if key[:1] == b"l"] == [b"l1"]
    partition.advance(80 * MINUTE, None)
    messages += commit(partition, log)
    assert [one[:3] for one in entered(messages)] == [one[:3] for one in at_once()]


def test_who_is_touched_or_due_is_brought_first() -> None:
    log = written()
    partition = restored(log, rules(KEEN, QUIET, BACK), slice_size=10)
    partition.apply(Event("searched", "c-50", 11 * MINUTE, {"query": "x"}, "s"), None)
    told = [(one.type, one.segment, one.contact) for one in partition.take().outcomes]
    assert told == [
        ("segment.entered", "keen", "c-50"),
        ("segment.exited", "keen", "c-50"),
    ]


def test_another_change_in_the_middle_leaves_nobody_behind() -> None:
    log = written()
    steps(restored(log, rules(KEEN, QUIET, BACK), slice_size=10), log, 3)
    messages = steps(restored(log, NEW, slice_size=10), log)
    kinds = [one[0] for one in entered(messages) if one[2] == "segment.entered"]
    assert kinds.count("keen") == CONTACTS - 30
    assert kinds.count("quiet") == CONTACTS
    assert [key for key in log if key[:1] == b"l"] == [b"l2"]


def test_a_contact_that_is_erased_before_its_turn_is_passed_over() -> None:
    log = written()
    partition = restored(log, NEW, slice_size=10)
    partition.apply(Event("contact_erased", "c-50", 11 * MINUTE, {}, "x"), None)
    commit(partition, log)
    messages = steps(partition, log)
    assert len({one[1] for one in entered(messages)} - {"c-50"}) == CONTACTS - 1
