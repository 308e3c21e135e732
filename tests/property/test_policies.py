"""Policies tell what the predicates of the reference say, and whatever comes between."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import policy_files
from .driver import Case, replay, told_by_engine, told_by_reference
from .scale import examples
from .strangers import check_alone, check_ticks, named, with_ticks

Record = dict[str, Any]


@pytest.mark.slow
@settings(max_examples=examples(600))
@given(policy_files.in_order())
def test_the_engine_equals_the_reference_in_order(case: Case) -> None:
    assert told_by_engine(case) == told_by_reference(case)


@pytest.mark.slow
@settings(max_examples=examples(400))
@given(policy_files.in_disorder())
def test_the_engine_equals_the_reference_in_disorder(case: Case) -> None:
    assert told_by_engine(case) == told_by_reference(case)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(
    st.one_of(policy_files.in_order(), policy_files.in_disorder()), st.sampled_from([1, 1, 2, 3])
)
def test_a_restart_anywhere_changes_no_byte(case: Case, restart_every: int) -> None:
    assert replay(case, restart_every) == replay(case)


named_in_order = named(policy_files.in_order())


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(with_ticks(named_in_order, policy_files.STEP_MS))
def test_extra_ticks_change_nothing_but_when_it_is_emitted(both: tuple[Case, Case]) -> None:
    check_ticks(*both)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(named_in_order, st.sampled_from(["a", "b"]))
def test_other_contacts_change_nothing(case: Case, contact: str) -> None:
    check_alone(case, contact)


def plain(rules: Record) -> Record:
    """The rules without their policies, and whatever holds a trigger back."""
    segments = [
        {name: value for name, value in segment.items() if name != "policy"}
        for segment in rules["segments"]
    ]
    return {"version": 1, "segments": segments}


Ends = dict[tuple[str, str], list[str]]


def told_after_all(case: Case) -> tuple[Ends, Counter[tuple[str, str]]]:
    """By id and entry, what became of it (a reason, or that it fired) and how often it was
    deferred, long after all that can wait has expired.
    """
    told = replay(replace(case, until=case.until + 3 * 86_400_000))
    ends: Ends = {}
    deferred: Counter[tuple[str, str]] = Counter()
    for line in [*told.decisions, *told.triggers]:
        entry = line["id"], line["entered_at"]
        if line["type"] == "trigger.deferred":
            deferred[entry] += 1
        elif line["type"] != "trigger.cancelled":
            ends.setdefault(entry, []).append(line.get("reason") or "fired")
    return ends, deferred


def remembered(case: Case) -> Case:
    """The case without erasures: what is erased is as if it never was."""
    return replace(case, events=[e for e in case.events if e["type"] != "contact_erased"])


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(st.one_of(policy_files.in_order(), policy_files.in_disorder()).map(remembered))
def test_every_candidate_ends_in_exactly_one_final_record(case: Case) -> None:
    ends, deferred = told_after_all(case)
    for entry, reasons in ends.items():
        # Who leaves and comes back in one millisecond is a candidate again, with the same id.
        assert len([one for one in reasons if one != "left"]) <= 1, entry
        assert deferred[entry] <= len(reasons), entry
    assert set(deferred) <= set(ends)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(policy_files.in_order().map(remembered).filter(lambda case: is_self_contained(case.rules)))
def test_ids_are_those_without_policies(case: Case) -> None:
    ends, _ = told_after_all(case)
    without, _ = told_after_all(replace(case, rules=plain(case.rules)))
    assert {name for name, _ in ends} <= {name for name, _ in without}


def is_self_contained(rules: Record) -> bool:
    """Whether who is in it does not follow from what was told: interest is used up by telling."""
    return all(segment.get("use") != "back_in_stock" for segment in rules["segments"])
