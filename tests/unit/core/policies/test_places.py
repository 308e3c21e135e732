"""A release that is not told, in a worker: who waits is asked then, and not before they may be."""

from __future__ import annotations

from typing import Any

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from tests.unit.core.shop import Log, commit, restored

from .test_live import DAY, LATENESS, NIGHT, SEARCHES, rules, searched, told
from .test_quiet import instant


def apply(partition: Partition, event_type: str, clock: str, wall: str | None = None) -> None:
    """Apply an event of that time, at the wall clock or at its own time."""
    at = instant(f"{DAY}{clock}Z")
    data: dict[str, Any] = {"product": "p", "order": "o", "query": "x"}
    event = Event(event_type, "c", at, data, clock, clock)
    partition.apply(event, at if wall is None else instant(f"{DAY}{wall}Z"))


def told_by(partition: Partition, log: Log, *clocks: str) -> list[tuple[Any, ...]]:
    """What is told as the wall clock comes to these times."""
    for clock in clocks:
        wall = instant(f"{DAY}{clock}Z")
        partition.advance(wall, wall)
    return told(commit(partition, log))


def test_a_place_is_free_where_a_late_release_has_left_meanwhile() -> None:
    capped = rules(
        "caps: {one: {max: 1, within: 1h}}",
        "{name: first, on: wishlist_added}",
        "{name: s, when: {did: searched, within: 30m}, trigger: {}}",
        "{name: low, on: page_viewed, policy: {priority: 10}}",
    )
    log: Log = {}
    partition = restored(log, capped, lateness=LATENESS)
    apply(partition, "wishlist_added", "19:59:59")
    apply(partition, "searched", "20:30:00")
    apply(partition, "page_viewed", "20:40:00")
    # At 20:59:59 `s` is released, at 21:00 it is left by time: decided now, and not told yet.
    apply(partition, "session_started", "21:00:02")
    assert [one[:2] for one in told(commit(partition, log))] == [
        ("fired", "19:59"),
        ("deferred", "cap"),
        ("deferred", "cap"),
    ]
    partition = restored(log, capped, lateness=LATENESS)
    assert told_by(partition, log, "21:30:00", "21:30:04") == [("suppressed", "left", "21:30:00")]
    assert told_by(partition, log, "21:30:05") == [("fired", "21:30", "21:30:05")]


def test_who_waits_for_the_wall_clock_does_not_expire_as_another_leaves() -> None:
    """Out of a backlog: the search of 09:00 waits for 12:00, as all that is told so late."""
    cart = "{name: cart, use: abandoned_cart, with: {after: 1h}}"
    log: Log = {}
    partition = restored(log, rules(NIGHT, SEARCHES, cart), lateness=LATENESS)
    apply(partition, "cart_item_added", "08:29:58", wall="12:00")
    apply(partition, "searched", "09:00:00", wall="12:00")
    apply(partition, "order_placed", "09:30:00", wall="12:00")  # before 09:29:58 is told
    assert told(commit(partition, log)) == []
    assert told_by(partition, log, "12:00:00") == [("suppressed", "left", "12:00:00")]
    assert told_by(partition, log, "12:00:05") == [("fired", "12:00", "12:00:05")]


def test_who_waits_for_the_wall_clock_does_not_expire_as_contacts_are_merged() -> None:
    log: Log = {}
    partition = restored(log, rules(NIGHT), lateness=LATENESS)
    wall = instant(DAY + "12:00Z")
    partition.apply(searched(DAY + "09:00"), wall)
    partition.apply(searched(DAY + "09:10", "e2", "d"), wall)
    merged = Event("contact_merged", "c", instant(DAY + "09:30Z"), {"from": "d"}, "m", "m")
    partition.apply(merged, wall)
    assert told(commit(partition, log))[1:] == []
    assert told_by(partition, log, "12:00:00", "12:00:05") == [
        ("fired", "12:00", "12:00:05"),
        ("fired", "12:00", "12:00:05"),
    ]


def test_what_is_too_old_as_it_is_entered_is_stale_and_is_not_asked_for_that_again() -> None:
    consents = "consent: {e: {grant: consent.e}}, expires: 3d"
    needs = "{name: s, on: searched, policy: {consent: [e], paused: 2026-11-23T12:00:00Z}}"
    free = needs.replace("[e]", "none")
    for segment, clock, found in (
        (needs, "10:00", ("suppressed", "stale", "10:00:00")),  # before it is asked for consent
        (needs, "12:00", ("suppressed", "consent", "12:00:00")),
        (free, "12:00", ("deferred", "paused", "12:00:00")),
    ):
        log: Log = {}
        partition = restored(log, rules(consents, segment), lateness=LATENESS)
        partition.apply(searched(DAY + clock), instant("2026-11-22T11:00Z"))
        assert told(commit(partition, log)) == [found]
        later = instant("2026-11-23T12:00:05Z")  # two days after
        partition.advance(later, later)
        fired = [("fired", "12:00", "12:00:05")] if found[0] == "deferred" else []
        assert told(commit(partition, log)) == fired


def test_an_event_is_late_when_it_comes_more_than_five_minutes_after_its_time() -> None:
    at = instant(DAY + "10:00Z")
    for wall, found in (
        (at + 300_000, [("fired", "10:00", "10:00:00")]),
        (at + 300_001, []),
    ):
        log: Log = {}
        partition = restored(log, rules(NIGHT), lateness=LATENESS)
        partition.apply(searched(DAY + "10:00"), wall)
        assert told(commit(partition, log)) == found


def test_the_condition_of_an_instant_rule_must_hold_when_it_is_released_late() -> None:
    rule = "{name: s, on: searched, when: {not: {did: order_placed}}}"
    log: Log = {}
    partition = restored(log, rules(NIGHT, rule), lateness=LATENESS)
    apply(partition, "searched", "09:00:00", wall="12:00")
    apply(partition, "order_placed", "09:30:00", wall="12:00")
    assert told(commit(partition, log)) == []
    assert told_by(partition, log, "12:00:00", "12:00:05") == [("suppressed", "left", "12:00:05")]
