"""Who is told to be in a segment by consent is who is in it and has the attribute that says yes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from . import cases
from .driver import Case, replay
from .grid import LENGTH, ORIGIN_MS, STEP_MS
from .scale import examples

Record = dict[str, Any]

said = st.sampled_from([True, True, False, None, "true"])
answers = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(0, LENGTH)), said, max_size=6
)


def told_twice(rules: Record) -> Record:
    """Each segment of the contact itself twice: told by consent, and by a segment that asks for the
    attribute.
    """
    segments = []
    for segment in rules["segments"]:
        if "when" not in segment or "use" in segment or "per" in segment or "on" in segment:
            continue
        plain = {name: segment[name] for name in ("name", "when")}
        yes = {"attribute": "consent.email", "eq": True}
        own = {"name": f"{segment['name']} and yes", "membership": True}
        by_consent = plain | {"membership": {"consent": ["email"]}}
        segments += [by_consent, own | {"when": {"all": [{"in_segment": segment["name"]}, yes]}}]
    names = {one["name"] for one in segments}
    assume(segments and not _asks_for_others(segments, names))
    policies = {"consent": {"email": {"grant": "consent.email"}}}
    return {"version": 1, "policies": policies, "segments": segments}


def _asks_for_others(value: Any, names: set[str]) -> bool:
    if isinstance(value, dict):
        asked = value.get("in_segment", next(iter(names)))
        return asked not in names or any(_asks_for_others(one, names) for one in value.values())
    return isinstance(value, list) and any(_asks_for_others(one, names) for one in value)


@st.composite
def with_answers(draw: st.DrawFn, drawn: st.SearchStrategy[Case], *, in_order: bool) -> Case:
    case = draw(drawn)
    # Of merged contacts a no of either holds, and the attribute of one.
    events = [event for event in case.events if event["type"] != "contact_merged"]
    for (contact, step), value in draw(answers).items():
        event = {"type": "contact_updated", "contact": contact, "time": ORIGIN_MS + step * STEP_MS}
        events.insert(
            draw(st.integers(0, len(events))), event | {"data": {"consent": {"email": value}}}
        )
    if in_order:
        events.sort(key=lambda event: event["time"])
    return replace(case, rules=told_twice(case.rules), events=events)


def changes(told: list[Record], ending: str) -> list[tuple[Any, ...]]:
    """The changes of segments whose names end so, but for their names, anchors and causes."""
    fields = ("type", "contact", "entered_at", "exited_at", "emitted_at")
    return sorted(
        (one["segment"].removesuffix(" and yes"), *[one.get(name) or "" for name in fields])
        for one in told
        if "segment" in one and one["segment"].endswith(" and yes") is (ending != "")
    )


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(
    st.one_of(
        with_answers(cases.in_order(), in_order=True),
        with_answers(cases.in_disorder(), in_order=False),
    ),
    st.sampled_from([None, None, 1, 2]),
)
def test_membership_by_consent_is_that_of_a_segment_that_asks_for_it(
    case: Case, restart_every: int | None
) -> None:
    told = replay(case, restart_every).membership
    assert changes(told, "") == changes(told, " and yes")
