"""Quantile tables of a live installation: those of a replay, each once, whatever is killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from streamseg.core.events import Event, arrive
from streamseg.core.identity.mail import Mail
from streamseg.core.tables.mail import TableSet
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


def told_by(shop: Installation, *command: str) -> bytes:
    """What a command prints."""
    environment = {
        "STREAMSEG_RULES": str(shop.rules),
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_APP_ID": shop.name,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
    }
    called = [sys.executable, "-m", "streamseg", *command]
    return subprocess.run(
        called, env=os.environ | environment, check=True, capture_output=True
    ).stdout


def kill_after(shop: Installation, events: int) -> None:
    """Kill a worker once so many events are committed."""
    worker = shop.worker(**SETTINGS)
    worker.wait_running()
    wait_for(lambda: shop.committed_events() >= events, 60, lambda: worker.log)
    worker.kill()


def test_tables_are_those_of_a_replay_and_each_is_told_once_after_kills(
    install: Install, tmp_path: Path
) -> None:
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
    exported = told_by(shop, "tables", "export")
    assert [decode_tables(line) for line in exported.splitlines()] == made
    foreseen = json.loads(told_by(shop, "tables", "preview", "--json"))
    assert foreseen["before"] == made[-1].tables["rfm.buyers"].cuts
    assert foreseen["contacts"] == len({one["contact"] for one in events})
    # Tables may hold only in a minute, and of what is to come nobody is told.
    asked = [one.effective + 10_000 for one in made]
    wait_for(lambda: asked[0] < time.time() * 1000, 120, "the first tables to hold")
    held = [at for at in asked if at < time.time() * 1000]
    check_the_past(shop, tmp_path, events, exported, held[-1])


def check_the_past(
    shop: Installation, folder: Path, events: list[dict[str, Any]], exported: bytes, at: int
) -> None:
    """What is read in the topics of the past is what a replay of all makes of it."""
    (folder / "events").write_text("\n".join(map(json.dumps, events)))
    (folder / "tables").write_bytes(exported)
    by_file = ["--rules", str(shop.rules), "--from-file", str(folder / "events")]
    by_file += ["--tables", str(folder / "tables"), "--lateness", "5s"]
    for number in range(3):
        asked = ["why", f"c-{number}", "--at", str(at), "--json"]
        found, expected = (json.loads(told_by(shop, *asked, *more)) for more in ([], by_file))
        assert found["segments"] == expected["segments"]
        why, known = (
            json.loads(told_by(shop, *asked[:2], "moved", *asked[2:], *more))
            for more in ([], by_file)
        )
        assert (why["truth"], why["tree"]) == (known["truth"], known["tree"])
