"""The history of orders is one, and stays, whatever other rules come to ask of it."""

from __future__ import annotations

import json

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored

DAY = 86_400_000
MODEL = "model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614}"
VALUE = "rfm: {buyers: {within: 90d}}"
MOVED = "{name: moved, use: rfm_moved, membership: true}"
CHURN = "{name: churn, use: likely_to_churn, with: {within: 90d, risk: 80%}}"


def rules(value: str, *segments: str) -> str:
    return f"version: 1\nvalue: {{{value}}}\nsegments: [{', '.join(segments)}]"


def run(before: str, after: str, orders: list[int], until: int) -> list[tuple[str, str, str]]:
    """What is told of orders on these days, under rules that are others from day 400 on."""
    log: Log = Log()
    partition = restored({}, before)
    for number, day in enumerate(orders):
        data = {"order": f"o{number}", "total": 10}
        partition.apply(Event("order_placed", "c", day * DAY, data, f"e{number}"), None)
    partition.advance(400 * DAY, None)
    commit(partition, log)
    partition = restored(log, after)
    partition.advance(400 * DAY, None)
    commit(partition, log)
    partition.advance(until * DAY, None)
    messages = commit(partition, log)
    return [
        (one["segment"], one["type"], str(one["entered_at"])) for one in map(json.loads, messages)
    ]


def test_a_prediction_that_is_new_knows_the_orders_that_others_asked_for() -> None:
    both = rules(f"{VALUE}, {MODEL}", MOVED, CHURN)
    orders = [340, 390]
    told = run(rules(VALUE, MOVED), both, orders, 600)
    assert told == run(both, both, orders, 600)
    assert {segment for segment, _, _ in told} == {"moved", "churn"}


def test_what_others_know_of_long_ago_stays_known_where_the_new_one_cannot_know_it() -> None:
    """The order of day 10 is only counted by now: on which day it was is known no more."""
    both = rules(f"{VALUE}, {MODEL}", MOVED, CHURN)
    orders = [10, 20, 380, 390]
    told = run(rules(VALUE, MOVED), both, orders, 600)
    assert [one for one in told if one[0] == "moved"] == [
        one for one in run(both, both, orders, 600) if one[0] == "moved"
    ]
    assert [one for one in told if one[0] == "churn"] == []


def test_a_longer_window_knows_what_was_kept() -> None:
    short, long = (rules(f"rfm: {{buyers: {{within: {w}}}}}", MOVED) for w in ("90d", "200d"))
    for orders in ([385, 390], [340, 370, 390]):
        told = run(short, long, orders, 700)
        assert told == run(long, long, orders, 700)
        assert told
    # Of what was before day 300 only the number is left: it matters until day 500 (16 May).
    orders = [10, 20, 300, 390]
    told = run(short, long, orders, 700)
    assert told == [one for one in run(long, long, orders, 700) if one[2] > "1971-05-16"]
    assert told


def test_a_prediction_that_goes_takes_only_what_it_asked_for() -> None:
    both = rules(f"{VALUE}, {MODEL}", MOVED, CHURN)
    alone = rules(VALUE, MOVED)
    orders = [10, 340, 390]
    assert run(both, alone, orders, 600) == run(alone, alone, orders, 600)
