"""Whatever comes, and however late: no trigger is told twice under one id."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replaying import run_replay

from . import cases
from .driver import Case, replay
from .grid import LENGTH, ORIGIN_MS, STEP_MS, latenesses
from .scale import examples
from .test_templates import FILE, streams

Record = dict[str, Any]

DAY_MS = 86_400_000
MOVED = {"of": "lifecycle", "to": ["new", "active", "at_risk", "loyal", "prospect"]}
DATED = {"of": {"attribute": "birthday"}, "offset": ["-1d", "0d"], "lasts": "3d"}
VIEWED = {"did": "page_viewed", "within": "3d"}
SEGMENTS: dict[str, Record] = {
    "life": {"use": "moved", "with": {"of": "lifecycle", "to": "any"}},
    "settled": {"use": "moved", "with": MOVED | {"settle": "2d"}},
    "risen": {"use": "tier_moved", "with": {"direction": "up"}},
    "value": {"use": "rfm_moved"},
    "moved_and_seen": {"use": "moved", "with": MOVED, "when": VIEWED},
    "churn": {"use": "likely_to_churn", "with": {"risk": ["50%", "60%", "70%"]}},
    "buy": {"use": "likely_to_buy", "with": {"within": "30d", "at_least": "25%"}},
    "due": {"use": "next_order", "with": {"due": "1d", "give_up": "9d"}},
    "due_and_seen": {"use": "next_order", "when": VIEWED},
    "birthday": {"use": "anniversary", "with": DATED, "trigger": {"cooldown": "0s"}},
    "monthly": {"use": "anniversary", "with": DATED | {"every": "month"}},
    "first": {"use": "anniversary", "with": {"of": {"first": "order"}, "every": "month"}},
}
VALUE: Record = {
    "orders": {"cancelled": "20d"},
    "lifecycle": {"new_for": "2d", "at_risk": "4d", "lost": "8d", "vip": 15},
    "rfm": {"buyers": {"recency": ["2d", "4d", "6d", "8d"], "monetary": [5, 10, 15, 20]}},
    "tier": {"of": "spent", "tiers": {"silver": 5, "gold": 15}},
    "model": {"r": 0.525, "alpha": 43.281, "a": 0.891, "b": 1.614},
}
OF_VALUE = {
    "version": 1,
    "value": VALUE,
    "segments": [{"name": name} | rule for name, rule in SEGMENTS.items()],
}


def told_more_than_once(fired: list[Record]) -> dict[str, int]:
    names = Counter(
        f"{one['segment']} {one['rung']} {one['id']}"
        for one in fired
        if one["type"] == "trigger.fired"
    )
    return {name: count for name, count in names.items() if count > 1}


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(cases.in_disorder())
def test_under_any_rules(case: Case) -> None:
    kept = [event for event in case.events if event["type"] != "contact_erased"]
    remembering = [
        {name: said for name, said in segment.items() if name != "max_keys"}
        for segment in case.rules["segments"]
    ]
    rules = case.rules | {"segments": remembering}
    told = replay(Case(rules, cases.with_unique_ids(kept), case.until, case.lateness))
    assert not told_more_than_once(told.triggers)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(streams(), st.lists(st.sampled_from([0, 0, 1, 3]), min_size=20), latenesses)
def test_of_the_templates(events: list[Record], delays: list[int], lateness: str) -> None:
    arrived = [
        event
        for _, event in sorted(
            zip(delays, events, strict=False),
            key=lambda one: one[1]["time"] + one[0] * STEP_MS,
        )
    ]
    until = ORIGIN_MS + (LENGTH + 60) * STEP_MS
    told = run_replay(FILE, arrived, until=until, lateness=lateness)
    assert not told_more_than_once(told.triggers)


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Orders that are placed and cancelled, birthdays that are told and told otherwise, and views,
    of few instants; some late.
    """
    instants = st.builds(
        lambda day, offset: ORIGIN_MS + day * DAY_MS + offset,
        st.integers(0, 9),
        st.sampled_from([0, 0, 0, 1, 3_600_000]),
    )
    times = sorted(draw(st.lists(instants, min_size=3, max_size=14)))
    arrived: list[tuple[int, int, Record]] = []
    for number, time in enumerate(times):
        kind = draw(st.sampled_from(["order_placed"] * 3 + ["order_cancelled", "told", "seen"]))
        event: Record = {"type": kind, "contact": "c", "time": time, "id": f"e{number}"}
        if kind == "order_placed":
            event["data"] = {"order": f"o{number}", "total": draw(st.sampled_from([1, 6]))}
        elif kind == "order_cancelled":
            event["data"] = {"order": f"o{draw(st.integers(0, number))}"}
        elif kind == "told":
            day = draw(st.sampled_from(["11-22", "11-23", "11-25", "01-25"]))
            event |= {"type": "contact_updated", "data": {"birthday": f"1990-{day}"}}
        else:
            event["type"] = "page_viewed"
        delay = draw(st.sampled_from([0, 0, 0, 1, 4]))
        arrived.append((time + delay * DAY_MS, number, event))
    return [event for _, _, event in sorted(arrived, key=lambda one: one[:2])]


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(
    histories(),
    st.sampled_from(["0s", "5s", "1d", "30d"]),
    st.sampled_from([None, 1]),
    st.sampled_from([None, {"from": "09:00", "to": "10:30"}, {"from": "10:00", "to": "09:59"}]),
)
def test_of_what_a_contact_is(
    events: list[Record], lateness: str, restart_every: int | None, quiet: Record | None
) -> None:
    policies = {} if quiet is None else {"policies": {"quiet": quiet}}
    told = run_replay(
        json.dumps(OF_VALUE | policies),
        events,
        until=ORIGIN_MS + 90 * DAY_MS,
        lateness=lateness,
        restart_every=restart_every,
    )
    assert not told.dlq
    assert not told_more_than_once(told.triggers)
