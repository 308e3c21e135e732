"""The API of two workers on one Kafka: any of them can be asked, and each tells what it has."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import Any

import pytest

from .conftest import Install
from .installation import Installation, Worker, wait_for

pytestmark = pytest.mark.stream

RULES = """\
version: 1
segments:
- {name: cart_left, use: abandoned_cart, with: {after: 1h}}
- {name: keen, when: {did: product_viewed, at_least: 2}, trigger: {}}
"""
T0 = 1_795_255_200_000
CONTACTS = [f"c{number}" for number in range(12)]


def ask(worker: Worker, path: str) -> tuple[int, Any]:
    found = re.search(r"(http://[\d.:]+)/metrics", worker.log)
    assert found is not None
    try:
        with urllib.request.urlopen(f"{found[1]}/api/v1{path}", timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def events() -> list[dict[str, Any]]:
    return [
        {
            "type": kind,
            "contact": contact,
            "time": T0 + number,
            "id": f"{contact}-{kind}-{number}",
            "data": {"product": "p"},
        }
        for contact in CONTACTS
        for number, kind in enumerate(["cart_item_added", "product_viewed", "product_viewed"])
    ]


def two_workers(install: Install) -> tuple[Installation, list[Worker]]:
    shop = install(rules=RULES, partitions=4)
    shop.produce(events())
    workers = [shop.worker(), shop.worker()]
    for worker in workers:
        worker.wait_running()
    shop.wait_drained()
    return shop, workers


def test_any_worker_answers_of_any_contact_and_of_all_workers(install: Install) -> None:
    _, workers = two_workers(install)
    for worker in workers:
        for contact in CONTACTS:
            status, told = ask(worker, f"/contacts/{contact}")
            assert (status, told["contact"]) == (200, contact)
            assert {one["segment"] for one in told["segments"]} >= {"keen"}
            status, told = ask(worker, f"/contacts/{contact}/segments/keen/why")
            assert (status, told["truth"], told["tree"]["saw"]["count"]) == (200, "true", 2)
        status, told = ask(worker, "/workers")
        assert (status, told["partitions"]) == (200, {"answered": 4, "of": 4})
        assert ask(worker, "/segments/keen")[1]["fired"] == len(CONTACTS)
        assert ask(worker, "/contacts/nobody")[1]["code"] == "no_state"
    # A worker that is gone without a word: its contacts are nobody's until the group notices.
    workers[1].kill()
    seen: set[int] = set()

    def all_answer() -> bool:
        statuses = {ask(workers[0], f"/contacts/{contact}")[0] for contact in CONTACTS}
        seen.update(statuses)
        return statuses == {200}

    wait_for(all_answer, 60, "all partitions to be taken over")
    assert seen - {429} == {200, 503}
