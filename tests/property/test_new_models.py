"""A new model in the middle of a stream: silent, named as the cause, and right from then on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules

from ..unit.core.shop import Log, commit, restored
from .scale import examples

DAY = 86_400_000
SEGMENTS = """
segments:
  - {name: churn, use: likely_to_churn, with: {risk: [50%, 66%, 80%]}, membership: true}
  - {name: buys, when: {predict: {buys: {within: 30d, gte: 20%}}}, trigger: {}, membership: true}
  - {name: alive, when: {predict: {alive: {lt: 50%}}}, trigger: {}, membership: true}
  - {name: orders, when: {predict: {orders: {within: 90d, lt: 1}}}, trigger: {}, membership: true}
  - {name: fair, when: {tier: [fair, good]}, trigger: {}, membership: true}
  - {name: asks, when: {all: [{did: order_placed}, {not: {in_segment: churn}}]}, trigger: {},
     membership: true}
  - {name: plain, use: inactivity, with: {after: [10d, 40d]}, membership: true}
"""
OF_NO_MODEL = "plain"

numbers = st.tuples(
    st.sampled_from(["0.3", "0.525", "1.2"]),
    st.sampled_from(["10", "43.281", "120"]),
    st.sampled_from(["0.4", "0.891", "3"]),
    st.sampled_from(["0.5", "1.614", "12"]),
)


def rules(model: tuple[str, ...]) -> str:
    r, alpha, a, b = model
    given = f"{{r: {r}, alpha: {alpha}, a: {a}, b: {b}, p: 6.25, q: 3.74, v: 15.44}}"
    tiers = "{of: clv, tiers: {fair: 10, good: 60}}"
    return f"version: 1\nvalue: {{model: {given}, tier: {tiers}}}\n{SEGMENTS}"


def apply(partition: Partition, days: list[int]) -> None:
    for day in days:
        data = {"order": f"o{day}", "total": 10 + day % 7 * 15}
        partition.apply(Event("order_placed", "c", day * DAY, data, f"e{day}"), None)


def told(messages: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(one) for one in messages]


def stays(records: list[dict[str, Any]]) -> set[tuple[str, str | None]]:
    """In which segments and rungs the contact is, by all records of membership."""
    found: set[tuple[str, str | None]] = set()
    for one in records:
        place = one["segment"], one["rung"]
        if one["type"] == "segment.entered":
            assert place not in found
            found.add(place)
        elif one["type"] == "segment.exited":
            found.remove(place)
    return found


@pytest.mark.slow
@settings(max_examples=examples(150), deadline=None)
@given(
    st.lists(numbers, min_size=2, max_size=3),
    st.lists(st.integers(0, 400), min_size=1, max_size=8, unique=True).map(sorted),
    st.data(),
)
def test_a_new_model_is_silent_and_from_then_on_as_if_it_had_always_been(
    models: list[tuple[str, ...]], days: list[int], data: st.DataObject
) -> None:
    log, records = Log(), []
    partition = restored(log, rules(models[0]))
    at, now = 0, days[0] * DAY
    for model in models[1:]:
        until = data.draw(st.integers(at, len(days)))
        apply(partition, days[at:until])
        at = until
        now = max(now, partition.now) + data.draw(st.integers(0, 90)) * DAY
        partition.advance(min(now, days[at] * DAY - 1) if at < len(days) else now, None)
        records += told(commit(partition, log))
        partition = restored(log, rules(model), slice_size=data.draw(st.sampled_from([None, 1])))
        while not partition.advance(partition.now, None, 10):
            pass
        switched = told(commit(partition, log))
        assert {one["type"] for one in switched} <= {"segment.entered", "segment.exited"}
        assert {one["cause"] for one in switched} <= {"model"}
        assert OF_NO_MODEL not in {one["segment"] for one in switched}
        records += switched
    apply(partition, days[at:])
    end = max(partition.now, days[-1] * DAY) + data.draw(st.integers(0, 300)) * DAY
    partition.advance(end, None)
    records += told(commit(partition, log))
    assert {one.get("cause") for one in records} <= {None, "event", "time", "model"}
    fresh = Partition(parse_rules(rules(models[-1])))
    fresh.ready()
    apply(fresh, days)
    fresh.advance(end, None)
    assert stays(records) == stays(told(commit(fresh, Log())))
    fired = [one["id"] for one in records if one["type"] == "trigger.fired"]
    assert len(fired) == len(set(fired))
