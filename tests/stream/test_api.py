"""The API of two workers on one Kafka: any of them can be asked, and each tells what it has."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest

from streamseg.kafka.cluster import connected

from .conftest import Install
from .installation import Installation, Worker, wait_for

pytestmark = pytest.mark.stream

RULES = """\
version: 1
segments:
- {name: cart_left, use: abandoned_cart, with: {after: 1h}}
- {name: keen, when: {did: product_viewed, at_least: 2}, trigger: {}, membership: true}
- {name: keener, when: {did: product_viewed, at_least: 4}}
- {name: sees, on: product_viewed, trigger: {cooldown: 1d}}
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
    shop, workers = two_workers(install)
    assert asyncio.run(hosts_of(shop)) == ["127.0.0.1"] * 2
    for worker in workers:
        assert "run on several hosts" not in worker.log
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
        time.sleep(1)  # who asks more often than is allowed is answered 429 instead
        statuses = {ask(workers[0], f"/contacts/{contact}")[0] for contact in CONTACTS}
        seen.update(statuses)
        return statuses == {200}

    wait_for(all_answer, 60, "all partitions to be taken over")
    assert seen - {429} == {200, 503}


async def hosts_of(shop: Installation) -> list[str]:
    """Where Kafka sees the members of the group."""
    async with connected({"bootstrap_servers": shop.bootstrap}) as cluster:
        return [one.host for one in await cluster.members(shop.name)]


def listen(worker: Worker, path: str, messages: int, last_id: str | None = None) -> list[Any]:
    """So many messages of a stream: kind, id, data."""
    found = re.search(r"(http://[\d.:]+)/metrics", worker.log)
    assert found is not None
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    request = urllib.request.Request(f"{found[1]}/api/v1{path}", headers=headers)  # noqa: S310
    told: list[Any] = []
    message: dict[str, str] = {}
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        LISTENING.set()
        for raw in answer:
            line = raw.decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if line and name in ("event", "id", "data"):
                message[name] = value
            elif not line and "event" in message:
                told.append((message["event"], message.get("id"), json.loads(message["data"])))
                message = {}
                if len(told) == messages:
                    return told
    return told


LISTENING = threading.Event()


def test_what_is_told_is_streamed_and_the_past_is_found_in_the_topics(install: Install) -> None:
    shop, workers = two_workers(install)
    worker, who = workers[0], CONTACTS[0]
    _, why = ask(worker, f"/contacts/{who}/segments/keen/why?links=1")
    assert why["complete"]
    assert len([one for one in why["links"] if ".triggers-" in one]) == 1
    assert why["last_held"] is None
    # what was held back, and where that stands; of the past what was known by then
    path = f"/contacts/{who}/segments/sees/why?links=1"
    _, why = ask(worker, path)
    held, (fired, place) = why["last_held"], why["links"]
    assert (held["reason"], held["place"]) == ("cooldown", place)
    assert (".triggers-" in fired, ".decisions-" in place) == (True, True)
    _, past = ask(worker, f"{path}&at=2026-11-21T10:00:00.001Z")
    assert (past["trigger"]["fired"], past["last_held"]) == (1, None)
    # how fresh an answer is
    partition, state = why["state"]["partition"], why["state"]
    assert (state["lag"], state["now"]) == (0, why["at"])
    assert state["offsets"]["events"] == shop.ends("events")[partition]
    _, told = ask(worker, f"/contacts/{who}/timeline?since=3650d&limit=3")
    assert len(told["entries"]) == 3
    _, more = ask(worker, f"/contacts/{who}/timeline?since=3650d&cursor={quote(told['cursor'])}")
    kinds = [one["type"] for one in told["entries"] + more["entries"]]
    assert sorted(kinds) == sorted(
        [
            *("cart_item_added", "product_viewed", "product_viewed", "segment.entered"),
            *["trigger.fired"] * 3,
            "trigger.suppressed",
        ]
    )
    # the past: after the first view it was not keen, and a cart was not yet left
    _, past = ask(worker, f"/contacts/{who}/segments/keen/why?at=2026-11-21T10:00:00.001Z")
    assert (past["truth"], past["tree"]["saw"]["count"]) == ("false", 1)
    # dead letters
    shop.send([("events", b"x", b"no json", [])])
    wait_for(lambda: shop.count("dlq") > 0, 20, "a dead letter")
    _, letters = ask(worker, "/dlq?code=not_json")
    assert (letters["letters"][0]["value"], letters["codes"]) == ("no json", {"not_json": 1})
    assert letters["sources"] == {shop.topic("events"): 1}
    # the stream, live and resumed
    LISTENING.clear()
    with ThreadPoolExecutor() as pool:
        heard = pool.submit(listen, worker, "/stream?segment=keen", 2)
        assert LISTENING.wait(20)
        time.sleep(3)  # the reader of the topics begins at their ends a moment later
        late = [
            {**one, "contact": f"late-{one['contact']}", "time": T0 + 9_000, "id": f"l{one['id']}"}
            for one in events()
        ]
        shop.produce(late)
        messages = heard.result(30)
    assert {kind for kind, _, _ in messages} == {"triggers"}
    assert all(one["value"]["segment"] == "keen" for _, _, one in messages)
    ids = [one["value"]["id"] for _, _, one in messages]
    again = listen(worker, "/stream?segment=keen", 1, last_id=messages[0][1])
    assert again[0][2]["value"]["id"] not in ids[:1]


def test_why_on_the_command_line_from_a_worker_and_from_the_changelog(install: Install) -> None:
    shop, workers = two_workers(install)
    merged = {"type": "contact_merged", "contact": CONTACTS[2], "time": T0 + 9, "id": "merge"}
    shop.produce([merged | {"data": {"from": CONTACTS[3]}}])
    guest = [
        {**one, "contact": "guest", "time": T0 + 10 + number, "id": f"guest-{number}"}
        for number, one in enumerate(events()[1:3])
    ]
    joined = {"type": "contact_merged", "contact": "kim", "time": T0 + 20, "id": "join"}
    shop.produce([*guest, joined | {"data": {"from": "guest"}}])
    shop.wait_drained()
    (fired,) = [one for one in shop.told() if (one["contact"], one["segment"]) == ("guest", "keen")]
    live = run_why(shop, CONTACTS[1], "keen")
    assert live[0].startswith(f"{CONTACTS[1]} is in keen at ")
    assert any(line.startswith("records       ") for line in live)
    past = run_why(shop, CONTACTS[1], "keen", "--at", "2026-11-21T10:00:00.001Z")
    assert past[0].startswith(f"{CONTACTS[1]} is not in keen at 2026-11-21 10:00:00.001")
    # F20: the past of who was merged is that of both, from the merge on
    _, told = ask(
        workers[0], f"/contacts/{CONTACTS[3]}/segments/keener/why?at=2026-11-21T10:00:00.009Z"
    )
    assert (told["merged_into"], told["contact"]) == (CONTACTS[2], CONTACTS[2])
    assert (told["truth"], told["tree"]["saw"]["count_at_least"]) == ("true", 4)
    _, told = ask(
        workers[1], f"/contacts/{CONTACTS[3]}/segments/keen/why?at=2026-11-21T10:00:00.008Z"
    )
    assert (told["merged_into"], told["contact"]) == (None, CONTACTS[3])
    both = run_why(shop, CONTACTS[3], "keener", "--at", str(T0 + 9))
    assert both[0].startswith(f"{CONTACTS[2]} is in keener at ")
    state = run_why(shop, CONTACTS[1], "keen", "--from-changelog")  # and a worker has it
    assert state[0].startswith(f"{CONTACTS[1]} is in keen at ")
    assert "from the changelog" in state[-1]
    names_what_was_told(shop, fired["id"])
    names_what_was_told(shop, fired["id"], "--at", str(T0 + 30))
    _, told = ask(workers[0], "/contacts/kim/timeline?since=3650d")
    assert "guest" in {one["value"]["contact"] for one in told["entries"]}
    for worker in workers:
        assert worker.stop() == 0
    names_what_was_told(shop, fired["id"])  # where no worker runs
    held = run_why(shop, CONTACTS[1], "sees")
    assert any(" by cooldown  " in line for line in held if line.startswith("last held"))
    still = run_why(shop, CONTACTS[1], "keen")
    assert any(line.startswith("records       ") for line in still)
    assert still[0].startswith(f"{CONTACTS[1]} is in keen at ")
    assert "from the changelog" in still[-1]
    followed = run_why(shop, CONTACTS[3], "keen")  # F20, where no worker runs
    assert followed[0].startswith(f"{CONTACTS[2]} is in keen at ")
    assert any(f"who was asked for is {CONTACTS[2]} now" in line for line in followed)


def names_what_was_told(shop: Installation, id: str, *arguments: str) -> None:
    """F20: the trigger that was told to the merged id has the id under which it was told."""
    lines = run_why(shop, "guest", "keen", *arguments)
    assert lines[0].startswith("kim is in keen at ")
    (last,) = [line for line in lines if line.startswith("last trigger")]
    assert last.endswith(f", 1 in all  {id}")
    has_record = any(".triggers-" in line for line in lines if line.startswith("records"))
    assert has_record is not bool(arguments)  # it was told long after, as it was late


def run_why(shop: Installation, *arguments: str) -> list[str]:
    variables = {
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_APP_ID": shop.name,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
        "STREAMSEG_RULES": str(shop.rules),
    }
    command = [sys.executable, "-m", "streamseg", "why", *arguments]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().splitlines()


def test_a_worker_that_other_hosts_reach_says_that_its_api_is_off(install: Install) -> None:
    shop = install()
    worker = shop.worker(web_host="0.0.0.0")  # noqa: S104 - that is what is warned of
    worker.wait_running()
    assert worker.stop() == 0
    (line,) = [one for one in worker.log.splitlines() if "The API is off" in one]
    assert "[warning" in line
    assert "STREAMSEG_API_TOKENS" in line
