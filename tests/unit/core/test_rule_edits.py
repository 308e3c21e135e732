"""A rule is edited under its name: what it was is carried over or begun anew, never mixed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored

MINUTE = 60_000
LATENESS = 10 * MINUTE
OTHER = "{name: other, when: {did: page_viewed}, trigger: {}}"
QUIET = "name: q, use: inactivity"
IDLE = "name: q, when: {idle: product_viewed, for: 10m}, trigger: {}, membership: true"
SEARCH = Event("searched", "c", 0, {"query": "x"}, "e1")
VIEW = Event("product_viewed", "c", 0, {"product": "p", "category": "k"}, "e1")


def rules(*segments: str) -> str:
    return "version: 1\nsegments: [" + ", ".join(segments) + "]"


def edited(
    before: str, after: str, events: list[Event], until: int, lateness: int = 0
) -> list[dict[str, Any]]:
    """What is told after an edit, by an advance to ``until``; the events came before it."""
    log = Log()
    partition = restored({}, rules(before, OTHER), lateness=lateness)
    for event in events:
        partition.apply(event, None)
    commit(partition, log)
    partition = restored(log, rules(after, OTHER), lateness=lateness)
    told = commit(partition, log)
    partition.advance(until, None)
    return [json.loads(message) for message in told + commit(partition, log)]


def kinds(told: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (one["type"], one["key"], one["rung"], one.get("cause", one.get("reason")))
        for one in told
        if one["segment"] == "q"
    ]


def test_a_trigger_is_removed_before_a_late_event_comes() -> None:
    log = Log()
    partition = restored({}, rules(f"{{{QUIET}, with: {{after: 1h}}}}"))
    partition.apply(SEARCH, None)
    partition.advance(120 * MINUTE, None)
    assert len(commit(partition, log)) == 1
    silent = f"{{{QUIET}, with: {{after: 1h}}, trigger: false, membership: true}}"
    partition = restored(log, rules(silent))
    commit(partition, log)
    partition.apply(Event("searched", "c", 30 * MINUTE, {"query": "x"}, "e2"), None)
    assert [json.loads(one)["type"] for one in commit(partition, log)] == [
        "segment.exited",
        "segment.entered",
    ]


def test_what_was_told_under_the_former_definition_is_not_cancelled_under_the_new_one() -> None:
    log = Log()
    partition = restored({}, rules(f"{{{QUIET}, with: {{after: 1h}}}}"))
    partition.apply(SEARCH, None)
    partition.advance(120 * MINUTE, None)
    assert len(commit(partition, log)) == 1
    narrowed = f"{{{QUIET}, with: {{after: 1h}}, when: {{idle: any, for: 1m}}}}"
    partition = restored(log, rules(narrowed))
    commit(partition, log)
    partition.apply(Event("searched", "c", 30 * MINUTE, {"query": "x"}, "e2"), None)
    types = {json.loads(one)["type"] for one in commit(partition, log)}
    assert "trigger.cancelled" not in types


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[1m, 2m]", "1m"),
        ("[1m, 2m]", "[2m, 5m]"),
        ("[1m, 2m]", "[3m, 4m, 5m]"),
        ("1m", "60s"),
    ],
)
def test_a_ladder_is_edited_while_an_entry_waits_to_be_told(before: str, after: str) -> None:
    events = [SEARCH, Event("page_viewed", "c", 3 * MINUTE, {}, "e2")]
    told = edited(
        f"{{{QUIET}, with: {{after: {before}, of: searched}}}}",
        f"{{{QUIET}, with: {{after: {after}, of: searched}}, membership: true}}",
        events,
        12 * MINUTE + 1,
        LATENESS,
    )
    waited = ["1m", "2m"] if before.startswith("[") else ["1m"]
    suppressed = [one for one in kinds(told) if one[0] == "trigger.suppressed"]
    assert suppressed == [("trigger.suppressed", None, rung, "forgotten") for rung in waited]
    entered = [one for one in kinds(told) if one[3] == "rules_changed"]
    rungs = [rung for rung in after.strip("[]").split(", ") if rung in ("1m", "60s", "2m", "3m")]
    assert entered == [("segment.entered", None, rung, "rules_changed") for rung in rungs]
    assert not [one for one in told if one["type"] == "trigger.fired" and one["segment"] == "q"]


KEYED = [f"{{per: {per}, {IDLE}}}" for per in ("product", "category")]
UNKEYED = f"{{{IDLE}}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [(KEYED[0], KEYED[1]), (KEYED[0], UNKEYED), (UNKEYED, KEYED[0])],
)
def test_another_per_begins_anew(before: str, after: str) -> None:
    told = edited(before, after, [VIEW], 30 * MINUTE)
    assert [one for one in kinds(told) if one[0] == "trigger.fired" and one[1] == "p"] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [(KEYED[0], KEYED[1]), (KEYED[0], UNKEYED), (UNKEYED, KEYED[0])],
)
def test_another_per_ends_the_stays_and_what_waits(before: str, after: str) -> None:
    events = [VIEW, Event("page_viewed", "c", 12 * MINUTE, {}, "e2")]
    told = edited(before, after, events, 30 * MINUTE, LATENESS)
    key = "p" if before is KEYED[0] else None
    assert kinds(told)[0] == ("trigger.suppressed", key, None, "forgotten")
    events.append(Event("page_viewed", "c", 25 * MINUTE, {}, "e3"))
    told = edited(before, after, events, 60 * MINUTE, LATENESS)
    assert kinds(told)[0] == ("segment.exited", key, None, "rules_changed")


def test_who_is_on_a_rung_that_goes_leaves_it() -> None:
    before = f"{{{QUIET}, with: {{after: [1m, 1h]}}, membership: true}}"
    after = f"{{{QUIET}, with: {{after: [30m, 1h]}}, membership: true}}"
    events = [SEARCH, Event("page_viewed", "d", 3 * MINUTE, {}, "e2")]
    log = Log()
    partition = restored({}, rules(before, OTHER))
    for event in events:
        partition.apply(event, None)
    commit(partition, log)
    partition = restored(log, rules(after, OTHER))
    partition.advance(10 * MINUTE, None)
    told = [json.loads(message) for message in commit(partition, log)]
    exits = [one for one in told if one["type"] == "segment.exited" and one["contact"] == "c"]
    assert [(one["rung"], one["cause"]) for one in exits] == [("1m", "rules_changed")]
    partition.advance(61 * MINUTE, None)
    entered = [json.loads(message) for message in commit(partition, log)]
    assert [one["rung"] for one in entered if one["type"] == "segment.entered"][:2] == [
        "30m",
        "30m",
    ]


def test_fewer_keys_forget_those_touched_longest_ago() -> None:
    events = [Event("product_viewed", "c", n, {"product": f"p{n}"}, f"e{n}") for n in range(50)]
    before, after = (f"{{per: product, max_keys: {most}, {IDLE}}}" for most in (100, 2))
    told = edited(before, after, events, 30 * MINUTE)
    assert [one[1] for one in kinds(told) if one[0] == "trigger.fired"] == ["p48", "p49"]


def test_another_template_begins_anew() -> None:
    cart = Event("cart_item_added", "c", 0, {"product": "p"}, "e1")
    left = "{name: q, use: abandoned_cart, with: {after: 1h}, membership: true}"
    log = Log()
    partition = restored({}, rules(f"{{{QUIET}, with: {{after: 1h}}, membership: true}}"))
    partition.apply(cart, None)
    partition.advance(120 * MINUTE, None)
    assert len(commit(partition, log)) == 2
    partition = restored(log, rules(left))
    told = [json.loads(one) for one in commit(partition, log)]
    assert kinds(told) == [("segment.exited", None, "1h", "rules_changed")]


def test_an_instant_rule_and_a_stay_never_read_each_other() -> None:
    stay = f"{{{QUIET}, with: {{after: 1h}}, membership: true, trigger: {{cooldown: 1h}}}}"
    instant = "{name: q, on: searched, trigger: {cooldown: 1h}}"
    log = Log()
    partition = restored({}, rules(stay))
    partition.apply(SEARCH, None)
    partition.advance(120 * MINUTE, None)
    commit(partition, log)
    partition = restored(log, rules(instant))
    partition.apply(Event("searched", "c", 130 * MINUTE, {"query": "x"}, "e2"), None)
    told = [json.loads(one)["type"] for one in commit(partition, log)]
    assert told == ["trigger.fired"]


KEPT = "name: q, per: product, trigger: {cooldown: 1d}, membership: true"
PAGE = Event("page_viewed", "c", MINUTE, {}, "e2")


def scored(*parts: str) -> str:
    """The segment `q`, whose keys are those of `quiz_done`, or of the given parts."""
    quiz = "{aggregate: sum, of: score, over: quiz_done, gte: 5}"
    return f"{{{KEPT}, when: {{any: [{', '.join([quiz, *parts])}]}}}}"


BY_VIEWS = f"{{{KEPT}, when: {{interest: {{by: [viewed], within: 1d, while: any}}}}}}"
BY_OTHER = scored("{in_segment: other}")


def test_a_key_that_no_event_of_the_new_definition_touches_is_not_read() -> None:
    log = Log()
    partition = restored({}, rules(BY_VIEWS, OTHER))
    partition.apply(VIEW, None)
    partition.apply(PAGE, None)
    commit(partition, log)
    partition = restored(log, rules(BY_OTHER, OTHER))
    partition.advance(3 * MINUTE, None)
    told = kinds([json.loads(message) for message in commit(partition, log)])
    assert told == [("segment.exited", "p", None, "rules_changed")]
    partition = restored(log, rules(BY_OTHER, OTHER))
    quizzes = [
        Event("quiz_done", "c", 4 * MINUTE, {"product": one}, f"quiz of {one}")
        for one in ("p", "p2")
    ]
    for event in quizzes:
        partition.apply(event, None)
    told = kinds([json.loads(message) for message in commit(partition, log)])
    assert told == [  # a key again, whose cooldown was kept
        ("segment.entered", "p", None, "event"),
        ("trigger.suppressed", "p", None, "cooldown"),
        ("segment.entered", "p2", None, "event"),
        ("trigger.fired", "p2", None, None),
    ]
    whole = restored({}, rules(BY_OTHER, OTHER))
    for event in [VIEW, PAGE, *quizzes]:
        whole.apply(event, None)
    of_replay = kinds([json.loads(message) for message in commit(whole, {})])
    entered = [
        [one for one in all_of if one[0] == "segment.entered"] for all_of in (told, of_replay)
    ]
    assert entered[0] == entered[1]


def test_whether_a_contact_is_in_for_a_key_that_is_not_read_is_unknown() -> None:
    """A quiz before the edit would have let it in."""
    asking = "{name: a, per: product, when: {all: [{did: product_viewed}, {not: {in_segment: q}}]}"
    asking += ", trigger: {}, membership: true}"
    quiz = Event("quiz_done", "c", MINUTE, {"product": "p"}, "e3")
    before, after = (f"{one}, {asking}" for one in (BY_VIEWS, BY_OTHER))
    told = edited(before, after, [VIEW, PAGE, quiz], 30 * MINUTE)
    assert [one for one in told if one["segment"] == "a"] == []


@pytest.mark.parametrize(
    ("before", "after", "is_read"),
    [
        ("{did: product_viewed}", "{did: product_viewed, within: 1d}", True),
        ("{did: product_viewed}", "{idle: [product_viewed, searched], for: 1d}", True),
        ("{did: product_viewed}", "{idle: any, for: 1d}", True),
        (
            "{did: product_viewed}",
            "{not_followed: {first: product_viewed, by: [searched], within: 1d}}",
            True,
        ),
        ("{did: product_viewed, where: {category: k}}", "{did: product_viewed}", True),
        ("{interest: {by: [viewed], within: 1d}}", "{did: product_viewed}", True),
        (
            "{interest: {by: [viewed], within: 1d}}",
            "{interest: {by: [viewed, cart], within: 1d}}",
            True,
        ),
        ("{did: product_viewed}", "{interest: {by: [viewed], within: 1d}}", True),
        (
            "{any: [{did: product_viewed}, {did: searched}]}",
            "{did: product_viewed, within: 1d}",
            True,
        ),
        ("{did: product_viewed}", "{did: product_viewed, where: {category: k}}", False),
        ("{idle: any, for: 1d}", "{did: product_viewed}", False),
        ("{idle: any, for: 1d}", "{did: searched}", False),
    ],
)
def test_a_key_is_read_where_the_new_definition_counts_the_events_that_touched_it(
    before: str, after: str, is_read: bool
) -> None:
    always = "{in_segment: other}"
    before, after = (f"{{{KEPT}, when: {{any: [{one}, {always}]}}}}" for one in (before, after))
    told = edited(before, after, [VIEW, PAGE], 30 * MINUTE)
    exits = [one for one in kinds(told) if one[0] == "segment.exited"]
    assert exits == ([] if is_read else [("segment.exited", "p", None, "rules_changed")])


def test_what_becomes_known_by_time_lets_a_key_in_after_its_window_was_edited() -> None:
    """The view touched the key, and the longer window has passed since orders are remembered."""
    unordered = "{{all: [{{did: product_viewed}}, {{not: {{did: order_placed, within: {}}}}}]}}"
    before, after = (f"{{{KEPT}, when: {unordered.format(one)}}}" for one in ("1h", "2h"))
    log = Log()
    partition = restored({}, rules(before))
    partition.apply(VIEW, None)
    order = {"order": "o", "items": [{"product": "p"}]}
    partition.apply(Event("order_placed", "c", MINUTE, order, "e2"), None)
    partition.advance(10 * MINUTE, None)
    assert len(commit(partition, log)) == 3  # in, fired, out
    partition = restored(log, rules(after))
    partition.advance(200 * MINUTE, None)
    told = [json.loads(message) for message in commit(partition, log)]
    assert kinds(told) == [
        ("segment.entered", "p", None, "time"),
        ("trigger.suppressed", "p", None, "cooldown"),
    ]


@pytest.mark.parametrize("slice_size", [None, 1])
@pytest.mark.parametrize("on_deploy", ["", ", on_deploy: fire"])
def test_time_lets_nobody_in_before_an_edited_segment_that_is_asked_about_is_evaluated(
    on_deploy: str, slice_size: int | None
) -> None:
    left = "{name: q, use: abandoned_cart, with: {after: 1m}, when: {not: {in_segment: rich}}"
    left += f", membership: true{on_deploy}}}"
    log = Log()
    partition = restored({}, rules(left, "{name: rich, use: abandoned_cart, with: {after: 1m}}"))
    data = {"product": "p", "price": 9}
    partition.apply(Event("cart_item_added", "c", 0, data, "e1"), None)
    commit(partition, log)
    worth = "{name: rich, when: {cart: {total: {gte: 5}}}}"
    partition = restored(log, rules(left, worth), slice_size=slice_size)
    partition.advance(5 * MINUTE, None)
    assert kinds([json.loads(message) for message in commit(partition, log)]) == []


def test_an_exit_of_an_edited_segment_that_is_told_by_consent_names_the_segment() -> None:
    """What is told by consent has a segment of its own, which no message names."""
    consents = "policies: {consent: {ads: {grant: subscribed, channel: ads}}}\n"
    told_by = "membership: {consent: [ads]}"
    before = f"{{name: q, use: inactivity, with: {{after: [1m, 1h]}}, trigger: false, {told_by}}}"
    after = f"{{name: q, when: {{idle: any, for: 1m}}, trigger: false, {told_by}}}"
    log = Log()
    partition = restored({}, consents + rules(before))
    granted = Event("contact_updated", "c", 0, {"subscribed": True}, "e0")
    for event in [granted, SEARCH]:
        partition.apply(event, None)
    partition.advance(30 * MINUTE, None)
    commit(partition, log)
    partition = restored(log, consents + rules(after))
    told = [json.loads(message) for message in commit(partition, log)]
    assert [(one["segment"], one["type"], one["rung"], one["cause"]) for one in told] == [
        ("q", "segment.exited", "1m", "rules_changed"),
        ("q", "segment.entered", None, "rules_changed"),
    ]
