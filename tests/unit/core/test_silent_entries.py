"""Who is in a segment as its rule comes enters silently: that episode counts as told."""

from __future__ import annotations

import json

import pytest

from streamseg.core.events import Event
from streamseg.core.values.timestamps import parse_time
from tests.unit.core.shop import Log, commit, restored

HEAD = "version: 1\nvalue: {zone: UTC}\nsegments:\n"
KNOWS = "  - {name: k, when: {attribute: birthday, exists: true}, trigger: false}\n"
BIRTHDAY = "  - {name: b, use: anniversary, with: {of: {attribute: birthday}}, on_deploy: %s}\n"


@pytest.mark.parametrize(("on_deploy", "fired"), [("silent", []), ("fire", ["2027-03-14"])])
def test_an_episode_that_was_entered_silently_does_not_fire_when_it_comes_back(
    on_deploy: str, fired: list[str]
) -> None:
    log, at = Log(), parse_time("2027-03-14T08:00:00Z")

    def born(date: str, minute: int) -> Event:
        time = at + minute * 60_000
        return Event("contact_updated", "c", time, {"birthday": date}, f"e{minute}")

    partition = restored(log, HEAD + KNOWS)
    partition.apply(born("1990-03-14", 0), None)
    commit(partition, log)
    partition = restored(log, HEAD + KNOWS + BIRTHDAY % on_deploy)
    for minute, date in enumerate(("1990-03-20", "1990-03-14"), start=1):
        partition.apply(born(date, minute), None)
    told = [json.loads(message) for message in commit(partition, log)]
    assert [one["anchor"] for one in told if one["segment"] == "b"] == fired
