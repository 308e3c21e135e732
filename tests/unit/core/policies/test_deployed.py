"""Policies that come and go while something waits, in a worker."""

from __future__ import annotations

from typing import Any

from streamseg.core.values.dates import day_text
from tests.unit.core.shop import Log, commit, restored

from .test_live import DAY, LATENESS, rules, searched, told
from .test_quiet import instant

Told = list[tuple[Any, ...]]
STAY = "{name: s, when: {did: searched, within: %s}, trigger: {}%s}"
PAUSED = ", policy: {paused: true}"
UNTIL_NOON = ", policy: {paused: 2026-11-21T12:00:00Z}"


def course(*deploys: tuple[str, str, tuple[str, ...]]) -> Told:
    """What is told of a search at 11:00: each rule file is deployed at a time, and the wall clock
    comes to that, and to some more.
    """
    log: Log = {}
    found: Told = []
    has_searched = False
    for text, at, clocks in deploys:
        partition = restored(log, text, lateness=LATENESS, slice_size=10)
        for clock in (at, *clocks):
            wall = instant(f"{DAY}{clock}Z")
            if wall >= instant(DAY + "11:00Z") and not has_searched:
                partition.apply(searched(DAY + "11:00"), instant(DAY + "11:00Z"))
                has_searched = True
            partition.advance(wall, wall)
            found += told(commit(partition, log))
    return found


def test_37_a_pause_of_two_deploys_is_not_made_up_for() -> None:
    open_, paused = rules("", STAY % ("9h", "")), rules("", STAY % ("9h", PAUSED))
    assert course(
        (open_, "09:00", ()), (paused, "10:00", ("11:00", "11:59")), (open_, "12:00", ("12:00:05",))
    ) == [("suppressed", "paused", "11:00:00")]


def test_what_is_paused_is_not_asked_for_its_cooldown() -> None:
    often = "{name: s, on: searched, trigger: {cooldown: 1d}%s}"
    log: Log = {}
    for policy, clock, found in (
        ("", "10:00", ("fired", "", "10:00:00")),
        ("", "10:10", ("suppressed", "cooldown", "10:10:00")),
        (PAUSED, "10:20", ("suppressed", "paused", "10:20:00")),
    ):
        partition = restored(log, rules("", often % policy), lateness=LATENESS)
        commit(partition, log)
        partition.apply(searched(DAY + clock, clock), instant(f"{DAY}{clock}Z"))
        assert told(commit(partition, log)) == [found]


def test_37_a_pause_until_an_instant_is_waited_for_by_who_is_still_in() -> None:
    clocks = ("11:00", "11:59", "12:00", "12:00:04", "12:00:05")
    deferred = ("deferred", "paused", "11:00:00")
    for within, end in (("9h", ("fired", "12:00", "12:00:05")), ("30m", None)):
        text = rules("", STAY % (within, UNTIL_NOON))
        wanted = [deferred, end or ("suppressed", "left", "11:59:00")]
        assert course((text, "10:00", clocks)) == wanted


def test_a_policy_that_comes_asks_nothing_of_who_was_told_and_all_of_who_waits() -> None:
    waits = rules("quiet: {from: 10:00, to: 20:00}", STAY % ("9h", ""))
    consents = "consent: {e: {grant: consent.e}}"
    needs = rules(consents, STAY % ("9h", ", policy: {consent: [e]}"))
    deferred = ("deferred", "quiet_hours", "11:00:00")
    later = ("12:00:04", "12:00:05")
    assert course((waits, "10:00", ("11:00",)), (needs, "12:00", later)) == [
        deferred,
        ("suppressed", "consent", "12:00:05"),
    ]
    held = rules("holdout: {percent: 100}", STAY % ("9h", ""))
    assert course((waits, "10:00", ("11:00",)), (held, "12:00", later)) == [
        deferred,
        ("suppressed", "control", "12:00:05"),
    ]
    plain = rules("", STAY % ("9h", ""))
    fired = [("fired", "", "11:00:00")]
    assert course((plain, "10:00", ("11:00",)), (needs, "12:00", later)) == fired
    assert course((plain, "10:00", ("11:00",)), (waits, "12:00", later)) == fired


def test_a_segment_in_between_changes_nothing_of_what_waits() -> None:
    quiet = "quiet: {from: 10:00, to: 12:30}"
    waits = rules(quiet, STAY % ("9h", ""))
    moved = rules(quiet, "{name: other, on: page_viewed}", STAY % ("9h", ""))
    deploys = (
        (waits, "10:00", ("11:00",)),
        (moved, "11:30", ("12:00",)),
        (waits, "12:10", ("12:29", "12:30", "12:30:05")),
    )
    assert course(*deploys) == [
        ("deferred", "quiet_hours", "11:00:00"),
        ("fired", "12:30", "12:30:05"),
    ]


def test_a_trigger_that_a_former_policy_held_back_counts_on_the_day_of_its_release() -> None:
    until = ", policy: {paused: 2026-11-23T12:00:00Z}"
    counted = "value: {kpis: {}}\n"
    held, free = (counted + rules("", STAY % ("60h", one)) for one in (until, ""))
    log: Log = {}
    partition = restored(log, held, lateness=LATENESS, slice_size=10)
    partition.apply(searched(DAY + "11:00"), instant(DAY + "11:00Z"))
    partition.advance(instant(DAY + "11:01Z"), instant(DAY + "11:01Z"))
    commit(partition, log)
    partition = restored(log, free, lateness=LATENESS, slice_size=10)
    found: Told = []
    for time in ("2026-11-22T09:00Z", "2026-11-22T09:01Z"):
        partition.advance(instant(time), instant(time))
        found += told(commit(partition, log))
    assert [one[0] for one in found] == ["fired"]
    ledger = partition.counted
    assert ledger is not None
    fired = {day_text(day.number): day.figures["s"][""].fired for day in ledger.days()}
    assert {day: count for day, count in fired.items() if count} == {"2026-11-22": 1}
