"""Alerts of a live installation: as a replay of the same events, each once, whatever is killed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streamseg.topics.catalogue import load_schema
from tests.replaying import run_replay

from .conftest import Install
from .installation import wait_for

pytestmark = pytest.mark.stream

RULES = """
version: 1
value:
  alerts:
    many: {segment: searchers, members: {gt: 30}, for: 2m, clear: 50%}
    few: {segment: searchers, members: {lt: 5}, for: 0s}
segments:
  - {name: searchers, when: {did: searched, within: 10m}}
"""
SETTINGS = {
    "lateness": "5s",
    "batch_max_records": "40",
    "session_timeout": "2s",
    "heartbeat_interval": "500ms",
}
MINUTE = 60_000


def searches(since: int) -> list[dict[str, Any]]:
    """Three waves of people who search, each in a few minutes; all have left ten minutes later."""
    return [
        {
            "id": f"e-{wave}-{number}",
            "type": "searched",
            "contact": f"c-{number}",
            "time": since + wave * 20 * MINUTE + number * 2_500,
            "data": {"query": "bag"},
        }
        for wave in range(3)
        for number in range(100)
    ]


def test_alerts_are_those_of_a_replay_after_a_kill(install: Install) -> None:
    now = int(time.time() * 1000)
    events = searches(now - 80 * MINUTE)
    expected = run_replay(RULES, events, until=now, lateness="5s").alerts
    assert {(one["name"], one["type"]) for one in expected} == {
        (name, f"alert.{kind}") for name in ("many", "few") for kind in ("raised", "cleared")
    }
    shop = install(RULES, 4)
    shop.produce(events)
    first = shop.worker(**SETTINGS)
    first.wait_running()
    wait_for(lambda: shop.committed_events() >= len(events) // 4, 60, lambda: first.log)
    first.kill()
    second = shop.worker(**SETTINGS)
    second.wait_running()  # the first may have done it all: who is asked to stop must be there
    shop.wait_drained()
    wait_for(lambda: shop.count("alerts") >= len(expected), 60, lambda: second.log)
    assert second.stop() == 0
    assert shop.told("alerts") == expected
    value, headers = (
        Draft202012Validator(load_schema(f"{name}.schema.json"))
        for name in ("alert", "cloudevents")
    )
    for record in shop.read("alerts"):
        value.validate(json.loads(record.value))
        headers.validate({name: text.decode() for name, text in record.headers})
        assert record.key.decode() == json.loads(record.value)["name"]
