"""A new model, and a rule that is new: who is in by it enters silently; ignorance is no sign."""

from __future__ import annotations

import json
from typing import Any

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored

DAY = 86_400_000
FIRST, SECOND = 3_849_106_000, 9_055_847_000  # ms of silence until each rung, from day 30 on
OTHER = "{name: other, when: {did: page_viewed}, trigger: {}}"
CHURN = "{name: churn, use: likely_to_churn, with: {risk: [66%, 80%]}, membership: true}"


def rules(*segments: str, b: str = "1.614", amounts: str = "") -> str:
    model = f"{{r: 0.525, alpha: 43.281, a: 0.891, b: {b}{amounts}}}"
    return f"version: 1\nvalue: {{model: {model}}}\nsegments: [{', '.join(segments)}]"


def order(day: int) -> Event:
    return Event("order_placed", "c", day * DAY, {"order": f"o-{day}"}, f"e-{day}")


def told(messages: list[bytes], segment: str = "churn") -> list[tuple[Any, ...]]:
    found = [json.loads(one) for one in messages]
    return [
        (one["type"], one["rung"], one.get("cause")) for one in found if one["segment"] == segment
    ]


def test_46_a_new_model_is_silent_and_a_rung_that_fired_stays_fired_in_the_silence() -> None:
    log = Log()
    partition = restored({}, rules(CHURN))
    partition.apply(order(0), None)
    partition.apply(order(30), None)
    partition.advance(30 * DAY + FIRST, None)
    assert told(commit(partition, log))[-1] == ("trigger.fired", "66%", None)
    partition = restored(log, rules(CHURN, b="30"))  # hardly anybody drops out: later
    assert told(commit(partition, log)) == [("segment.exited", "66%", "model")]
    partition.advance(30 * DAY + 3 * SECOND, None)
    late = told(commit(partition, log))
    assert [one[:2] for one in late if one[0] == "trigger.fired"] == [("trigger.fired", "80%")]


def test_a_model_by_which_more_are_in_tells_nobody() -> None:
    log = Log()
    partition = restored({}, rules(CHURN))
    partition.apply(order(0), None)
    partition.apply(order(30), None)
    partition.advance(30 * DAY + FIRST - 1000, None)
    commit(partition, log)
    partition = restored(log, rules(CHURN, b="0.2"))
    partition.advance(30 * DAY + FIRST - 500, None)
    entered = told(commit(partition, log))
    assert ("segment.entered", "66%", "model") in entered
    assert not [one for one in entered if one[0].startswith("trigger")]


def test_a_new_model_that_tells_what_orders_are_worth_forgets_no_order() -> None:
    log = Log()
    partition = restored({}, rules(CHURN))
    partition.apply(order(0), None)
    partition.apply(order(30), None)
    commit(partition, log)
    partition = restored(log, rules(CHURN, amounts=", p: 6.25, q: 3.74, v: 15.44"))
    commit(partition, log)
    partition.advance(30 * DAY + FIRST, None)
    (fired,) = [json.loads(one) for one in commit(partition, log) if b"trigger.fired" in one]
    assert fired["rung"] == "66%"
    assert fired["context"]["prediction"]["order_worth"] == 10.73  # these orders had no total


def test_48_of_orders_that_are_not_known_neither_churn_nor_its_opposite_holds() -> None:
    log = Log()
    partition = restored({}, rules(OTHER))
    partition.apply(order(0), None)
    commit(partition, log)
    new = (
        "{name: in, when: {predict: {buys: {within: 90d, lt: 34%}}}, trigger: {}, membership: true}"
    )
    opposite = new.replace("name: in, when: ", "name: out, when: {not: ").replace(
        "34%}}}", "34%}}}}"
    )
    partition = restored(log, rules(OTHER, new, opposite, CHURN))
    partition.apply(order(30), None)
    partition.advance(300 * DAY, None)
    messages = commit(partition, log)
    assert [told(messages, name) for name in ("in", "out", "churn")] == [[], [], []]


def test_who_comes_after_the_rule_is_known() -> None:
    log = Log()
    partition = restored({}, rules(OTHER))
    commit(partition, log)
    partition = restored(log, rules(OTHER, CHURN))
    partition.apply(order(30), None)
    assert ("segment.entered", "66%", "event") in told(commit(partition, log))
