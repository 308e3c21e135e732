"""What came of predictions: once a silence, so long after it was likely that nothing would."""

import json

import pytest

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored

DAY = 86_400_000
RULES = """
version: 1
value: {model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614}}
segments:
  - {name: churn, use: likely_to_churn, with: {within: 90d, risk: [80%, 90%]}}
"""
# After one order an order in 90 days has a probability of 0.2 after 2,539,651 seconds: 29.4 days.
CROSSING = 2_539_651_000 / DAY


def outcomes(
    orders: list[float], until: float, rules: str = RULES, *, restarts: bool = False
) -> dict[tuple[int, bool], int]:
    """By tenth and hit, for a contact who orders on these days, in this order of arrival."""
    log: Log = Log()
    partition = restored(log, rules)
    found: dict[tuple[int, bool], int] = {}
    steps = [("order", day) for day in orders] + [("end", until)]
    for number, (what, day) in enumerate(steps):
        if what == "order":
            data = {"order": f"o{number}", "total": 10}
            partition.apply(Event("order_placed", "c", int(day * DAY), data, f"e{number}"), None)
        else:
            partition.advance(int(day * DAY), None)
        batch = partition.take()
        assert batch.rule_metrics is not None
        for came, count in batch.rule_metrics.outcomes.items():
            found[came] = found.get(came, 0) + count
        partition.install()
        log.update({key: value for key, value in batch.changes if value is not None})
        if restarts:
            partition = restored(log, rules)
    return found


@pytest.mark.parametrize("restarts", [False, True])
def test_who_orders_within_the_time_is_a_hit_and_who_does_not_is_none(restarts: bool) -> None:
    end = CROSSING + 90
    for orders, until, found in (
        ([0], end, {}),  # an order at this very millisecond still counts
        ([0], end + 0.001, {(2, False): 1}),
        ([0], 400, {(2, False): 1}),  # once a silence
        ([0, CROSSING + 1], 100, {(2, True): 1}),
        ([0, end], 150, {(2, True): 1}),
        ([0, end + 0.001], 150, {(2, False): 1}),
        ([0, 10], 30, {}),  # it had not come to that
    ):
        assert outcomes(orders, until, restarts=restarts) == found, orders


def test_each_silence_counts_once() -> None:
    assert outcomes([0, 60, 300], 1000) == {(2, True): 1, (2, False): 2}


def test_what_is_likely_at_the_order_already_is_of_a_lower_tenth_or_of_its_own() -> None:
    sure = RULES.replace("[80%, 90%]", "66%")  # 0.2873 at the order
    assert outcomes([0, 0.4], 89, sure) == {}
    assert outcomes([0, 0.4], 91, sure) == {(2, False): 1}
    assert outcomes([0, 5], 6, sure) == {(2, True): 1}


def test_a_late_order_that_disproves_the_silence_has_nothing_come_of_it() -> None:
    assert outcomes([0, 40, 20], 41) == {(2, True): 1}  # told before it came
    late = [0, CROSSING + 1, 20]
    assert outcomes([late[0], late[2], late[1]], 60) == {}
    log: Log = Log()
    partition = restored(log, RULES)
    for number, day in enumerate((0, 20)):
        partition.apply(
            Event("order_placed", "c", day * DAY, {"order": f"o{number}"}, f"e{number}"), None
        )
        if not number:
            partition.advance(40 * DAY, None)  # it came to the threshold on day 29
    partition.advance(140 * DAY, None)
    rule_metrics = partition.take().rule_metrics
    assert rule_metrics is not None
    assert rule_metrics.outcomes == {}


def test_a_rule_that_is_new_counts_nobody_who_has_been_silent_for_long() -> None:
    log: Log = Log()
    before = RULES.replace(
        "name: churn, use: likely_to_churn, with: {within: 90d, risk: [80%, 90%]}",
        "name: s, when: {predict: {alive: {lt: 1%}}}, membership: true",
    )
    partition = restored(log, before)
    partition.apply(Event("order_placed", "c", 0, {"order": "o"}, "e"), None)
    partition.advance(60 * DAY, None)
    commit(partition, log)
    partition = restored(log, RULES)
    partition.advance(400 * DAY, None)
    rule_metrics = partition.take().rule_metrics
    assert rule_metrics is not None
    assert rule_metrics.outcomes == {}


def test_segments_that_ask_the_same_are_followed_up_once_and_others_by_themselves() -> None:
    more = RULES + "  - {name: b, use: likely_to_churn, with: {within: 90d, risk: 80%}}\n"
    assert outcomes([0], 400, more) == {(2, False): 1}
    more += "  - {name: d, use: likely_to_churn, with: {within: 60d, risk: 80%}}\n"
    assert sum(outcomes([0], 400, more).values()) == 2
    asked = "  - {name: e, when: {predict: {buys: {within: 90d, lt: 20%}}}, trigger: {}}\n"
    assert outcomes([0], 400, RULES + asked) == {(2, False): 1}


def test_nothing_is_told_of_it() -> None:
    log: Log = Log()
    partition = restored(log, RULES)
    partition.apply(Event("order_placed", "c", 0, {"order": "o"}, "e"), None)
    partition.advance(400 * DAY, None)
    told = [json.loads(one)["segment"] for one in commit(partition, log)]
    assert told == ["churn", "churn"]
