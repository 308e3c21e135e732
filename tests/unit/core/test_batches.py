"""A batch is committed or it never was; how records are cut into batches changes nothing."""

from __future__ import annotations

import random

import msgspec
import pytest

from streamseg.core.errors import StateError
from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules
from tests.unit.core.shop import RULES, Log, commit, keep, records, restored, told


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_the_size_of_batches_changes_no_byte(batch_size: int) -> None:
    assert told(batch_size) == told(100)
    assert len(told(batch_size)) > 500


@pytest.mark.parametrize("seed", range(3))
def test_a_batch_that_is_rolled_back_never_was(seed: int) -> None:
    rng = random.Random(seed)
    partition, log = restored({}, lateness=2000), Log()
    messages: list[bytes] = []
    todo = records()
    while todo:
        size = rng.randint(1, 60)
        batch = todo[:size]
        for record in batch:
            partition.apply(record, None)
        if rng.random() < 0.4:
            if rng.random() < 0.5:
                partition.take()
            partition.rollback()
            continue
        messages += commit(partition, log)
        del todo[:size]
    partition.advance(partition.now + 3_600_000, None)
    assert messages + commit(partition, log) == told(100, lateness=2000)


def test_state_restored_from_the_changelog_goes_on_alike() -> None:
    partition, log = restored({}), Log()
    messages: list[bytes] = []
    for number, record in enumerate(records(), start=1):
        partition.apply(record, None)
        if number % 50 == 0:
            messages += commit(partition, log)
            partition = restored(log)
    partition.advance(partition.now + 3_600_000, None)
    assert messages + commit(partition, log) == told(50)


def test_counters_tell_what_rests() -> None:
    partition, log = restored({}), Log()
    for record in records(500):
        partition.apply(record, None)
    commit(partition, log)
    partition.advance(partition.now + 3_600_000, None)
    partition.take()
    partition.rollback()
    again = restored(log)
    assert partition.contacts == again.contacts == sum(key[:1] == b"c" for key in log)
    assert partition.state_bytes == again.state_bytes
    assert again.timers > 0


def test_a_changelog_of_a_newer_version_is_an_error() -> None:
    with pytest.raises(StateError, match="newer version"):
        Partition(parse_rules(RULES)).load(b"zx", b"")


def test_state_in_the_format_of_an_older_version_is_an_error_with_a_way_out() -> None:
    log = Log()
    keep(restored({}).take().changes, log)
    (key,) = log
    of_older_rules = [["('latest', None, '')"], [], []]
    log[key] = msgspec.msgpack.encode(of_older_rules)
    with pytest.raises(StateError, match="format 1, and this version reads 2 to 6: go back"):
        restored(log)


def test_damaged_state_is_an_error_that_names_the_contact() -> None:
    partition, log = restored({}), Log()
    event = next(one for one in records(500) if isinstance(one, Event))
    partition.apply(event, None)
    keep(partition.take().changes, log)
    key = b"c" + event.contact.encode()
    log[key] = log[key][:12]
    broken = restored(log)
    with pytest.raises(StateError, match=event.contact):
        broken.apply(Event("page_viewed", event.contact, event.time, {}), None)


def test_an_erased_contact_leaves_a_tombstone_and_nothing_to_tell() -> None:
    rules = "version: 1\nsegments: [{name: left, use: abandoned_cart, with: {after: 1m}}]"
    partition, log = restored({}, rules, lateness=5000), Log()
    partition.apply(Event("cart_item_added", "c", 0, {"product": "p"}, "e1"), None)
    commit(partition, log)
    partition.apply(Event("page_viewed", "c", 61_000, {}, "e2"), None)  # in, and not told yet
    partition.apply(Event("contact_erased", "c", 62_000, {}, "e3"), None)
    partition.rollback()
    partition.apply(Event("contact_erased", "c", 62_000, {}, "e3"), None)
    assert [msgspec.json.decode(one)["type"] for one in commit(partition, log)] == [
        "contact.erased"
    ] * 2
    assert b"cc" not in log
    assert partition.contacts == 0
    partition.advance(10**9, None)
    assert commit(partition, log) == []


def test_an_erased_contact_may_begin_anew_in_the_same_batch() -> None:
    rules = "version: 1\nsegments: [{name: twice, when: {did: searched, at_least: 2}, trigger: {}}]"
    partition, log = restored({}, rules), Log()
    for number, kind in enumerate(["searched", "contact_erased", "searched", "searched"]):
        data = {"query": "x"} if kind == "searched" else {}
        partition.apply(Event(kind, "c", number, data, f"e{number}"), None)
        if number == 2:
            assert len(commit(partition, log)) == 2  # that the contact is erased
    assert len(commit(restored(log, rules), Log())) == 0
    assert [msgspec.json.decode(one)["entered_at"][-4:] for one in commit(partition, log)] == [
        "003Z"
    ]


def test_duplicates_are_counted_with_the_batch_that_is_committed() -> None:
    partition = restored({})
    view = Event("page_viewed", "c", 10, {}, "e1")
    order = Event("order_placed", "c", 20, {"order": "o1"}, "e2")
    again = Event("order_placed", "c", 30, {"order": "o1"}, "e3")  # with an id of its own
    nameless = Event("page_viewed", "c", 40, {})
    for event in (view, view, order, again, nameless, nameless):
        partition.apply(event, None)
    partition.rollback()
    for event in (view, view, order, again, nameless, nameless):
        partition.apply(event, None)
    assert partition.take().duplicates == 2
    partition.install()
    partition.apply(Event("checkout_started", "c", 50, {}, "e1"), None)  # another type
    partition.apply(Event("page_viewed", "d", 50, {}, "e1"), None)  # of another contact
    partition.apply(view, None)
    assert partition.take().duplicates == 1
