"""A segment is edited that another one asks about: what that one decided by it is not told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored
from tests.unit.core.test_rule_edits import LATENESS, MINUTE, SEARCH, kinds, rules

ASKING = "{name: q, when: {in_segment: other}, trigger: {}, membership: true}"
FORGOTTEN = ("trigger.suppressed", None, None, "forgotten")
PAGE_AT_12 = Event("page_viewed", "c", 12 * MINUTE, {}, "e2")


def other(when: str) -> str:
    return f"{{name: other, when: {when}, trigger: {{}}}}"


def asked_edited(
    asking: str, before: str, after: str, until: int, *events: Event, policies: str = ""
) -> list[tuple[Any, ...]]:
    """What is told of `q` after the segment `other` is edited at 12 min, and `q` is not. Both are
    decided at 10 min, and what time brings is told 10 min later.
    """
    log = Log()
    partition = restored({}, policies + rules(asking, other(before)), lateness=LATENESS)
    for event in [SEARCH, PAGE_AT_12]:
        partition.apply(event, None)
    commit(partition, log)
    partition = restored(log, policies + rules(asking, other(after)), lateness=LATENESS)
    for event in events:
        partition.apply(event, None)
    partition.advance(until, None)
    told = [json.loads(message) for message in commit(partition, log)]
    return kinds([one for one in told if one["contact"] == "c"])


def test_what_a_segment_decided_by_the_former_definition_of_another_is_not_told() -> None:
    before, after = "{idle: searched, for: 10m}", "{idle: searched, for: 1h}"
    assert asked_edited(ASKING, before, after, 50 * MINUTE) == [FORGOTTEN]
    assert asked_edited(ASKING, before, after, 80 * MINUTE) == [
        FORGOTTEN,
        ("segment.entered", None, None, "time"),
        ("trigger.fired", None, None, None),
    ]


def test_who_is_in_by_the_other_definition_too_enters_silently() -> None:
    before, after = "{idle: searched, for: 10m}", "{idle: searched, for: 5m}"
    assert asked_edited(ASKING, before, after, 80 * MINUTE) == [
        FORGOTTEN,
        ("segment.entered", None, None, "rules_changed"),
    ]


def test_what_is_asked_by_way_of_another_segment_is_not_told_either() -> None:
    between = "{name: between, when: {in_segment: other}}"
    asking = (
        f"{{name: q, when: {{in_segment: between}}, trigger: {{}}, membership: true}}, {between}"
    )
    before, after = "{idle: searched, for: 10m}", "{idle: searched, for: 1h}"
    assert asked_edited(asking, before, after, 50 * MINUTE) == [FORGOTTEN]


@pytest.mark.parametrize(("wait", "enters"), [("11m", False), ("1h", True)])
def test_an_exit_by_the_former_definition_of_another_is_told(wait: str, enters: bool) -> None:
    """The entry was told, so the exit has to be."""
    before, after = (f"{{not: {{idle: searched, for: {one}}}}}" for one in ("10m", wait))
    told = asked_edited(ASKING, before, after, 50 * MINUTE)
    entered = [("segment.entered", None, None, "rules_changed")] if enters else []
    assert told == [("segment.exited", None, None, "time"), *entered]


def quiet_until(time: str) -> str:
    return f'policies: {{quiet: {{from: "00:00", to: "{time}"}}, zone: {{default: UTC}}}}\n'


@pytest.mark.parametrize("membership", ["true", "false"])
def test_a_trigger_that_waits_in_a_stay_whose_entry_is_not_told_is_held_back(
    membership: str,
) -> None:
    asking = ASKING.replace("membership: true", f"membership: {membership}")
    before, after = "{idle: searched, for: 10m}", "{idle: searched, for: 5m}"
    told = asked_edited(asking, before, after, 80 * MINUTE, policies=quiet_until("01:00"))
    held_back = ("trigger.suppressed", None, None, "rules_changed")
    entered = [("segment.entered", None, None, "rules_changed")]
    assert told == ([held_back, *entered] if membership == "true" else [held_back])


@pytest.mark.parametrize(
    ("quiet", "held_back"),
    [("00:11", [("trigger.suppressed", None, None, "rules_changed")]), ("01:00", [])],
)
def test_a_release_that_is_not_told_is_held_back_and_what_waits_in_a_told_stay_waits_on(
    quiet: str, held_back: list[tuple[Any, ...]]
) -> None:
    before, after = (f"{{not: {{idle: searched, for: {one}}}}}" for one in ("20m", "2h"))
    told = asked_edited(ASKING, before, after, 80 * MINUTE, policies=quiet_until(quiet))
    assert told == (held_back or [("trigger.fired", None, None, None)])


def test_who_leaves_by_the_other_definition_gets_nothing_of_what_waited() -> None:
    before, after = (f"{{not: {{idle: searched, for: {one}}}}}" for one in ("20m", "11m"))
    told = asked_edited(ASKING, before, after, 80 * MINUTE, policies=quiet_until("01:00"))
    assert told == [
        ("segment.exited", None, None, "rules_changed"),
        ("trigger.suppressed", None, None, "left"),
    ]
