"""Contacts who become one while workers are killed: each hop of what they write to each other is
there once, whatever was on its way.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from typing import Any

import pytest
from aiokafka import TopicPartition

from streamseg.core.identity.graves import pseudonym
from streamseg.core.identity.mail import Erase, Erased, Forwarded, Mail, State, Take
from streamseg.core.values.timestamps import format_time
from streamseg.formats.signals import decode_signal

from ..stream.conftest import Install
from ..stream.installation import DRAIN_SECONDS, Installation, wait_for
from ..stream.shop import simulated
from .test_crashes import SETTINGS, expect_replayed, run_until

pytestmark = pytest.mark.stream

TWICE = """
version: 1
segments:
  - {name: twice, when: {did: order_placed, at_least: 2}, trigger: {}, membership: true}
"""
PEOPLE = range(120)
HOPS = {**SETTINGS, "batch_max_records": "20"}


def test_a_shop_with_guests_is_told_as_in_a_replay_whatever_is_killed(install: Install) -> None:
    """In one partition: of several the merges are read at other times than in a file."""
    events = simulated(5_000, guests=0.4)
    assert sum(event["type"] == "contact_merged" for event in events) > 100
    shop = install(partitions=1)
    shop.produce(events)
    for share in (0.2, 0.5, 0.8):
        worker = shop.worker(**SETTINGS)
        run_until(shop, worker, int(len(events) * share / 2))
        worker.kill()
    last = shop.worker(**SETTINGS)
    shop.wait_drained()
    assert last.stop() == 0
    expect_replayed(shop, events)


def test_a_frozen_worker_that_comes_back_deletes_no_mail_and_rolls_no_log(
    install: Install,
) -> None:
    """Both delete what they have read, and write the record of the hour, every second."""
    events = simulated(5_000, guests=0.4)
    who = next(one["contact"] for one in events if "contact" in one)
    events.append({**event("contact_erased", who, 0), "time": events[-1]["time"]})
    shop = install(partitions=1)
    shop.produce(events)
    zombie = shop.worker("-m", "tests.stream.hasty", **SETTINGS)
    run_until(shop, zombie, len(events) // 8)
    zombie.freeze()
    heir = shop.worker("-m", "tests.stream.hasty", **SETTINGS)
    run_until(shop, heir, len(events) // 3)
    zombie.thaw()
    zombie.wait_running(times=2)
    wait_for(lambda: asyncio.run(shop._drained()), 90, "all inputs to be worked off")
    time.sleep(3)  # for what is due every second; it keeps the changelog moving
    assert zombie.stop() == 0
    assert heir.stop() == 0
    expect_replayed(shop, events)
    first, committed = asyncio.run(signals_of(shop))
    assert 0 < first <= committed, "what is read is deleted, and nothing else"


async def signals_of(shop: Installation) -> tuple[int, int]:
    """The first record that is left of the signals of partition 0, and how far they are read."""
    tp = TopicPartition(shop.topic("signals"), 0)
    async with shop._reader() as reader:
        first = await reader.beginning_offsets([tp])
    return first[tp], (await shop._committed())[tp]


@pytest.mark.parametrize("when", ["behind", "within"])
def test_workers_are_killed_with_each_kind_of_mail_on_its_way(install: Install, when: str) -> None:
    """Right after the transaction that wrote it, or within the next one."""
    shop = install(TWICE, partitions=4)
    shop.produce(event("order_placed", f"a{one}", 90, order=f"{one}-1") for one in PEOPLE)
    shop.produce(event("contact_merged", f"k{one}", 60, **{"from": f"a{one}"}) for one in PEOPLE)
    kill_with_mail(shop, when, Take, State)
    drain(shop)
    assert not shop.told("triggers")
    shop.produce(event("order_placed", f"a{one}", 40, order=f"{one}-2") for one in PEOPLE)
    kill_with_mail(shop, when, Forwarded)
    drain(shop)
    fired = Counter(one["contact"] for one in shop.told("triggers"))
    assert fired == Counter(f"k{one}" for one in PEOPLE), "the second order is the keeper's"
    shop.produce(event("contact_erased", f"k{one}", 10) for one in PEOPLE)
    kill_with_mail(shop, when, Erase, Erased)
    drain(shop)
    merged = Counter(one["from"] for one in shop.told("decisions"))
    assert merged == Counter(f"a{one}" for one in PEOPLE)
    told = [one for one in shop.told("triggers") if one["type"] == "contact.erased"]
    erased = Counter(one["contact"] for one in told)
    assert erased == Counter(f"{who}{one}" for one in PEOPLE for who in "ak")
    proofs = {record.key: json.loads(record.value) for record in shop.read("erasures")}
    for one in PEOPLE:
        proof = proofs[pseudonym(f"k{one}", b"").encode()]
        assert (proof["asked"], proof["answered"]) == (1, 1)
    assert not shop.told("dlq")


def event(kind: str, contact: str, seconds_ago: float, **data: Any) -> dict[str, Any]:
    at = format_time(int((time.time() - seconds_ago) * 1000))
    name = f"{kind}-{contact}-{data.get('order', '')}"
    return {"id": name, "type": kind, "contact": contact, "time": at, "data": data}


def drain(shop: Installation) -> None:
    """Have a worker work everything off, mail that brings mail, too."""
    worker = shop.worker(**HOPS)
    shop.wait_drained()
    assert worker.stop() == 0, worker.log


def kill_with_mail(shop: Installation, when: str, *kinds: type) -> None:
    """Kill one worker after the other, until each kind of mail was on its way at some kill.

    Who writes the first mail of a kind that is missing is killed before it can have read it.
    """
    missing = set(kinds)
    while missing:
        names = sorted(kind.__name__ for kind in missing)
        worker = shop.worker("-m", "tests.stream.dying", when, *names, **HOPS)
        assert worker.wait(DRAIN_SECONDS) == -signal.SIGKILL, worker.log
        # The coordinator writes the markers of what is committed a little later.
        wait_for(lambda: bool(mail_on_its_way(shop) & missing), DRAIN_SECONDS, f"mail: {names}")
        missing.difference_update(mail_on_its_way(shop))


def mail_on_its_way(shop: Installation) -> set[type]:
    """The kinds of mail that were written and not yet read, in committed transactions."""
    committed = asyncio.run(shop._committed())
    found = set()
    for record in shop.read("signals"):
        tp = TopicPartition(record.topic, record.partition)
        signal = decode_signal(record.value)
        if isinstance(signal, Mail) and record.offset >= committed.get(tp, 0):
            found.add(type(signal.body))
    return found
