"""On a real Kafka: contacts who become one across partitions, whatever is killed on the way."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from typing import Any

import pytest

from streamseg.core.identity.graves import pseudonym
from streamseg.core.values.timestamps import format_time
from streamseg.privacy.search import Search

from .conftest import Install
from .installation import wait_for

pytestmark = pytest.mark.stream

TWICE = """
version: 1
segments:
  - {name: twice, when: {did: order_placed, at_least: 2}, trigger: {}, membership: true}
"""
PEOPLE = 300
# one hop a transaction, so that there are many moments to crash at; a quick group
SETTINGS = {"batch_max_records": "20", "session_timeout": "2s", "heartbeat_interval": "500ms"}


def event(kind: str, contact: str, seconds_ago: float, **data: Any) -> dict[str, Any]:
    at = format_time(int((time.time() - seconds_ago) * 1000))
    name = f"{kind}-{contact}-{data.get('order', '')}"
    return {"id": name, "type": kind, "contact": contact, "time": at, "data": data}


def test_one_history_under_two_ids_is_told_once_whatever_is_killed(install: Install) -> None:
    shop = install(TWICE, partitions=4)
    people = range(PEOPLE)
    shop.produce(event("order_placed", f"a{one}", 60, order=f"{one}-1") for one in people)
    shop.produce(event("contact_merged", f"k{one}", 30, **{"from": f"a{one}"}) for one in people)
    shop.produce(event("order_placed", f"k{one}", 20, order=f"{one}-2") for one in people)
    rnd = random.Random(1)
    for _ in range(3):
        worker = shop.worker(**SETTINGS)
        worker.wait_running()
        time.sleep(rnd.random() * 0.5)  # somewhere among some hundred transactions
        worker.kill()
    last = shop.worker(**SETTINGS)
    shop.wait_drained()
    fired = Counter(one["contact"] for one in shop.told("triggers"))
    assert fired == Counter(f"k{one}" for one in people)
    merged = Counter(one["from"] for one in shop.told("decisions"))
    assert merged == Counter(f"a{one}" for one in people)
    # what a stub does later is its keeper's
    shop.produce(event("contact_erased", f"k{one}", 10) for one in people if one % 2)
    wait_for(lambda: shop.count("erasures") > 0, 60, "the first proof of an erasure")
    last.kill()
    last = shop.worker(**SETTINGS)
    shop.wait_drained()
    assert last.stop() == 0, last.log
    erased = Counter(
        one["contact"] for one in shop.told("triggers") if one["type"] == "contact.erased"
    )
    assert erased == Counter(f"{who}{one}" for one in people if one % 2 for who in "ak")
    assert not shop.told("dlq")
    proofs = {record.key: record.value for record in shop.read("erasures")}  # the last ones
    for one in (one for one in people if one % 2):
        keeper = json.loads(proofs[pseudonym(f"k{one}", b"").encode()])
        assert keeper["removed"] == {"states": 1, "ids": 1}
        assert (keeper["asked"], keeper["answered"]) == (1, 1)
        guest = json.loads(proofs[pseudonym(f"a{one}", b"").encode()])
        assert guest["removed"] == {"stubs": 1}
    search = Search(f"{who}{one}" for one in people for who in "ak")
    assert not any(search.parts(one.key, one.value, one.headers) for one in shop.read("erasures"))


def test_a_worker_stops_at_mail_of_a_newer_version(install: Install) -> None:
    shop = install(TWICE, partitions=1)
    mail = b"\0mail" + b"\x96\xa1k"
    shop.send([("signals", b"k", mail, [])])
    worker = shop.worker()
    assert worker.wait(60) == 1, worker.log
    (line,) = [one for one in worker.log.splitlines() if "[critical" in one]
    assert "newer version" in line
    assert "signals-0-0: mail" in line
    assert not shop.told("dlq")
