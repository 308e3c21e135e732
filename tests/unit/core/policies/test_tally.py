"""How many triggers wait, by segment and gate."""

from __future__ import annotations

from streamseg.core.partition import Partition
from tests.unit.core.shop import Log, commit, restored

from .test_live import DAY, NEXT, NIGHT, rules, searched
from .test_quiet import instant

CAPPED = rules("caps: {one: {max: 1, within: 1d}}, " + NIGHT)
QUIET = ("s", "quiet_hours")
CAP = ("s", "cap")


def waiting_at_night(log: Log, contacts: int = 3) -> Partition:
    """One waits of each of some contacts."""
    partition = restored(log, CAPPED)
    for number in range(contacts):
        name = f"c{number}"
        partition.apply(searched(DAY + "23:00", name, name), None)
    commit(partition, log)
    return partition


def test_those_that_wait_are_counted_until_they_are_released_or_end() -> None:
    log: Log = {}
    partition = waiting_at_night(log)
    assert partition.waiting_triggers == {QUIET: 3}
    partition.apply(searched(NEXT + "08:00", "x", "c0"), None)  # it is released, another waits
    commit(partition, log)
    assert partition.waiting_triggers == {CAP: 1}
    partition.advance(instant(NEXT + "23:59Z"), None)
    commit(partition, log)
    assert partition.waiting_triggers == {CAP: 1}
    partition.advance(instant("2026-11-23T12:00Z"), None)
    commit(partition, log)
    assert partition.waiting_triggers == {}


def test_a_restart_and_a_rollback_count_the_same() -> None:
    log: Log = {}
    partition = waiting_at_night(log)
    assert restored(log, CAPPED).waiting_triggers == {QUIET: 3}
    partition.apply(searched(DAY + "23:10", "y", "c0"), None)
    partition.advance(instant(NEXT + "09:00Z"), None)
    partition.take()
    assert partition.waiting_triggers == {QUIET: 1}  # by what it was deferred for: the cap is new
    partition.rollback()
    assert partition.waiting_triggers == {QUIET: 3}


def test_under_other_rules_they_count_once_they_are_brought() -> None:
    log: Log = {}
    waiting_at_night(log)
    other = rules(NIGHT, "{name: first, on: page_viewed}", "{name: s, on: searched}")
    partition = restored(log, other, slice_size=1)
    assert partition.waiting_triggers == {}
    while not partition.advance(instant(DAY + "23:30Z"), None, 1):
        commit(partition, log)
    commit(partition, log)
    assert partition.waiting_triggers == {QUIET: 3}
    assert restored(log, other).waiting_triggers == {QUIET: 3}


def test_a_contact_that_is_forgotten_counts_no_more() -> None:
    log: Log = {}
    partition = waiting_at_night(log)
    erased = searched(DAY + "23:30", "e", "c1")
    erased.type, erased.data = "contact_erased", {}
    partition.apply(erased, None)
    commit(partition, log)
    assert partition.waiting_triggers == {QUIET: 2}
