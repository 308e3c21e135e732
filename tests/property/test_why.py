"""What a trigger says of why it is told is in words, and names what happened."""

import re
from typing import Any

import pytest
from hypothesis import given, settings

from tests.replaying import run_replay

from . import cases
from .driver import Case, rules_yaml
from .scale import examples

# What Python and JSON put around values, and what they call those that are no text.
PROGRAMMED = re.compile(
    r"""[{}\[\]'"\\]|\b(None|True|False|null|Decimal|E[+-]?\d+)\b|_in\b|_least"""
)


def told(case: Case) -> list[dict[str, Any]]:
    result = run_replay(
        rules_yaml(case.rules), case.events, until=case.until, lateness=case.lateness
    )
    triggers = [*result.triggers, *result.decisions]  # and who was merged or erased
    return [outcome for outcome in triggers if outcome["type"].startswith("trigger.")]


@pytest.mark.slow
@settings(max_examples=examples(600))
@given(cases.in_disorder())
def test_why_is_worded(case: Case) -> None:
    on = {one["name"]: one["on"] for one in case.rules["segments"] if "on" in one}
    for outcome in told(case):
        assert outcome["why"], "nothing is said"
        for sentence in outcome["why"]:
            assert not PROGRAMMED.search(sentence), sentence
        if outcome["segment"] in on and outcome["type"] != "trigger.cancelled":
            assert outcome["why"][0].startswith(on[outcome["segment"]])
