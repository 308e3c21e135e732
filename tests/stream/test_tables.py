"""Quantile tables of a live installation: those of a replay, each once, whatever is killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from typing import Any

import pytest

from streamseg.core.events import Event, arrive
from streamseg.core.mail import Mail
from streamseg.core.table_news import TableSet
from streamseg.formats.canonical import decode
from streamseg.formats.signals import decode_signal
from streamseg.formats.tables import decode_tables
from streamseg.replay.driver import Driver
from streamseg.rules import parse_rules

from .conftest import Install
from .installation import Installation, wait_for

pytestmark = pytest.mark.stream

PARTITIONS = 4
RULES = """
version: 1
value:
  tables: {every: day, least: 100, drift: 0}
  rfm:
    buyers: {monetary: {quantiles: 5, fallback: [10, 20, 30, 40]}}
segments:
  - {name: moved, use: rfm_moved}
"""
# small transactions, so that there are many moments to be killed at; a quick group
SETTINGS = {"batch_max_records": "60", "session_timeout": "2s", "heartbeat_interval": "500ms"}
DAY = 86_400_000


def orders(count: int, days: int) -> list[dict[str, Any]]:
    """Orders of 300 customers over some days, the last some minutes ago, in the order of time."""
    chance, now = random.Random(7), int(time.time() * 1000)
    begin = now - days * DAY
    return [
        {
            "id": f"e{number}",
            "type": "order_placed",
            "contact": f"c-{chance.randrange(300)}",
            "time": begin + number * ((now - 300_000 - begin) // count),
            "data": {"order": f"o{number}", "total": chance.randint(1, 100)},
        }
        for number in range(count)
    ]


def of_replay(events: list[dict[str, Any]], until: int) -> list[tuple[int, dict[str, Any]]]:
    """The tables of a replay: their boundaries and what they are."""
    driver = Driver(parse_rules(RULES), 5_000)
    told = []
    for one in events:
        event = decode(json.dumps(one).encode())
        assert isinstance(event, Event)
        arrive(event, -1)
        told += driver.feed(event)
    told += driver.advance(until)
    return [(one.boundary, one.tables) for one in told if isinstance(one, TableSet)]


def told_to(shop: Installation, partition: int) -> list[TableSet]:
    """The tables that a partition was told of, by transactions that were committed."""
    found = []
    for record in shop.read("signals"):
        signal = decode_signal(record.value)
        body = signal.body if isinstance(signal, Mail) else None
        if record.partition == partition and isinstance(body, TableSet):
            found.append(body)
    return found


def exported(shop: Installation) -> list[bytes]:
    """The lines that `streamseg tables export` prints."""
    environment = {
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_APP_ID": shop.name,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
    }
    command = [sys.executable, "-m", "streamseg", "tables", "export"]
    return subprocess.run(
        command, env=os.environ | environment, check=True, capture_output=True
    ).stdout.splitlines()


def kill_after(shop: Installation, events: int) -> None:
    """Kill a worker once so many events are committed."""
    worker = shop.worker(**SETTINGS)
    worker.wait_running()
    wait_for(lambda: shop.committed_events() >= events, 60, lambda: worker.log)
    worker.kill()


def test_tables_are_those_of_a_replay_and_each_is_told_once_after_kills(install: Install) -> None:
    events = orders(4_000, days=5)
    shop = install(RULES, PARTITIONS)
    shop.produce(events)
    for share in (0.3, 0.7):
        kill_after(shop, int(share * len(events)))
    last = shop.worker(**SETTINGS)
    shop.wait_drained()
    expected = of_replay(events, int(time.time() * 1000))
    assert len(expected) >= 4
    wait_for(lambda: len(told_to(shop, PARTITIONS - 1)) >= len(expected), 30, lambda: last.log)
    assert last.stop() == 0
    made = [decode_tables(record.value) for record in shop.read("tables")]
    assert [(one.boundary, one.tables) for one in made] == expected
    for partition in range(1, PARTITIONS):
        told = told_to(shop, partition)
        assert [(one.boundary, one.tables) for one in told] == expected
        assert told == made  # at the same instants everywhere
    assert [decode_tables(line) for line in exported(shop)] == made
