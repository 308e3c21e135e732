"""What is told a day late or later, by the wall clock, is suppressed as `stale`."""

from __future__ import annotations

import json

import pytest

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored

DAY_MS = 86_400_000
MINUTE = 60_000
RULES = "version: 1\nsegments: [{name: s, on: searched, trigger: {cooldown: 1h}}]"
VISIT = "version: 1\nsegments: [{name: s, use: inactivity, with: {after: 1m}}]"


def searched(at: int) -> Event:
    return Event("searched", "c", at, {"query": "x"}, f"e{at}")


def reasons(messages: list[bytes]) -> list[str | None]:
    """Why each trigger is held back; None: it fires."""
    return [json.loads(one).get("reason") for one in messages]


@pytest.mark.parametrize(("age", "reason"), [(DAY_MS, None), (DAY_MS + 1, "stale")])
def test_it_is_stale_when_it_is_more_than_a_day_old(age: int, reason: str | None) -> None:
    partition = restored(Log(), RULES)
    partition.apply(searched(0), age)
    assert reasons(commit(partition, Log())) == [reason]
    partition = restored(Log(), VISIT)
    partition.apply(searched(0), MINUTE)
    partition.advance(MINUTE, MINUTE + age)
    assert reasons(commit(partition, Log())) == [reason]


def test_what_is_stale_starts_no_cooldown_and_a_cooldown_is_the_reason_before() -> None:
    partition = restored(Log(), RULES)
    for at, wall, reason in (
        (0, DAY_MS + 1, "stale"),
        (MINUTE, MINUTE, None),
        (2 * MINUTE, 2 * DAY_MS, "cooldown"),
    ):
        partition.apply(searched(at), wall)
        assert reasons(commit(partition, Log())) == [reason]
