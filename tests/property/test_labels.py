"""Labels and their moves are what the definitions say: the reference reads them off the whole log.

Times and durations are multiples of a fifth of a year, so that instants collide, at the year too.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .driver import Case, Told, replay, told_by_engine, told_by_reference
from .grid import ORIGIN_MS
from .scale import examples

Record = dict[str, Any]

DAYS = 73
STEP_MS = DAYS * 86_400_000
LENGTH = 12


def of_steps(steps: int) -> str:
    return f"{steps * DAYS}d"


def ascending(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=4, max_size=4, unique=True).map(sorted)


names = st.sampled_from(["any", "none", "lost", "loyal", "active", "gold", "champions"])
monetary = ascending(st.sampled_from([0, 5, 7.5, 10, 15, 20, 22.5, 30, 100]))
recency = ascending(st.integers(1, 6)).map(lambda cuts: [of_steps(cut) for cut in cuts])


@st.composite
def values(draw: st.DrawFn) -> Record:
    """What a file says under ``value``."""
    lost = draw(st.integers(2, 6))
    at_risk: Any = of_steps(draw(st.integers(1, lost - 1)))
    if lost > 3 and draw(st.booleans()):
        at_risk = {"gaps": draw(st.sampled_from([1, 1.5, 2])), "least": "1d", "most": of_steps(3)}
    lifecycle = {
        "new_for": of_steps(draw(st.integers(1, 3))),
        "at_risk": at_risk,
        "lost": of_steps(lost),
        "loyal": draw(st.integers(2, 3)),
    }
    if draw(st.booleans()):
        lifecycle["vip"] = draw(st.sampled_from([10, 15.5, 20]))
    cuts = {"recency": draw(recency), "frequency": draw(ascending(st.integers(1, 5)))}
    cuts["within"] = of_steps(draw(st.integers(2, 6)))
    if draw(st.booleans()):
        cuts["monetary"] = draw(monetary)
    tier: Record = {
        "of": draw(st.sampled_from(["spent", "orders"])),
        "tiers": {"silver": 2, "gold": draw(st.sampled_from([3, 15, 22.5]))},
    }
    if draw(st.booleans()):
        tier |= {
            "within": draw(st.sampled_from(["1ms", of_steps(1), of_steps(3)])),
            "keep": draw(st.sampled_from(["0s", of_steps(1), of_steps(4)])),
        }
    value: Record = {"rfm": {"buyers": cuts}, "lifecycle": lifecycle, "tier": tier}
    if draw(st.booleans()):
        # Beyond it a cancellation that arrives late may find the order forgotten.
        value["orders"] = {"cancelled": of_steps(LENGTH)}
    return value


@st.composite
def moved(draw: st.DrawFn, name: str, value: Record) -> Record:
    """A segment of moves."""
    label = draw(st.sampled_from(["lifecycle", "tier", "rfm.buyers"]))
    known = {
        "lifecycle": ["new", "active", "at_risk", "lost", "loyal", "vip", "returned", "prospect"],
        "tier": list(value["tier"]["tiers"]),
        "rfm.buyers": ["lost", "hibernating", "at_risk", "new_customers", "champions", "loyal"],
    }[label]
    some = st.one_of(
        st.just("any"), st.lists(st.sampled_from([*known, "none"]), min_size=1, unique=True)
    )
    given: Record = {"of": label, "to": draw(some)}
    if draw(st.booleans()):
        given["from"] = draw(some)
    if draw(st.booleans()):
        given["direction"] = draw(st.sampled_from(["up", "down"]))
    if draw(st.integers(0, 2)) == 0:
        given["settle"] = of_steps(draw(st.integers(1, 2)))
    return {"name": name, "use": "moved", "with": given}


@st.composite
def rule_files(draw: st.DrawFn) -> Record:
    value = draw(values())
    conditions = [
        {"lifecycle": draw(st.sampled_from(["lost", "at_risk", "active", "loyal", "returned"]))},
        {"tier": draw(st.sampled_from(["silver", "gold"]))},
        {"rfm": {"segment": draw(st.sampled_from(["lost", "champions", "loyal", "promising"]))}},
        {"rfm": {"recency": {"gte": draw(st.integers(2, 5))}, "value": {"gte": 2}}},
    ]
    segments: list[Record] = [
        {"name": f"s{number}", "when": one, "membership": True, "trigger": {}}
        for number, one in enumerate(conditions)
        if draw(st.booleans())
    ]
    segments += [
        draw(moved(f"m{number}", value)) | {"membership": True}
        for number in range(draw(st.integers(1, 2)))
    ]
    if draw(st.booleans()):
        segments[-1]["when"] = {"did": "searched", "at_most": draw(st.integers(0, 1))}
    return {"version": 1, "value": value, "segments": segments}


instants = st.builds(
    lambda step, offset: ORIGIN_MS + step * STEP_MS + offset,
    st.integers(0, LENGTH),
    st.sampled_from([0] * 8 + [-1, 1, 1000]),
)


@st.composite
def events(draw: st.DrawFn) -> list[Record]:
    """Events of one contact in the order of their times, and ticks of a stranger."""
    found: list[Record] = []
    for number, time in enumerate(sorted(draw(st.lists(instants, min_size=1, max_size=9)))):
        kind = draw(st.sampled_from(["order_placed"] * 4 + ["order_cancelled", "searched", "tick"]))
        event: Record = {"type": kind, "contact": "c", "time": time, "id": f"e{number}"}
        if kind == "order_placed":
            event["data"] = {"order": f"o{number}", "total": draw(st.sampled_from([5, 7.5, 10]))}
        elif kind == "order_cancelled":
            event["data"] = {"order": f"o{draw(st.integers(0, 8))}"}
        elif kind == "searched":
            event["data"] = {"query": "bags"}
        elif kind == "tick":
            event |= {"type": "page_viewed", "contact": "stranger"}
        found.append(event)
    return found


def late(found: list[Record], delays: list[int]) -> list[Record]:
    """The same events, some of which arrive later."""
    moved = [
        (event["time"] + delay * STEP_MS, number, event)
        for number, (event, delay) in enumerate(zip(found, delays, strict=False))
    ]
    return [event for _, _, event in sorted(moved, key=lambda one: one[:2])]


@st.composite
def cases(draw: st.DrawFn, *, in_order: bool) -> Case:
    found = draw(events())
    if not in_order:
        delays = draw(st.lists(st.sampled_from([0, 0, 1, 2, 4]), min_size=len(found)))
        found = late(found, delays)
    until = ORIGIN_MS + draw(st.integers(0, LENGTH + 8)) * STEP_MS
    return Case(draw(rule_files()), found, until, draw(st.sampled_from(["0s", "5s", "100d"])))


@pytest.mark.slow
@settings(max_examples=examples(250))
@given(cases(in_order=True))
def test_in_order_labels_are_as_defined(case: Case) -> None:
    assert told_by_engine(case) == told_by_reference(case)


@pytest.mark.slow
@settings(max_examples=examples(250))
@given(cases(in_order=False))
def test_in_disorder_labels_are_as_defined(case: Case) -> None:
    assert told_by_engine(case) == told_by_reference(case)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(cases(in_order=False), st.sampled_from([1, 1, 2, 3]))
def test_a_restart_anywhere_changes_no_byte(case: Case, restart_every: int) -> None:
    assert replay(case, restart_every) == replay(case)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(cases(in_order=True), st.lists(instants, max_size=5))
def test_ticks_change_nothing_but_when_it_is_emitted(case: Case, times: list[int]) -> None:
    """A stranger's events move the partition's time, and nobody else's."""
    end = max([case.until, *(event["time"] for event in case.events)])
    ticks = [
        {"type": "page_viewed", "contact": "stranger", "time": time}
        for time in times
        if time <= end
    ]
    ticked = sorted([*ticks, *case.events], key=lambda event: event["time"])

    def told(one: Case) -> list[Any]:
        return Told.of(told_by_engine(one), "c").whenever_emitted()

    assert told(replace(case, events=ticked)) == told(case)
