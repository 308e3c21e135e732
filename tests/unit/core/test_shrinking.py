"""A contact that would not fit into a changelog record forgets, and says what left by it."""

from __future__ import annotations

import json
from typing import Any

from streamseg.core.contacts.contact import Contact
from streamseg.core.events import Event
from streamseg.core.messages.outcomes import Batch
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules
from tests.unit.core.shop import Log, commit, keep

KEYS = """
version: 1
segments:
  - name: many
    per: category
    when: {aggregate: distinct, of: session, over: page_viewed, within: 30d, gte: 3}
    trigger: {}
    membership: true
  - {name: some, when: {in_segment: many}, membership: true, trigger: {}}
"""
LATER = """
version: 1
segments:
  - name: seen
    per: category
    when: {idle: page_viewed, for: 1h}
    membership: true
    trigger: {}
"""
HOUR = 3_600_000


def view(category: int, session: str, time: int, contact: str = "undefined") -> Event:
    data = {"category": f"c{category:02d}", "session": session}
    return Event("page_viewed", contact, time, data, None)


def large(most_bytes: int | None, log: Log | None = None, rules: str = KEYS) -> Partition:
    partition = Partition(parse_rules(rules), most_bytes=most_bytes)
    for key, value in (log or {}).items():
        partition.load(key, value)
    partition.ready()
    return partition


def written() -> Log:
    """Twenty categories with ten sessions each, the first touched first, by an engine without a
    limit.
    """
    partition, log = large(None), Log()
    for n in range(200):
        partition.apply(view(n // 10, f"{n:060d}", n), None)
    commit(partition, log)
    assert len(log[b"cundefined"]) > 10_000
    return log


def told(batch: Batch) -> list[tuple[Any, ...]]:
    return [(one.type, one.segment, one.key, one.cause) for one in batch.outcomes]


def test_the_keys_touched_longest_ago_leave_as_forgotten() -> None:
    log = written()
    partition = large(10_000, log)
    partition.apply(view(19, "new", 300), None)
    batch = partition.take()
    keep(batch.changes, log)
    ((contact, forgotten),) = batch.outgrown
    assert contact == "undefined"
    assert 0 < forgotten < 20
    assert told(batch) == [
        ("segment.exited", "many", f"c{n:02d}", "forgotten") for n in range(forgotten)
    ]
    value = log[b"cundefined"]
    assert 8_000 < len(value) < 9_500
    assert list(Contact.decode(b"undefined", value).keys[0]) == [
        f"c{n:02d}" for n in range(forgotten, 20)
    ]


def test_it_makes_room_for_more_than_one_event() -> None:
    partition = large(10_000, written())
    sizes = []
    for n in range(20):
        partition.apply(view(19, f"{n:060d}", 300 + n), None)
        sizes.append(len(partition.take().outgrown))
        partition.install()
    assert sum(sizes) <= 3


def test_who_asked_about_what_is_forgotten_is_asked() -> None:
    partition = large(900, written())
    partition.apply(view(19, "new", 300), None)
    exited = told(partition.take())
    assert ("segment.exited", "many", "c19", "forgotten") in exited
    assert [one[:2] for one in exited][-1] == ("segment.exited", "some")


def test_what_waits_to_be_told_of_it_is_held_back_as_forgotten() -> None:
    partition = Partition(parse_rules(LATER), lateness=HOUR, most_bytes=2_000)
    for n in range(60):
        partition.apply(view(n, "s", n), None)
    partition.apply(view(60, "s", HOUR + 30), None)
    batch = partition.take()
    reasons = {(one.type, one.reason) for one in batch.outcomes}
    assert batch.outgrown
    assert ("trigger.suppressed", "forgotten") in reasons


def test_an_abort_puts_all_of_it_back() -> None:
    log = written()
    partition = large(10_000, log)
    partition.apply(view(19, "new", 300), None)
    first = partition.take()
    partition.rollback()
    partition.apply(view(19, "new", 300), None)
    again = partition.take()
    assert first.outgrown == again.outgrown
    assert told(first) == told(again)
    assert first.changes == again.changes


def test_without_keys_the_largest_of_what_is_remembered_goes() -> None:
    rules = """
    version: 1
    segments:
      - {name: cart, when: {cart: {}}, membership: true, trigger: false}
      - {name: often, when: {did: page_viewed, at_least: 3}, membership: true, trigger: {}}
    """.replace(", trigger: false", "")
    partition = large(None, None, rules)
    items = [{"product": f"{n:0200d}"} for n in range(100)]
    partition.apply(Event("cart_updated", "c", 1, {"items": items}, None), None)
    log = Log()
    for n in range(3):
        partition.apply(view(n, "s", 2, "c"), None)
    commit(partition, log)
    small = large(5_000, log, rules)
    small.apply(view(1, "s", 3, "c"), None)
    batch = small.take()
    assert batch.outgrown == [("c", 1)]
    assert [(one.type, one.segment) for one in batch.outcomes] == [("segment.exited", "cart")]
    keep(batch.changes, log)
    assert len(log[b"cc"]) < 500


def test_a_contact_that_fits_is_left_alone() -> None:
    one, other = large(10**6, written()), large(None, written())
    for partition in (one, other):
        partition.apply(view(19, "new", 300), None)
    first, second = one.take(), other.take()
    assert first.outgrown == []
    assert first.changes == second.changes
    assert json.dumps(told(first)) == json.dumps(told(second))
