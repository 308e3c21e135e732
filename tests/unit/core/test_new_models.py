"""A new model and new rules at once: records tell which of them moved a contact."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.explain.rendering import why_lines
from streamseg.explain.why import segment_named, why
from streamseg.formats.counts import lines_of
from tests.unit.core.shop import Log, commit, restored

DAY = 86_400_000
EARLY, LATE = "1.614", "0.2"  # `b` of a model by which silence is no sign yet, and is one
WORTH = ", p: 6.25, q: 3.74, v: 15.44"
RISKY = "{name: risky, when: {predict: {buys: {within: 90d, lt: 34%}}}, membership: true}"


def rules(segments: list[str], b: str = EARLY, value: str = "") -> str:
    model = f"{{r: 0.525, alpha: 43.281, a: 0.891, b: {b}{WORTH}}}"
    return f"version: 1\nvalue: {{model: {model}{value}}}\nsegments: [{', '.join(segments)}]"


def begun(before: str) -> Log:
    """The changelog of a partition with a contact who ordered twice and has been silent."""
    log: Log = {}
    partition = restored({}, before)
    for day in (0, 30):
        event = Event("order_placed", "c", day * DAY, {"order": f"o-{day}", "total": 90}, f"e{day}")
        partition.apply(event, None)
    partition.apply(Event("contact_updated", "c", 31 * DAY, {"ads": True}, "yes"), None)
    partition.advance(60 * DAY, None)
    commit(partition, log)
    return log


def switched(before: str, after: str) -> tuple[Partition, Log, dict[str, Any]]:
    """A partition under the rules ``after``, and by segment what its new rules told."""
    log = begun(before)
    partition = restored(log, after)
    partition.advance(60 * DAY + 1, None)
    told = [json.loads(one) for one in commit(partition, log)]
    assert not [one for one in told if one["type"].startswith("trigger")]
    return partition, log, {one["segment"]: (one["type"][8:], one["cause"]) for one in told}


def causes(before: str, after: str) -> dict[str, Any]:
    return switched(before, after)[2]


def test_who_asks_about_a_segment_of_the_model_is_moved_by_the_model() -> None:
    asking = "{name: asking, when: {in_segment: risky}, membership: true}"
    spared = "{name: spared, when: {not: {in_segment: risky}}, membership: true}"
    both = [RISKY, asking, spared]
    assert causes(rules(both), rules(both, LATE)) == {
        "risky": ("entered", "model"),
        "asking": ("entered", "model"),
        "spared": ("exited", "model"),
    }


def test_an_edited_rule_is_the_cause_even_if_the_model_is_new_too() -> None:
    edited = RISKY.replace("34%", "35%")
    asking = "{name: asking, when: {in_segment: risky}, membership: true}"
    new = "{name: new, when: {predict: {buys: {within: 90d, lt: 34%}}}, membership: true}"
    other = RISKY.replace("risky", "other")
    before, after = [RISKY, asking, other], [edited, asking, other, new]
    assert causes(rules(before), rules(after, LATE)) == {
        "risky": ("entered", "rules_changed"),
        "asking": ("entered", "rules_changed"),
        "other": ("entered", "model"),
        "new": ("entered", "rules_changed"),
    }


def test_rules_that_are_edited_under_the_same_model_are_the_cause() -> None:
    longer = RISKY.replace("34%", "90%")
    assert causes(rules([RISKY]), rules([longer])) == {"risky": ("entered", "rules_changed")}


def test_a_tier_of_what_orders_will_be_worth_is_moved_by_the_model() -> None:
    tier = ", tier: {of: clv, tiers: {fair: 10, good: 120}}"
    good = "{name: good, when: {tier: good}, membership: true}"
    down = "{name: down, use: tier_moved, with: {direction: down}, membership: true}"
    found = causes(rules([good, down], EARLY, tier), rules([good, down], LATE, tier))
    assert found == {"good": ("exited", "model"), "down": ("entered", "model")}


def test_a_ladder_and_what_is_told_with_a_consent_are_moved_by_the_model() -> None:
    churn = "{name: churn, use: likely_to_churn, with: {risk: [66%]}, policy: {consent: none}, "
    churn += "membership: {consent: [ads]}}"
    consents = "policies: {consent: {ads: {grant: ads}}}\n"
    before, after = rules([churn]), rules([churn], LATE)
    assert causes(consents + before, consents + after) == {"churn": ("entered", "model")}


def test_why_and_counts_name_the_model() -> None:
    counted = ", kpis: {}"
    partition, _, _ = switched(rules([RISKY], EARLY, counted), rules([RISKY], LATE, counted))

    def look() -> Any:
        return partition.peek("c", partition.now)

    answer = why(look, segment_named(look().rules, "risky"), None, 0)
    assert answer.cause == "model"
    assert "by a new model" in why_lines(answer)[0]
    assert partition.counted is not None
    lines = json.loads(msgspec.json.encode(list(lines_of(partition.counted, ["risky"]))))
    assert {"model": 1} in [one.get("entered_by") for one in lines]


def test_a_rule_that_asks_to_fire_on_a_deploy_fires_by_a_model_too() -> None:
    loud = RISKY.replace("membership: true", "trigger: {}, on_deploy: fire, membership: true")
    log = begun(rules([loud]))
    partition = restored(log, rules([loud], LATE))
    partition.advance(60 * DAY + 1, None)
    told = [json.loads(one) for one in commit(partition, log)]
    assert {one["type"] for one in told} == {"segment.entered", "trigger.fired"}
    assert [one["cause"] for one in told if one["type"] == "segment.entered"] == ["time"]


@pytest.mark.parametrize("policies", ["", "policies: {consent: {ads: {grant: ads}}}\n"])
def test_state_that_notes_nothing_of_models_is_read_and_keeps_who_is_in(policies: str) -> None:
    """As format 5 had it: whether it was the model cannot be told then."""
    consent = ", policy: {consent: [ads]}" if policies else ""
    churn = f"{{name: churn, use: likely_to_churn, with: {{risk: 66%}}{consent}, membership: true}}"
    before = policies + rules([churn, RISKY])
    log = begun(before)
    (key,) = [key for key in log if key[:1] == b"l"]
    _, *layout = msgspec.msgpack.decode(log[key])
    former = [5, *layout[:3], *([layout[3]] if policies else [])]
    assert len(layout) == 5
    log[key] = msgspec.msgpack.encode(former)
    same = dict(log)
    partition = restored(same, before)
    assert [written for written, _ in partition.take().changes] == [key], "no contact is rewritten"
    partition.install()
    partition.advance(60 * DAY + 1, None)
    assert commit(partition, same) == []
    partition = restored(log, policies + rules([churn, RISKY], LATE))
    partition.advance(60 * DAY + 1, None)
    told = [json.loads(one) for one in commit(partition, log)]
    assert {(one["segment"], one["cause"]) for one in told} == {
        ("churn", "rules_changed"),
        ("risky", "rules_changed"),
    }
