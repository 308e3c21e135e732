"""Policies in a worker: the wall clock, crashes, other rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.values.timestamps import format_time
from tests.unit.core.shop import Log, commit, restored

from .test_quiet import instant

LATENESS = 5_000
SEARCHES = "{name: s, on: searched, policy: {priority: 50}}"
NIGHT = "quiet: {from: 22:00, to: 08:00}"
CAP = "caps: {one: {max: 1, within: 11h55m}}".replace("11h55m", "715m")
DAY = "2026-11-21T"
NEXT = "2026-11-22T"


def rules(policies: str, *segments: str) -> str:
    own = ", ".join(segments or (SEARCHES,))
    given = f"policies: {{{policies}}}\n" if policies else ""
    return f"version: 1\n{given}segments: [{own}]"


def searched(clock: str, name: str = "e1", contact: str = "c") -> Event:
    return Event("searched", contact, instant(clock + "Z"), {"query": "x"}, name, name)


def told(messages: list[bytes]) -> list[tuple[Any, ...]]:
    """What, when it was released or why not, and when it was told."""
    lines = [json.loads(one) for one in messages]
    return [
        (
            one["type"].removeprefix("trigger."),
            one.get("reason", (one.get("released_at") or "")[11:16]),
            one["emitted_at"][11:19],
        )
        for one in lines
    ]


def test_35_after_an_outage_nobody_is_woken_at_night() -> None:
    log: Log = {}
    partition = restored(log, rules(f"{NIGHT}, {CAP}"), lateness=LATENESS)
    partition.apply(searched(DAY + "10:00"), instant(DAY + "10:00Z"))
    partition.apply(searched(DAY + "20:00", "e2"), instant(DAY + "20:00Z"))
    assert told(commit(partition, log)) == [
        ("fired", "10:00", "10:00:00"),
        ("deferred", "cap", "20:00:00"),
    ]
    # It was to be released at 21:55; the worker comes back at 23:10.
    wall = instant(DAY + "23:10Z")
    partition = restored(log, rules(f"{NIGHT}, {CAP}"), lateness=LATENESS)
    partition.advance(wall, wall)
    assert told(commit(partition, log)) == []
    for clock in ("T07:59", "T08:00:04", "T08:00:05"):
        wall = instant(f"2026-11-22{clock}Z")
        partition.advance(wall, wall)
    assert told(commit(partition, log)) == [("fired", "08:00", "08:00:05")]
    replayed: Log = {}
    partition = restored(replayed, rules(f"{NIGHT}, {CAP}"), lateness=LATENESS)
    for event in (searched(DAY + "10:00"), searched(DAY + "20:00", "e2")):
        partition.apply(event, None)
    partition.advance(instant(DAY + "23:10Z"), None)
    assert told(commit(partition, replayed))[2:] == [("fired", "21:55", "23:10:00")]


def test_35_where_all_is_open_by_then_it_is_released_by_the_wall_clock() -> None:
    log: Log = {}
    partition = restored(log, rules(f"{NIGHT}, {CAP}"), lateness=LATENESS)
    wall = instant(DAY + "12:00Z")
    partition.apply(searched(DAY + "09:00"), wall)  # out of a backlog
    assert told(commit(partition, log)) == []
    partition.advance(wall, wall)
    partition.advance(wall + LATENESS, wall + LATENESS)
    assert told(commit(partition, log)) == [("fired", "12:00", "12:00:05")]


def test_35_the_event_of_an_instant_rule_is_still_told() -> None:
    log: Log = {}
    partition = restored(log, rules(f"{NIGHT}, {CAP}"), lateness=LATENESS)
    wall = instant(DAY + "12:00Z")
    partition.apply(searched(DAY + "09:00"), wall)
    partition.advance(wall, wall)
    partition.advance(wall + LATENESS, wall + LATENESS)
    (fired,) = [json.loads(one) for one in commit(partition, log)]
    assert fired["context"]["event"]["data"] == {"query": "x"}
    assert fired["why"] == ["searched at 09:00:00.000"]


def test_35_a_long_lateness_is_no_outage() -> None:
    log: Log = {}
    cart = "{name: s, use: abandoned_cart, with: {after: 1h}}"
    partition = restored(log, rules(NIGHT, cart), lateness=15 * 60_000)
    opened = Event("cart_item_added", "c", instant(DAY + "10:00Z"), {"product": "p"}, "e1", "e1")
    partition.apply(opened, opened.time)
    for clock in ("T11:14:59", "T11:15:01"):
        wall = instant(f"2026-11-21{clock}Z")
        partition.advance(wall, wall)
    assert told(commit(partition, log)) == [("fired", "11:00", "11:15:01")]


def test_35_what_expires_meanwhile_is_told_so() -> None:
    log: Log = {}
    partition = restored(log, rules(f"{NIGHT}, expires: 1h"), lateness=LATENESS)
    wall = instant(DAY + "12:00Z")
    partition.apply(searched(DAY + "09:00"), wall)
    partition.advance(wall, wall)
    assert told(commit(partition, log)) == [("suppressed", "expired", "12:00:00")]


def test_a_segment_without_gates_is_told_however_late() -> None:
    log: Log = {}
    partition = restored(log, rules("holdout: {percent: 0}"), lateness=LATENESS)
    partition.apply(searched(DAY + "09:00"), instant(DAY + "12:00Z"))
    assert told(commit(partition, log)) == [("fired", "09:00", "09:00:00")]


def test_38_a_crash_between_the_decision_and_the_telling() -> None:
    def run(crash: bool) -> list[bytes]:
        log: Log = {}
        text = rules(NIGHT, SEARCHES, "{name: other, when: {did: page_viewed}}")
        partition = restored(log, text, lateness=LATENESS)
        partition.apply(searched(DAY + "23:00"), None)
        commit(partition, log)
        # An event of the contact's: the release at 08:00 is decided, and not to be told yet.
        late = Event("page_viewed", "c", instant(NEXT + "08:00:03Z"), {}, "e9", "e9")
        partition.apply(late, None)
        assert commit(partition, log) == []
        if crash:
            partition.advance(instant(NEXT + "08:00:05Z"), None)
            partition.take()  # and never committed
            partition = restored(log, text, lateness=LATENESS)
        partition.advance(instant(NEXT + "08:00:05Z"), None)
        return commit(partition, log)

    assert run(crash=True) == run(crash=False)
    assert told(run(crash=True)) == [("fired", "08:00", "08:00:05")]


def deployed(before: str, after: str, at: str = NEXT + "09:00Z") -> list[tuple[Any, ...]]:
    """What is told under other rules of what waits from 23:00 on, until 09:00:05."""
    log: Log = {}
    partition = restored(log, before, lateness=LATENESS)
    partition.apply(searched(DAY + "22:00", "e0"), None)
    partition.apply(searched(DAY + "23:00"), None)
    partition.advance(instant(at) - 60_000, None)
    commit(partition, log)
    partition = restored(log, after, lateness=LATENESS, slice_size=10)
    for wall in (instant(at), instant(at) + LATENESS):
        partition.advance(wall, wall)
    return told(commit(partition, log))


def test_39_under_new_rules_it_is_asked_by_the_new_gates() -> None:
    capped = rules("caps: {one: {max: 1, within: 1d}}")
    at_once = [("fired", "09:00", "09:00:05")]
    assert deployed(capped, rules("snooze: x")) == at_once
    assert deployed(capped, rules("")) == at_once
    assert deployed(capped, rules("quiet: {from: 20:00, to: 09:00}")) == at_once
    assert deployed(capped, rules("snooze: x, expires: 1h")) == at_once
    assert deployed(capped, rules("quiet: {from: 20:00, to: 10:00}, expires: 1h")) == [
        ("suppressed", "expired", "09:00:05")
    ]
    assert deployed(capped, capped) == []


def test_under_new_rules_without_the_segment_it_ends() -> None:
    capped = rules("caps: {one: {max: 1, within: 1d}}")
    for after in (
        rules("", "{name: other, on: searched}"),
        rules("", "{name: s, on: page_viewed}"),
        rules("", "{name: s, on: searched, where: {query: y}}"),
        rules("", "{name: s, use: inactivity}"),
    ):
        assert deployed(capped, after) == [("suppressed", "rules_changed", "09:00:00")]


def test_what_counts_in_a_cap_and_answers_outlive_a_change_of_the_rules() -> None:
    first = rules("caps: {one: {max: 1, within: 1d}}")
    other = rules("caps: {one: {max: 2, within: 2d}}", SEARCHES, "{name: o, on: page_viewed}")
    log: Log = {}
    partition = restored(log, first)
    partition.apply(searched(DAY + "10:00"), None)
    commit(partition, log)
    partition = restored(log, other)
    for n, clock in enumerate(("11:00", "12:00")):
        partition.apply(searched(DAY + clock, f"n{n}"), None)
    assert told(commit(partition, log)) == [
        ("fired", "11:00", "11:00:00"),
        ("deferred", "cap", "12:00:00"),
    ]


def test_no_policy_adds_no_byte() -> None:
    def state(text: str) -> Log:
        log: Log = {}
        partition = restored(log, text)
        partition.apply(searched(DAY + "23:00"), None)
        partition.apply(
            Event("message_sent", "c", instant(NEXT + "00:00Z"), {"channel": "x"}), None
        )
        commit(partition, log)
        return {key: value for key, value in log.items() if key[:1] == b"c"}

    assert state(rules("", "{name: s, on: searched}")) == state(
        rules("holdout: {percent: 5}", "{name: s, on: searched}")
    )


def test_an_unknown_zone_is_counted() -> None:
    partition = restored({}, rules(f"zone: {{attribute: tz}}, {NIGHT}"))
    told_of = Event("contact_updated", "c", instant(DAY + "09:00Z"), {"tz": "Mars/X"}, "e0")
    partition.apply(told_of, None)
    partition.apply(searched(DAY + "10:00"), None)
    rule_metrics = partition.take().rule_metrics
    assert rule_metrics is not None
    assert rule_metrics.unknown_zones == 1
    assert format_time(partition.now)[11:16] == "10:00"


def test_messages_that_name_their_trigger_are_told_apart_from_others() -> None:
    cap = "caps: {one: {max: 9, within: 1d, count: [fired, sent], channel: email}}"
    partition, log = restored({}, rules(cap)), Log()
    partition.apply(searched(DAY + "10:00"), None)
    (fired,) = commit(partition, log)
    for number, about in enumerate(({"trigger": json.loads(fired)["id"]}, {}, {"trigger": "?"})):
        sent = {"channel": "email", **about}
        partition.apply(
            Event("message_sent", "c", instant(DAY + "11:00Z"), sent, f"m{number}"), None
        )
    other = Event("message_sent", "c", instant(DAY + "11:00Z"), {"channel": "push"}, "m9")
    partition.apply(other, None)
    rule_metrics = partition.take().rule_metrics
    assert rule_metrics is not None
    assert (rule_metrics.for_triggers, rule_metrics.other_messages) == (1, 2)


@pytest.mark.parametrize("hour", ["12", "23"])
@pytest.mark.parametrize("slice_size", [None, 1])
def test_what_is_sold_out_again_before_the_telling_is_held_back_by_a_pass_too(
    hour: str, slice_size: int | None
) -> None:
    """Whether the gates are open or closed then: nobody is told of what has left by now."""
    start = instant(f"{DAY}{hour}:00Z")
    held = "{name: held, use: back_in_stock, with: {while: any, hold: 30s}}"
    partition = restored({}, rules(NIGHT, held), lateness=LATENESS, slice_size=slice_size)

    def stock(seconds: int, quantity: int) -> None:
        at = start + seconds * 1000
        partition.apply(ProductChange("p", at, seconds + 1, stock=quantity, stock_time=at), None)

    stock(0, 0)
    for name in "abc":
        data = {"product": "p"}
        partition.apply(Event("product_viewed", name, start + 1000, data, name), None)
    stock(2, 5)
    while not partition.advance(start + 3000, None, 10):
        pass
    commit(partition, Log())
    stock(33, 0)  # a second after the hold has ended
    while not partition.advance(start + 40_000, None, 1):
        pass
    assert [one[:2] for one in told(commit(partition, Log()))] == [("suppressed", "left")] * 3
