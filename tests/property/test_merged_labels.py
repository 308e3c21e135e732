"""Who is merged has the labels that the orders of both give, and the keeper's moves."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.values.timestamps import format_time
from streamseg.rules import parse_rules

from .driver import Case, is_as_by_the_reference, record_of
from .installation import told_by
from .people import MINUTE, histories
from .scale import examples

RULES_TEXT = """
version: 1
value:
  lifecycle: {new_for: 10m, at_risk: 20m, lost: 45m, loyal: 3, vip: 12}
  rfm:
    buyers:
      {within: 40m, recency: [5m, 15m, 25m, 60m], frequency: [2, 3, 4, 5], monetary: [3, 6, 9, 12]}
  tier: {of: spent, tiers: {silver: 4, gold: 9}, within: 30m, keep: 10m}
segments:
  - {name: at_risk, when: {lifecycle: at_risk}, trigger: {}, membership: true}
  - {name: living, when: {lifecycle: [new, active, loyal, vip, returned]}, membership: true}
  - {name: prospects, when: {lifecycle: prospect}, membership: true}
  - {name: gold, when: {tier: gold}, trigger: {}, membership: true}
  - {name: recent, when: {rfm: {recency: {gte: 4}, value: {gte: 2}}}, trigger: {}, membership: true}
  - {name: lost, when: {rfm: {segment: [lost, hibernating]}}, trigger: {}, membership: true}
"""
MOVES_TEXT = f"""{RULES_TEXT}
  - {{name: slipping, use: lifecycle_moved, with: {{to: [at_risk, lost]}}, membership: true}}
  - {{name: up, use: moved, with: {{of: rfm.buyers, direction: up}}, membership: true}}
  - {{name: down, use: tier_moved, with: {{direction: down, settle: 5m}}, membership: true}}
"""
KINDS = (*["order_placed"] * 5, "contact_merged", "contact_merged", "searched", "contact_erased")
RULES: dict[str, Any] = yaml.safe_load(RULES_TEXT)


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(histories(KINDS))
def test_labels_after_a_merge_are_those_of_one_person(events: list[Any]) -> None:
    until = events[-1].time + 4 * 60 * MINUTE
    is_as_by_the_reference(Case(RULES, [*map(record_of, events)], until, "0s"))


@pytest.mark.slow
@settings(max_examples=examples(120))
@given(histories(KINDS), st.sampled_from([0, 5_000]))
def test_a_merge_is_no_move_in_as_many_partitions_as_one_likes(
    events: list[Any], lateness: int
) -> None:
    rules = parse_rules(MOVES_TEXT)
    until = events[-1].time + 4 * 60 * MINUTE
    told = told_by(rules, events, 1, until, lateness=lateness)
    merges = {format_time(event.time) for event in events if event.type == "contact_merged"}
    for one in map(json.loads, told.get("triggers", [])):
        if one.get("segment") == "up":  # time alone brings nobody up
            assert one["anchor"].partition("#")[0] not in merges
    assert told_by(rules, events, 16, until, lateness=lateness) == told
