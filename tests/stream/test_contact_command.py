"""`streamseg contact`: what is known of a contact, that it is forgotten, and that it is gone."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from streamseg.core.values.timestamps import format_time
from streamseg.kafka.partitioning import partition_of
from streamseg.produce.sender import Sender

from .conftest import Install
from .installation import Installation, Worker

pytestmark = pytest.mark.stream

RULES = """
version: 1
segments:
  - {name: twice, when: {did: order_placed, at_least: 2}, trigger: {}, membership: true}
"""
KEY = "a key of pseudonyms, for a test"


def event(number: int, kind: str, contact: str, **data: Any) -> dict[str, Any]:
    at = format_time(int(time.time() * 1000) - 60_000 + number)
    return {"id": f"e{number}", "type": kind, "contact": contact, "time": at, "data": data}


def run(at: Installation, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "STREAMSEG_BOOTSTRAP": at.bootstrap,
        "STREAMSEG_APP_ID": at.name,
        "STREAMSEG_TOPIC_PREFIX": f"{at.name}.",
        "STREAMSEG_PRIVACY_KEY": KEY,
        **{f"STREAMSEG_{name.upper()}": value for name, value in settings.items()},
    }
    return subprocess.run(
        [sys.executable, "-m", "streamseg", "contact", *command],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )


def ask(worker: Worker, path: str) -> dict[str, Any]:
    found = re.search(r"(http://[\d.:]+)/metrics", worker.log)
    assert found is not None
    with urllib.request.urlopen(f"{found[1]}/api/v1{path}", timeout=60) as answer:  # noqa: S310
        told: dict[str, Any] = json.load(answer)
    return told


def export(at: Installation, *command: str, **settings: str) -> dict[str, Any]:
    done = run(at, "export", *command, **settings)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def places(known: dict[str, Any]) -> set[str]:
    return {record["place"] for record in known["records"]}


def test_what_is_known_is_exported_erased_and_looked_for(install: Install) -> None:
    shop = install(RULES, 3)
    shop.produce(
        [
            event(1, "order_placed", "guest-4", order="o-1"),
            event(2, "contact_merged", "ann", **{"from": "guest-4"}),
            event(3, "order_placed", "ann", order="o-2"),
            event(4, "order_placed", "ann-b", order="o-3"),
        ]
    )
    shop.send([("events", b"ann", b'{"type":"order_placed","contact":"ann"}', [])])  # no time
    worker = shop.worker(privacy_key=KEY)
    shop.wait_drained()

    known = exported_and_shown(shop)
    over_http = ask(worker, "/contacts/ann/export")
    assert over_http.pop("exported_at") > known["exported_at"]
    assert over_http.pop("now")["segments"] == known["now"]["segments"]
    wanted = {name: value for name, value in known.items() if name not in ("exported_at", "now")}
    assert over_http == wanted
    what_is_asked_of_a_merged_id_is_told_of_the_contact(shop, worker, wanted)
    what_is_exported_is_what_is_looked_for(shop, known)
    an_erasure_reaches_the_keeper_and_leaves_when_each_record_goes(shop)
    assert worker.stop() == 0

    gone = run(shop, "verify-erased", "nobody-there")
    assert (gone.returncode, gone.stdout) == (4, "")  # nobody asked for it
    assert "no erasure of nobody-there is noted" in gone.stderr


def exported_and_shown(shop: Installation) -> dict[str, Any]:
    """All that is known of Ann, and the same in words."""
    known = export(shop, "ann", "--rules", str(shop.rules))
    assert known["led_to_by"] == ["guest-4"]
    assert [stay["segment"] for stay in known["now"]["segments"]] == ["twice"]
    (words,) = known["in_words"]
    assert words["needed_by"] == ["twice"]
    assert [instant[-1] for instant in words["value"]] == ["Z", "Z"], "instants are in words"
    assert [(one["segment"], one["fired"]) for one in known["fired"]] == [("twice", 1)]
    assert known["state"]["contact"] == "ann"
    topics = {place.rpartition("-")[0].removeprefix(f"{shop.name}.") for place in places(known)}
    assert topics == {
        "events",
        "signals",
        "changelog",
        "triggers",
        "membership",
        "decisions",
        "dlq",
    }
    told = [record["value"] for record in known["records"] if ".triggers-" in record["place"]]
    assert [(one["segment"], one["contact"]) for one in told] == [("twice", "ann")]
    shown = run(shop, "show", "ann", "--rules", str(shop.rules)).stdout
    assert "in twice" in shown
    assert "led to by: guest-4" in shown
    assert "twice fired once, last as of" in shown
    return known


def what_is_asked_of_a_merged_id_is_told_of_the_contact(
    shop: Installation, worker: Worker, known: dict[str, Any]
) -> None:
    """As an erasure of it is one of the contact; asking by either id gives the same."""
    of_guest = export(shop, "guest-4", "--rules", str(shop.rules))
    over_http = ask(worker, "/contacts/guest-4/export")
    for told in (of_guest, over_http):
        assert (told["contact"], told["merged_into"]) == ("ann", "ann")
        assert told["now"]["merged_into"] == "ann"
        assert {name: told[name] for name in known if name != "merged_into"} == {
            name: value for name, value in known.items() if name != "merged_into"
        }
    mine, hers = (ask(worker, f"/contacts/{one}/timeline?since=1d") for one in ("guest-4", "ann"))
    assert (mine["merged_into"], hers["merged_into"]) == ("ann", None)
    assert (mine["contact"], mine["entries"]) == (hers["contact"], hers["entries"])
    shown = run(shop, "show", "guest-4", "--rules", str(shop.rules)).stdout
    assert shown.splitlines()[0].endswith("(who was asked for was merged into them)")


def what_is_exported_is_what_is_looked_for(shop: Installation, known: dict[str, Any]) -> None:
    looked = run(shop, "verify-erased", "ann", "guest-4", "--json")
    assert looked.returncode == 3
    left = json.loads(looked.stdout)["remains"]
    assert sum(one["records"] for one in left) == len(known["records"])
    assert {place for one in left for place in one["places"]} <= places(known)
    (state,) = [one for one in left if one["topic"].endswith(".changelog")]
    assert state["until"] is None


def an_erasure_reaches_the_keeper_and_leaves_when_each_record_goes(shop: Installation) -> None:
    assert "is ann now" in run(shop, "show", "guest-4").stdout
    asked = run(shop, "erase", "guest-4", "--id", "ticket 12")  # it is her keeper's erasure
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.startswith("erased with it: ann\n")
    assert asked.stdout.endswith("streamseg contact verify-erased guest-4 ann\n")
    shop.wait_drained()
    again = export(shop, "ann", "guest-4", "--rules", str(shop.rules))
    assert (again["state"], again["now"], again["led_to_by"]) == (None, None, [])  # 35
    assert again["erased"]["request"] == "ticket 12"
    assert again["erased"]["removed"] == {"states": 1, "ids": 1}
    hers = next(one for one in again["proofs"] if one["contact"] == "ann")
    assert (hers["request"], hers["asked"], hers["answered"]) == ("ticket 12", 1, 1)
    assert [one["contact"] for one in again["proofs"]] == ["ann", "guest-4"]
    shown = run(shop, "show", "ann").stdout
    assert "as ticket 12 asked for, with 1 of 1 merged ids; not verified yet" in shown
    unkeyed = run(shop, "show", "ann", privacy_key="another key, which no worker has").stdout
    assert "no erasure of it is noted under this STREAMSEG_PRIVACY_KEY" in unkeyed
    asked = run(shop, "erase", "ann", "--id", "ticket 13")
    assert "it was erased before, at " in asked.stderr
    assert asked.stdout.endswith("streamseg contact verify-erased ann\n")
    shop.wait_drained()
    requests = [one["request"] for one in export(shop, "ann")["proofs"]]
    assert requests == ["ticket 12", "ticket 13"]
    left = json.loads(run(shop, "verify-erased", "ann", "guest-4", "--json").stdout)["remains"]
    assert all(one["until"] is not None for one in left), left
    (request,) = [
        one["value"]
        for one in again["records"]
        if ".events-" in one["place"] and one["value"]["type"] == "contact_erased"
    ]
    assert request["source"] == "streamseg contact erase"


def test_a_pseudonym_goes_by_the_key(install: Install) -> None:
    shop = install(RULES, 1)
    told = run(shop, "pseudonym", "ann").stdout.strip()
    assert len(told) == 33
    assert told.startswith("~")
    assert run(shop, "pseudonym", "bob").stdout.strip() != told


def test_an_installation_without_topics_is_told() -> None:
    bad = run(Nowhere(), "verify-erased", "ann")  # type: ignore[arg-type]
    assert bad.returncode == 1
    assert "bootstrap" in bad.stderr or "127.0.0.1:1" in bad.stderr


class Nowhere:
    """Where no Kafka is."""

    bootstrap = "127.0.0.1:1"
    name = "nowhere"


def test_with_any_partitioner_a_contact_is_looked_for_in_all_partitions(install: Install) -> None:
    """Its key does not tell where it is, and a sender may have put it in several."""
    shop = install(RULES, 3)
    at = partition_of(b"ann", 3)
    there = {
        (at + 1) % 3: [event(1, "order_placed", "ann", order="o-1")],
        (at + 2) % 3: [
            event(2, "order_placed", "ann", order="o-2"),
            event(3, "order_placed", "guest", order="o-3"),
            event(4, "contact_merged", "ann", **{"from": "guest"}),
        ],
    }

    async def send() -> None:
        async with Sender({"bootstrap_servers": shop.bootstrap}) as sender:
            await sender.find([shop.topic("events")])
            for partition, events in there.items():
                for one in events:
                    key, value = one["contact"].encode(), json.dumps(one).encode()
                    sender.add(shop.topic("events"), key, value, partition=partition)
            await sender.flush()

    asyncio.run(send())
    worker = shop.worker(partitioner="any", privacy_key=KEY)
    shop.wait_drained()
    known = export(shop, "ann", partitioner="any")
    assert known["led_to_by"] == ["guest"]
    assert [known["state"]["contact"], *(one["contact"] for one in known["more_states"])] == [
        "ann",
        "ann",
    ]
    shown = run(shop, "show", "ann", partitioner="any").stdout
    assert "led to by: guest" in shown
    assert "has state in 1 more partition\n" in shown
    assert "is ann now" in run(shop, "show", "guest", partitioner="any").stdout

    asked = run(shop, "erase", "ann", partitioner="any")
    assert asked.stdout.startswith("erased with it: guest\n")
    shop.wait_drained()
    assert {one.partition for one in shop.read("events") if b"erased" in one.value} == set(there)
    gone = export(shop, "ann", partitioner="any")
    assert (gone["state"], gone["more_states"], gone["led_to_by"]) == (None, [], [])
    assert gone["erased"] is not None
    assert sum(one["removed"].get("states", 0) for one in shop.told("erasures")) >= 2
    assert worker.stop() == 0


def test_records_of_aborted_transactions_are_looked_at(install: Install) -> None:
    shop = install(RULES, 1)

    async def abort() -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=shop.bootstrap, transactional_id=f"{shop.name}-test"
        )
        await producer.start()
        try:
            await producer.begin_transaction()
            await producer.send_and_wait(shop.topic("triggers"), b'{"contact":"ghost"}')
            await producer.abort_transaction()
        finally:
            await producer.stop()

    asyncio.run(abort())
    assert export(shop, "ghost")["records"] == []
    looked = run(shop, "verify-erased", "ghost", "--json")
    assert looked.returncode == 3, looked.stderr
    (left,) = json.loads(looked.stdout)["remains"]
    assert (left["topic"], left["records"]) == (shop.topic("triggers"), 1)


def test_a_request_has_a_name_that_an_event_can_have(install: Install) -> None:
    shop = install(RULES, 1)
    refused = run(shop, "erase", "ann", "--id", "x" * 257)
    assert refused.returncode == 2
    assert "1 to 256 bytes" in refused.stderr
    assert shop.count("events") == 0


PSEUDONYMS = """
version: 1
privacy: {pseudonyms: [decisions, membership, logs]}
segments:
  - {name: twice, when: {did: order_placed, at_least: 2}, trigger: {limit: 1}, membership: true}
"""


def test_contacts_are_called_by_pseudonyms_where_rules_ask_for_it(install: Install) -> None:
    shop = install(PSEUDONYMS, 2)
    worker = shop.worker(privacy_key=KEY)
    shop.produce(
        [
            event(1, "order_placed", "ann-1", order="o-1"),
            event(2, "order_placed", "guest-1", order="o-2"),
            event(3, "contact_merged", "ann-1", **{"from": "guest-1"}),
        ]
    )
    shop.wait_drained()
    ann, guest = (run(shop, "pseudonym", one).stdout.strip() for one in ("ann-1", "guest-1"))
    (fired,) = shop.told("triggers")
    assert fired["contact"] == "ann-1"
    (entered,) = shop.read("membership")
    assert (entered.key.decode(), json.loads(entered.value)["contact"]) == (ann, ann)
    (merged,) = shop.told("decisions")
    assert [merged[name] for name in ("contact", "from", "into")] == [ann, guest, ann]
    for topic in ("decisions", "membership"):
        assert not any(b"ann-1" in one.value or b"guest-1" in one.value for one in shop.read(topic))

    # who may ask for a contact gets those, too
    known = export(shop, "ann-1", "guest-1")
    named = {place.rpartition("-")[0].removeprefix(f"{shop.name}.") for place in places(known)}
    assert named >= {"decisions", "membership", "triggers", "events"}
    told = ask(worker, "/contacts/ann-1/timeline?since=1d")["entries"]
    assert {one["stream"] for one in told} >= {"events", "triggers", "membership"}
    assert "ann-1" not in worker.log
    assert f"of the contact {ann}" in worker.log
    assert worker.stop() == 0


def test_pseudonyms_need_a_key(install: Install) -> None:
    worker = install(PSEUDONYMS, 1).worker()
    assert worker.wait() == 1
    assert "`privacy: {pseudonyms: …}` of the rules needs STREAMSEG_PRIVACY_KEY" in worker.log
