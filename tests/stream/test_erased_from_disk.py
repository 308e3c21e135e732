"""The proof of an erasure: a search of the broker's own files finds the id nowhere."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamseg.broker import local_kafka
from streamseg.core.identity.graves import pseudonym
from streamseg.core.values.timestamps import format_time
from streamseg.topics import load_catalogue
from streamseg.topics.cluster import ensure_topics

from .installation import Installation

pytestmark = pytest.mark.stream

RULES = """
version: 1
segments:
  - {name: twice, when: {did: order_placed, at_least: 2}, trigger: {}, membership: true}
  - {name: back, use: back_in_stock}
"""
# What takes days in an installation takes seconds here; nothing else is another than there.
BROKER = {
    "log.cleaner.backoff.ms": "300",
    "log.retention.check.interval.ms": "500",
    "log.initial.task.delay.ms": "300",
    "log.segment.delete.delay.ms": "100",
}
SMALL = {
    "changelog": {
        "segment.ms": "1000",
        "max.compaction.lag.ms": "1000",
        "delete.retention.ms": "1000",
    },
    "signals": {"segment.ms": "1000"},
    **{
        short: {"retention.ms": "30000", "segment.ms": "1000"}
        for short in ("events", "triggers", "membership", "decisions", "dlq")
    },
}
KEEPER, GUEST, OTHER = "keeper-7f3a", "guest-91bc", "other-55de"
NOBODY = "nobody-3c08"  # never seen
WITHIN_SECONDS = 240.0  # of a machine that is ten times slower than at other times; it takes 40


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[tuple[Installation, Path]]:
    """An installation on a Kafka of its own, and the folder of that one's logs."""
    logs = tmp_path / "logs"
    with local_kafka(heap="512m", overrides={**BROKER, "log.dirs": str(logs)}) as bootstrap:
        if not logs.exists():
            pytest.skip("the broker's files are not on this machine (KAFKA_BOOTSTRAP, or Docker)")
        folder = tmp_path / "shop"
        folder.mkdir()
        shop = shop_on(bootstrap, folder)
        yield shop, logs
        shop.close()


def shop_on(bootstrap: str, folder: Path) -> Installation:
    """An installation whose topics keep things for seconds, as they were written."""
    shop = Installation(bootstrap, folder, RULES, partitions=3)
    catalogue = load_catalogue(f"{shop.name}.").with_partitions(3)
    topics = tuple(
        replace(
            topic,
            settings={
                **topic.settings,
                **SMALL.get(topic.short, {}),
                "compression.type": "uncompressed",  # else a search of the files finds nothing
            },
        )
        for topic in catalogue.topics
    )
    small = replace(catalogue, topics=topics)
    asyncio.run(ensure_topics({"bootstrap_servers": bootstrap}, small, may_shorten=True))
    return shop


def event(kind: str, contact: str, seconds_ago: float, **data: Any) -> dict[str, Any]:
    at = format_time(int((time.time() - seconds_ago) * 1000))
    return {"type": kind, "contact": contact, "time": at, "data": data}


def holding(logs: Path, *ids: str) -> set[str]:
    """The folders of the broker's files that name one of the ids."""
    found = set()
    for file in logs.rglob("*"):
        try:
            data = file.read_bytes() if file.is_file() else b""
        except FileNotFoundError:  # deleted meanwhile
            continue
        if any(one.encode() in data for one in ids):
            found.add(file.parent.name)
    return found


def proofs(shop: Installation, contact: str) -> list[dict[str, Any]]:
    """The proofs of an id, of one transaction each."""
    key = pseudonym(contact, b"").encode()
    return [json.loads(one.value) for one in shop.read("erasures") if one.key == key]


def verify(shop: Installation, *ids: str) -> int:
    environment = {
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
    }
    command = [sys.executable, "-m", "streamseg", "contact", "verify-erased", *ids]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, timeout=60)
    assert done.returncode in (0, 3), done.stderr
    return done.returncode


def test_an_erased_contact_is_gone_from_the_disk_of_a_quiet_broker(
    quiet: tuple[Installation, Path],
) -> None:  # 33
    shop, logs = quiet
    worker = shop.worker("-m", "tests.stream.hasty")
    worker.wait_running()
    shop.produce(
        [
            event("product_viewed", KEEPER, 60, product="p-1"),
            event("order_placed", GUEST, 50, order="o-1"),
            event("contact_merged", KEEPER, 40, **{"from": GUEST}),
            event("order_placed", KEEPER, 30, order="o-2"),
            event("order_placed", GUEST, 25, order="o-3"),
            event("order_placed", OTHER, 20, order="o-4"),
        ]
    )
    shop.send([("events", KEEPER.encode(), b"no JSON", [])])
    shop.wait_drained()
    topics = {name.rpartition("-")[0] for name in holding(logs, KEEPER, GUEST)}
    before = {f"{shop.name}.{short}" for short in ("changelog", "triggers", "membership")}
    assert before <= topics, topics  # so that what finds nothing below could have found something
    assert verify(shop, KEEPER, GUEST) == 3

    # and nothing more from now on
    shop.produce([event("contact_erased", KEEPER, 0), event("contact_erased", NOBODY, 0)])
    began = time.monotonic()
    while left := holding(logs, KEEPER, GUEST, NOBODY):
        assert time.monotonic() - began < WITHIN_SECONDS, (left, worker.log)
        time.sleep(0.5)
    assert holding(logs, OTHER)
    *_, proof = proofs(shop, KEEPER)  # the first is before the guest's answer
    assert proof["removed"] == {"states": 1, "ids": 1, "keys": 1}
    assert (proof["asked"], proof["answered"], proof["verified_at"]) == (1, 1, None)
    assert {one["topic"].removeprefix(f"{shop.name}.") for one in proof["remains"]} == set(SMALL)
    assert all(one["until"] is not None for one in proof["remains"])
    assert proofs(shop, GUEST)[-1]["removed"] == {"stubs": 1}
    assert [one["removed"] for one in proofs(shop, NOBODY)] == [{}]  # 34
    assert verify(shop, NOBODY) == 0
    assert verify(shop, KEEPER, GUEST) == 0
    *_, last = proofs(shop, KEEPER)
    written = len(proofs(shop, KEEPER))
    assert (last["remains"], last["removed"]) == ([], proof["removed"])
    assert last["verified_at"] is not None
    assert verify(shop, KEEPER, GUEST) == 0  # and again, without another record
    assert len(proofs(shop, KEEPER)) == written
    assert worker.stop() == 0, worker.log
