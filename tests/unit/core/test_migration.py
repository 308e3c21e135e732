"""State written under other rules: kept by name, new definitions entered silently."""

from __future__ import annotations

import json

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from tests.unit.core.shop import Log, commit, restored

QUIET = "{name: quiet, use: inactivity, with: {after: 1h}, membership: true}"
SEARCHED = "{name: keen, when: {did: searched}, trigger: {}, membership: true}"
MINUTE = 60_000


def rules(*segments: str) -> str:
    return "version: 1\nsegments: [" + ", ".join(segments) + "]"


def searched(contact: str, time: int, name: str) -> Event:
    return Event("searched", contact, time, {"query": "x"}, name)


def under(segments: tuple[str, ...], log: Log, until: int) -> list[dict[str, object]]:
    """Restore under these segments, advance, commit; the messages."""
    partition = restored(log, rules(*segments))
    partition.advance(until, None)
    return [json.loads(message) for message in commit(partition, log)]


def written() -> Log:
    """Contact c searched at 0, under the rule `quiet` alone."""
    log = Log()
    partition = restored({}, rules(QUIET))
    partition.apply(searched("c", 0, "e1"), None)
    commit(partition, log)
    return log


def test_what_has_the_same_name_is_kept_at_another_place() -> None:
    messages = under((SEARCHED, QUIET), written(), 60 * MINUTE)
    fired = [one for one in messages if one["type"] == "trigger.fired"]
    assert [(one["segment"], one["entered_at"]) for one in fired] == [
        ("quiet", "1970-01-01T01:00:00.000Z")
    ]


def test_who_enters_because_a_rule_is_new_does_so_silently() -> None:
    new = "{name: idle, when: {idle: searched, for: 1m}, trigger: {}, membership: true}"
    log = written()
    restored_at = restored(log, rules(QUIET))
    restored_at.advance(10 * MINUTE, None)
    commit(restored_at, log)
    changed = "{name: quiet, use: inactivity, with: {after: 5m}, membership: true}"
    messages = under((changed, new), log, 20 * MINUTE)
    told = [(one["type"], one["segment"], one.get("cause")) for one in messages]
    assert told == [("segment.entered", "quiet", "rules_changed")]


def test_on_deploy_fire_fires() -> None:
    log = written()
    partition = restored(log, rules(QUIET))
    partition.advance(10 * MINUTE, None)
    commit(partition, log)
    changed = "{name: quiet, use: inactivity, with: {after: 5m}, on_deploy: fire}"
    messages = under((changed,), log, 20 * MINUTE)
    assert [one["type"] for one in messages] == ["trigger.fired"]


def test_a_deadline_of_new_rules_comes_before_an_event_that_is_ahead_of_now() -> None:
    log = written()
    nap = "{name: nap, use: inactivity, with: {after: 30m}, membership: true}"
    partition = restored(log, rules(nap), slice_size=10)
    ahead = Event("page_viewed", "c", 32 * MINUTE, {}, "e2", arrival=28 * MINUTE)
    partition.apply(ahead, None)
    partition.advance(40 * MINUTE, None)
    told = [(one.type, one.entered_at // MINUTE) for one in partition.take().outcomes]
    assert told == [
        ("segment.entered", 30),
        ("trigger.fired", 30),
        ("segment.exited", 30),
    ]


def test_a_segment_that_is_gone_takes_what_only_it_remembered() -> None:
    log = written()
    assert under((SEARCHED,), log, MINUTE) == []
    assert under((SEARCHED, QUIET), log, 120 * MINUTE) == []


def test_the_second_restore_under_the_same_rules_changes_nothing() -> None:
    log = written()
    under((SEARCHED, QUIET), log, MINUTE)
    partition = restored(log, rules(SEARCHED, QUIET))
    assert partition.take().changes == []


def test_who_waits_for_a_product_still_does_after_a_change_of_rules() -> None:
    back = "{name: back, use: back_in_stock}"
    log = Log()
    partition = restored({}, rules(back))
    partition.apply(ProductChange("p", 0, 1, stock=0, stock_time=0), None)
    partition.apply(Event("product_viewed", "c", 1, {"product": "p"}, "e1"), None)
    commit(partition, log)
    partition = restored(log, rules(QUIET, back))
    partition.apply(ProductChange("p", 2, 2, stock=1, stock_time=2), None)
    assert [json.loads(one)["segment"] for one in commit(partition, log)] == ["back"]


def test_a_contact_who_was_known_before_the_rule_is_not_welcomed_as_new() -> None:
    welcome = "{name: new, use: welcome, with: {of: [searched, page_viewed]}}"
    log = written()
    partition = restored(log, rules(QUIET, welcome))
    partition.apply(searched("c", MINUTE, "e2"), None)
    partition.apply(searched("d", MINUTE, "e3"), None)
    told = [json.loads(one) for one in commit(partition, log)]
    assert [(one["segment"], one["contact"]) for one in told] == [("new", "d")]
    partition = restored(log, rules(welcome))
    partition.apply(Event("page_viewed", "c", 2 * MINUTE, {}, "e4"), None)
    assert commit(partition, log) == []


VIEWED = "per: category, when: {did: product_viewed, at_least: 2}, trigger: {}, membership: true"


def viewed(time: int) -> Event:
    return Event("product_viewed", "c", time, {"product": "p", "category": "bags"}, f"v{time}")


def test_keys_that_segments_shared_stay_when_one_of_them_goes_its_own_way() -> None:
    both = (f"{{name: one, {VIEWED}}}", f"{{name: two, {VIEWED}}}")
    log = Log()
    partition = restored({}, rules(*both))
    for time in (0, 1):
        partition.apply(viewed(time), None)
    told = [json.loads(message) for message in commit(partition, log)]
    assert [one["segment"] for one in told if one["type"] == "trigger.fired"] == ["one", "two"]
    apart = (both[1], f"{{name: one, {VIEWED}, max_keys: 3}}", f"{{name: three, {VIEWED}}}")
    messages = under(apart, log, MINUTE)
    entered = [(one["segment"], one["cause"]) for one in messages]
    assert entered == [("three", "rules_changed")]
    partition = restored(log, rules(*apart))
    partition.apply(viewed(MINUTE), None)
    assert commit(partition, log) == []
    joined = under(both, log, MINUTE)
    assert [one for one in joined if one["type"] == "trigger.fired"] == []


def test_a_first_batch_that_is_rolled_back_leaves_the_old_rules_to_be_left_behind() -> None:
    log = written()
    partition = restored(log, rules(SEARCHED, QUIET))
    partition.take()
    partition.rollback()
    partition.apply(searched("c", MINUTE, "e2"), None)
    partition.apply(searched("d", MINUTE, "e3"), None)
    commit(partition, log)
    messages = under((SEARCHED, QUIET), log, 120 * MINUTE)
    assert [(one["segment"], one["contact"]) for one in messages] == [
        ("quiet", "c"), ("quiet", "c"), ("quiet", "d"), ("quiet", "d")
    ]  # fmt: skip


def test_the_first_batch_under_these_rules_says_which_they_are_even_after_a_rollback() -> None:
    log = Log()
    partition = restored({}, rules(QUIET))
    partition.apply(searched("c", 0, "e1"), None)
    partition.take()
    partition.rollback()
    partition.apply(searched("c", 0, "e1"), None)
    commit(partition, log)
    messages = under((SEARCHED, QUIET), log, 120 * MINUTE)
    assert {one["segment"] for one in messages} == {"quiet"}


NEW = "{name: new, trigger: {}, membership: true, when: %s}"
OTHER = "{name: other, when: {did: page_viewed}, membership: true}"


def begun_at_ten(when: str, *later: Event, until: int = 120 * MINUTE) -> list[tuple[str, str, int]]:
    """What is told of a segment that is new at minute 10, when ``c`` is known already: who and
    when, in minutes.
    """
    log = Log()
    partition = restored({}, rules(OTHER))
    partition.apply(Event("session_started", "c", 0, {}, "e0"), None)
    partition.advance(10 * MINUTE, None)
    commit(partition, log)
    partition = restored(log, rules(OTHER, NEW % when))
    for event in later:
        partition.apply(event, None)
    partition.advance(until, None)
    outcomes = partition.take().outcomes
    return [
        (one.contact, one.cause or "fired", one.entered_at // MINUTE)
        for one in outcomes
        if one.segment == "new" and one.exited_at is None
    ]


def test_a_new_rule_does_not_take_what_it_did_not_see_for_silence() -> None:
    # An hour later all that it asks about is known.
    quiet = "{not: {did: searched, within: 1h}}"
    assert begun_at_ten(quiet) == [("c", "time", 70), ("c", "fired", 70)]
    assert begun_at_ten(quiet, searched("c", 30 * MINUTE, "s")) == [
        ("c", "time", 90),
        ("c", "fired", 90),
    ]
    assert begun_at_ten("{not: {did: searched}}") == []
    assert begun_at_ten("{attribute: country, ne: PL}") == []
    assert begun_at_ten("{not: {in_segment: other}}") == [("c", "rules_changed", 10)]


def test_what_is_known_may_decide_it_already() -> None:
    log = Log()
    for when, times, entered in (
        ("{did: searched, at_least: 2}", (20, 30), 30),
        ("{aggregate: distinct, of: query, over: searched, gte: 1}", (20,), 20),
        ("{any: [{not: {did: searched}}, {did: page_viewed}, {did: searched}]}", (25,), 25),
    ):
        partition = restored({}, rules(OTHER))
        partition.apply(Event("session_started", "c", 0, {}, "e0"), None)
        commit(partition, log)
        partition = restored(log, rules(OTHER, NEW % when))
        commit(partition, log)
        for time in times:
            partition.apply(searched("c", time * MINUTE, f"s{time}"), None)
        told = [one for one in partition.take().outcomes if one.type == "trigger.fired"]
        assert [one.entered_at // MINUTE for one in told] == [entered]


def test_of_a_contact_who_comes_later_all_is_known() -> None:
    log = Log()
    partition = restored({}, rules(OTHER))
    partition.apply(Event("session_started", "c", 0, {}, "e0"), None)
    commit(partition, log)
    when = "{all: [{did: session_started}, {not: {did: searched}}]}"
    partition = restored(log, rules(OTHER, NEW % when))
    for contact in ("c", "d"):
        partition.apply(Event("session_started", contact, MINUTE, {}, contact), None)
    told = [one.contact for one in partition.take().outcomes if one.segment == "new"]
    assert told == ["d", "d"]


def test_what_is_not_known_stays_so_over_restarts_and_other_edits() -> None:
    log = Log()
    partition = restored({}, rules(OTHER))
    partition.apply(Event("session_started", "c", 0, {}, "e0"), None)
    commit(partition, log)
    new = NEW % "{not: {did: searched, within: 1h}}"
    for segments in ((OTHER, new), (new, OTHER), (new, OTHER, QUIET)):
        partition = restored(log, rules(*segments))
        assert [one for one in commit(partition, log) if b'"new"' in one] == []
    partition.advance(60 * MINUTE - 1, None)
    assert [one for one in commit(partition, log) if b'"new"' in one] == []
    partition.advance(60 * MINUTE, None)
    assert len([one for one in commit(partition, log) if b'"new"' in one]) == 2
