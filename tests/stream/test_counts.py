"""What a live installation counts: as a replay of the same events, whatever is killed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streamseg.core.contacts.slots import is_inside
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.views import Views
from streamseg.core.partition import Partition
from streamseg.core.values.zones import UTC_ZONE
from streamseg.formats.counts import lines_of
from streamseg.formats.views import encode_top
from streamseg.kpis.answering import answer
from streamseg.kpis.most_viewed import ranking
from streamseg.kpis.summing import add
from streamseg.rules import parse_rules
from streamseg.stream.offsets import OFFSETS_KEY
from streamseg.topics.catalogue import load_schema
from tests.replaying import run_replay

from .conftest import Install
from .installation import Installation, wait_for
from .scraping import scraped

pytestmark = pytest.mark.stream

RULES = """
version: 1
value: {kpis: {retention: month}, most_viewed: {}}
segments:
  - {name: seen, on: product_viewed}
  - {name: searchers, when: {did: searched}, trigger: {}}
"""
VIEWING = parse_rules(RULES).viewing
assert VIEWING is not None
# small transactions, so that there are many moments to be killed at; a quick group
SETTINGS = {"batch_max_records": "60", "session_timeout": "2s", "heartbeat_interval": "500ms"}


def visits(contacts: int, since: int) -> list[dict[str, Any]]:
    """Each contact looks, searches, and perhaps orders; in the order of time."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("product_viewed", {"product": "p-1"}),
        ("searched", {"query": "bag"}),
        ("order_placed", {"total": 9.95}),
    ]
    return [
        {
            "id": f"{kind}-{number}",
            "type": kind,
            "contact": f"c-{number}",
            "time": since + place * contacts + number,
            "data": data | ({"order": f"o-{number}"} if "total" in data else {}),
        }
        for place, (kind, data) in enumerate(steps)
        for number in range(contacts)
        if kind != "order_placed" or number % 3 == 0
    ]


def counted(shop: Installation) -> list[dict[str, Any]]:
    """What the partitions' changelogs hold of counts, added up."""
    ledgers: dict[int, Ledger] = {}
    for record in shop.read("changelog"):
        if record.key[:1] == b"m":
            ledger = ledgers.setdefault(record.partition, Ledger(UTC_ZONE))
            ledger.load(record.key[1:], record.value)
    return added([one for each in ledgers.values() for one in loaded(each)])


def viewed(shop: Installation) -> list[dict[str, Any]]:
    """What the partitions' changelogs hold of views, added up."""
    partitions: dict[int, Views] = {}
    for record in shop.read("changelog"):
        if record.key[:1] == b"v":
            views = partitions.setdefault(record.partition, Views(VIEWING))
            views.load(record.key[1:], record.value)
    told = []
    for views in partitions.values():
        views.loaded()
        views.begin()
        told.append(json.loads(encode_top(views.top(0), 0)[1]))
    return [one.as_json() for one in ranking(told, 0).viewed]


def loaded(ledger: Ledger) -> list[dict[str, Any]]:
    ledger.loaded()
    return list(lines_of(ledger, ["seen", "searchers"]))


def added(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in lines:
        names = [line.pop(name, None) for name in ("segment", "variant", "day", "cohort", "k")]
        add(found.setdefault(tuple(names), {}), line)
    return [{"of": of, **into} for of, into in sorted(found.items(), key=repr)]


def test_58_after_a_kill_counts_are_those_of_a_replay_into_an_empty_state(install: Install) -> None:
    events = visits(600, int(time.time() * 1000) - 60_000)
    shop = install(RULES, 2)
    shop.produce(events)
    first = shop.worker(**SETTINGS)
    first.wait_running()
    wait_for(lambda: shop.committed_events() >= len(events) // 3, 60, lambda: first.log)
    first.kill()
    second = shop.worker(**SETTINGS)
    shop.wait_drained()
    assert second.stop() == 0
    whole = run_replay(RULES, events).stats
    assert counted(shop) == added([one for one in whole if "most_viewed" not in one])
    assert viewed(shop) == [one for one in whole if "most_viewed" in one]
    assert viewed(shop)[0]["score"] == 600 * 32
    schema = Draft202012Validator(load_schema("stats.schema.json"))
    told = {record.key: json.loads(record.value) for record in shop.read("stats")}
    for value in told.values():
        schema.validate(value)
    assert "seen" in {value.get("segment") for value in told.values()}  # the rest in a minute
    tops = [value for value in told.values() if "products" in value]
    assert {value["partition"] for value in tops} == {0, 1}  # the rest in an hour
    shown = [json.loads(line) for line in stats(shop, "--json").splitlines()]
    scores = [one["score"] for one in shown if one.get("product") == "p-1"]
    assert scores == [sum(value["products"][0]["score"] for value in tops)]
    assert "most viewed products" in stats(shop)
    entered = {one["segment"]: one.get("members", 0) for one in shown if "segment" in one}
    assert entered == {
        name: sum(one.get("members", 0) for one in told.values() if one.get("segment") == name)
        for name in entered
    }
    assert "seen" in stats(shop, "--segment", "seen")
    found = asyncio.run(answer(shop.bootstrap, f"{shop.name}.", "seen", 30)).answer
    assert found is not None
    assert {one["day"] for one in found.days} <= {value.get("day") for value in told.values()}
    assert asyncio.run(answer(shop.bootstrap, f"{shop.name}.", "nothing", 30)).answer is None


def scanned(shop: Installation) -> int:
    """How many are in the segment, by the states of all contacts."""
    logs: dict[int, dict[bytes, bytes | None]] = {}
    for record in shop.read("changelog"):
        if record.key != OFFSETS_KEY:
            logs.setdefault(record.partition, {})[record.key] = record.value
    found = 0
    for log in logs.values():
        partition = Partition(parse_rules(RULES))
        for key, value in log.items():
            partition.load(key, value)
        partition.ready()
        names = [key[1:].decode() for key, value in log.items() if key[:1] == b"c" and value]
        peeks = [peek for name in names if (peek := partition.peek(name, 0)) is not None]
        found += sum(
            is_inside(peek.membership(segment, None, 0).slot)
            for peek in peeks
            for segment in peek.rules.defined
            if segment.name == "searchers"
        )
    return found


def test_partitions_that_are_handed_over_go_on_counting_where_they_were(install: Install) -> None:
    events = visits(900, int(time.time() * 1000) - 60_000)
    third = len(events) // 3
    shop = install(RULES, 4)
    first = shop.worker(**SETTINGS)
    first.wait_running()
    shop.produce(events[:third])
    wait_for(lambda: shop.committed_events() >= third // 2, 60, lambda: first.log)
    second = shop.worker(**SETTINGS)  # takes two partitions over, while there is work
    shop.produce(events[third : 2 * third])
    second.wait_running()
    wait_for(lambda: scraped(second, 'streamseg_partitions{phase="running"}') > 0, 30, "a share")
    assert first.stop() == 0  # and now all of them
    shop.produce(events[2 * third :])
    shop.wait_drained()
    assert second.stop() == 0
    whole = run_replay(RULES, events).stats
    assert counted(shop) == added([one for one in whole if "most_viewed" not in one])
    members = [one.get("members", 0) for one in counted(shop) if one["of"][0] == "searchers"]
    assert sum(members) == scanned(shop) == 900


def stats(shop: Installation, *options: str) -> str:
    """What `streamseg stats` prints."""
    environment = {
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_APP_ID": shop.name,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
    }
    command = [sys.executable, "-m", "streamseg", "stats", *options]
    done = subprocess.run(
        command, check=False, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
