"""What must make no difference makes none."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import cases
from .driver import Case, replay, told_by_engine
from .grid import STEP_MS
from .rule_files import rule_files
from .scale import examples
from .strangers import check_alone, check_ticks, named, with_ticks
from .streams import ends, ordered_streams

Record = dict[str, Any]


named_in_order = named(cases.in_order())


@pytest.mark.slow
@settings(max_examples=examples(140))
@given(with_ticks(named_in_order, STEP_MS))
def test_extra_ticks_change_nothing_but_when_it_is_emitted(both: tuple[Case, Case]) -> None:
    check_ticks(*both)


@pytest.mark.slow
@settings(max_examples=examples(140))
@given(named_in_order, st.sampled_from(["a", "b"]))
def test_other_contacts_change_nothing(case: Case, contact: str) -> None:
    check_alone(case, contact)


@pytest.mark.slow
@settings(max_examples=examples(140))
@given(st.one_of(cases.in_order(), cases.in_disorder()), st.sampled_from([1, 1, 2, 3]))
def test_a_restart_anywhere_changes_no_byte(case: Case, restart_every: int) -> None:
    assert replay(case, restart_every) == replay(case)


def remembered(events: Iterable[Record]) -> list[Record]:
    """Events without erasures: what is erased is as if it never was, its ids too."""
    return [event for event in events if event["type"] != "contact_erased"]


@st.composite
def with_repeats(draw: st.DrawFn) -> tuple[Case, Case]:
    """A case, and the same with some of its events arriving again, later."""
    case = draw(cases.in_disorder())
    case = replace(case, events=cases.with_unique_ids(remembered(case.events)))
    repeated: list[Record] = []
    for n, event in enumerate(case.events):
        repeated.append(event)
        earlier = [each for each in case.events[: n + 1] if "contact" in each]
        if earlier:
            repeated += draw(st.lists(st.sampled_from(earlier), max_size=1))
    return case, replace(case, events=repeated)


@pytest.mark.slow
@settings(max_examples=examples(140))
@given(with_repeats())
def test_duplicates_change_no_byte(both: tuple[Case, Case]) -> None:
    case, repeated = both
    assert replay(repeated) == replay(case)


PROBE = {"did": "probe", "within": "1ms"}
PROBED_KEYS = [
    {"product": "p", "category": "bags", "query": "red bag"},
    {"product": "q", "category": "hats", "query": "hat"},
]


def depends_on_arrival(rule: Any) -> bool:
    """What the semantics except: the cart's memory, keys beyond `max_keys`, which are forgotten as
    they arrive, and templates that remember whom they let in.
    """
    if isinstance(rule, dict):
        if rule.get("use", "inactivity") != "inactivity" or {"cart", "max_keys"} & set(rule):
            return True
        return any(depends_on_arrival(part) for part in rule.values())
    return rule == "cart" or (isinstance(rule, list) and any(map(depends_on_arrival, rule)))


def asked_by(rule: Any) -> set[str]:
    """The segments that a rule asks about."""
    if isinstance(rule, dict):
        own = {rule["in_segment"]} if "in_segment" in rule else set()
        return own.union(*map(asked_by, rule.values()))
    return set().union(*map(asked_by, rule)) if isinstance(rule, list) else set()


def probed(rules: Record) -> Record:
    """Rules whose `when` segments have a twin that fires at each probe at which they hold."""
    stays = [each for each in rules["segments"] if "on" not in each]
    chosen = {each["name"]: each for each in stays if not depends_on_arrival(each)}
    while lost := {name for name, each in chosen.items() if asked_by(each) - set(chosen)}:
        chosen = {name: each for name, each in chosen.items() if name not in lost}
    twins = [
        each | {"name": f"{name}_probed", "when": {"all": [PROBE, each["when"]]}, "trigger": {}}
        for name, each in chosen.items()
        if "when" in each
    ]
    asked = set().union(*map(asked_by, chosen.values()))
    silent = [each | {"trigger": False} for name, each in chosen.items() if name in asked]
    return {"version": 1, "segments": [*silent, *twins] if twins else []}


@st.composite
def in_two_orders(draw: st.DrawFn) -> tuple[Case, Case]:
    """A case in order, and the same with its contacts' events late; probes follow in both."""
    rules = draw(rule_files().map(probed).filter(lambda rules: rules["segments"]))
    events = cases.with_unique_ids(remembered(draw(ordered_streams(rules))))
    delays: dict[tuple[str, int], int] = {}
    late: list[tuple[int, Record]] = []
    for event in events:
        # Of events of one time, the order in which they arrive is theirs.
        moment = event.get("contact", ""), event["time"]
        if moment not in delays:
            delays[moment] = draw(st.sampled_from([0, 0, 1, 3, 9])) if moment[0] else 0
        late.append((event["time"] + delays[moment] * STEP_MS, event))
    late.sort(key=lambda arrival: arrival[0])
    end = draw(ends)
    probes = [
        {"type": "probe", "contact": contact, "time": end + n * STEP_MS, "data": keys}
        for n in range(6)
        for contact in ("a", "b")
        for keys in PROBED_KEYS
    ]
    until = end + 9 * STEP_MS
    return (
        Case(rules, [*events, *probes], until),
        Case(rules, [*(event for _, event in late), *probes], until),
    )


@pytest.mark.slow
@settings(max_examples=examples(140))
@given(in_two_orders())
def test_what_is_remembered_does_not_depend_on_the_order_of_arrival(
    both: tuple[Case, Case],
) -> None:
    in_order, late = (told_by_engine(case).triggers for case in both)
    assert late == in_order
