"""`streamseg dlq`: a letter is sent again as it came, and at most once, whatever is killed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streamseg.dlq.answering import answer
from streamseg.dlq.reading import Letters
from streamseg.formats.dead_letters import Letter
from streamseg.settings import Settings
from streamseg.stream import scanning

from .conftest import Install
from .installation import ROOT, Installation
from .test_dead_letters import RULES, line

pytestmark = pytest.mark.stream

HEADERS = [("trace", b"t-1")]


def begin(shop: Installation, *arguments: str, app_id: str = "") -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_APP_ID": app_id or shop.name,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "streamseg", "dlq", *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def dlq(shop: Installation, *arguments: str) -> str:
    """What the command prints; it must end well."""
    process = begin(shop, *arguments)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Task was destroyed" not in err
    return out


def listed(shop: Installation, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in dlq(shop, "list", "--json", *arguments).splitlines()]


def refuse(shop: Installation, records: list[tuple[bytes | None, bytes]]) -> None:
    """Have a worker put these among the dead letters, and end it."""
    shop.send(("events", key, value, HEADERS) for key, value in records)
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0


def resent_from(shop: Installation) -> Counter[str]:
    """How often each letter was sent again."""
    found = [dict(record.headers).get("streamseg.resent-from") for record in shop.read("events")]
    return Counter(place.decode() for place in found if place is not None)


def test_a_letter_is_listed_shown_and_sent_again_as_it_came(install: Install) -> None:
    shop = install(rules=RULES, partitions=2)
    refuse(shop, [(b"c", b"{"), (b"c", line(time="yesterday")), (b"c", b"\xfe")])
    letters = listed(shop)
    assert {each["code"] for each in letters} == {"not_json", "bad_time", "not_utf8"}
    assert not any(each["resent"] for each in letters)
    (chosen,) = listed(shop, "--code=not_json")
    shown = dlq(shop, "show", chosen["letter"])
    assert "trace: t-1" in shown
    assert chosen["from"] in shown
    assert dlq(shop, "show", chosen["letter"], "--value") == "{"

    assert chosen["letter"] in dlq(shop, "resend", "--code=not_json", "--dry-run")
    assert not resent_from(shop), "a dry run sends nothing"
    dlq(shop, "resend", "--code=not_json")
    dlq(shop, "resend", "--code=not_json")
    assert resent_from(shop) == {f"{shop.topic('dlq')}-{chosen['letter']}": 1}
    (again,) = [record for record in shop.read("events") if len(record.headers) == 2]
    assert again.headers[0] == HEADERS[0]
    assert (again.key, again.value) == (b"c", b"{")
    assert f"events-{again.partition}@" in chosen["from"], "in the partition it came from"
    assert [each["resent"] for each in listed(shop, "--code=not_json")] == [True]

    # By the API's program those that are left are sent, and no other.
    (other,) = listed(shop, "--code=bad_time")
    places = [other["letter"], chosen["letter"]]
    told = asyncio.run(answer(shop.bootstrap, f"{shop.name}.", places, False))
    assert told.answer is not None
    assert (told.answer.sent, told.answer.left) == (1, 1)
    became = {one.letter: one.became for one in told.answer.letters}
    assert "sent again before" in became[chosen["letter"]]

    worker = shop.worker()  # what is refused again is a new letter
    shop.wait_drained()
    assert worker.stop() == 0
    assert len(listed(shop, "--code=not_json")) == 2


def test_a_wrong_key_is_mended(install: Install) -> None:
    shop = install(rules=RULES, partitions=4)
    refuse(shop, [(b"someone", line(id=f"e{number}")) for number in range(3)])
    assert not shop.told()
    dlq(shop, "resend", "--all", "--rekey")
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    assert [trigger["contact"] for trigger in shop.told()] == ["c"]


def test_killed_and_begun_anew_each_letter_is_sent_once(install: Install) -> None:
    shop = install(rules=RULES, partitions=2)
    refuse(shop, [(b"c", b"{%d" % number) for number in range(4_000)])
    for wait_s in (0.4, 0.8, 1.2, 1.6, 2.0, 2.4):
        process = begin(shop, "resend", "--all")
        time.sleep(wait_s)
        process.kill()
        process.communicate()
    dlq(shop, "resend", "--all")
    times = resent_from(shop)
    assert len(times) == 4_000
    assert set(times.values()) == {1}


@pytest.mark.parametrize("another", ["", "-laptop"], ids=["one-app", "two-apps"])
def test_of_two_at_once_none_sends_what_the_other_has_sent(install: Install, another: str) -> None:
    shop = install(rules=RULES, partitions=2)
    refuse(shop, [(b"c", b"{%d" % number) for number in range(3_000)])
    both = [begin(shop, "resend", "--all", app_id=shop.name + name) for name in ("", another)]
    errors = [process.communicate(timeout=60)[1] for process in both]
    assert not any("Traceback" in error for error in errors), errors
    dlq(shop, "resend", "--all")
    times = resent_from(shop)
    assert len(times) == 3_000
    assert set(times.values()) == {1}


def test_what_to_send_must_be_said(install: Install) -> None:
    process = begin(install(), "resend")
    assert "--all" in process.communicate(timeout=30)[1]
    assert process.returncode == 2


def test_a_large_letter_goes_alone_and_one_that_does_not_fit_holds_up_no_others(
    install: Install,
) -> None:
    shop = install(rules=RULES, partitions=2)
    text = b'{"x":"' + b"y" * 1_500_000 + b'"}'  # fits as it came, compressed
    noise = b'{"x":"' + os.urandom(800_000).hex().encode() + b'"}'
    refuse(shop, [(b"c", b"{"), (b"c", noise), (b"c", text), (b"c", b"[1]")])
    limit_to(shop, 500_000)
    out = dlq(shop, "resend", "--all")
    left = [each for each in out.splitlines() if "left: " in each]
    assert len(left) == 1
    assert f"{shop.topic('events')} takes 500000 (max.message.bytes)" in left[0]
    resent = [record.value for record in shop.read("events") if len(record.headers) == 2]
    assert sorted(resent) == sorted([b"{", text, b"[1]"])


def limit_to(shop: Installation, size: int) -> None:
    """Let the events' topic take no larger batches from now on."""

    async def limit() -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=shop.bootstrap)
        await client.start()
        setting = {"max.message.bytes": str(size)}
        resource = ConfigResource(ConfigResourceType.TOPIC, shop.topic("events"), setting)
        await client.alter_configs([resource])
        await client.close()

    asyncio.run(limit())


def test_a_header_without_a_value_is_sent_again_as_it_came(install: Install) -> None:
    shop = install(rules=RULES, partitions=1)
    own = [("none", None), ("empty", b""), ("none", b"1")]
    shop.send([("events", b"c", b"{", own)])
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    (letter,) = listed(shop)
    assert letter["headers"] == [["none", None], ["empty", ""], ["none", "1"]]
    dlq(shop, "resend", "--all")
    _, again = shop.read("events")
    assert list(again.headers)[:3] == own


def test_a_list_shows_the_beginning_of_what_is_long(install: Install) -> None:
    shop = install(rules=RULES, partitions=1)
    value = b'{"x":"' + b"y" * 900_000
    refuse(shop, [(b"c", value)])
    (letter,) = listed(shop)
    assert letter["value_bytes"] == len(value)
    assert letter["value"].endswith(f"… ({len(value)} bytes)")
    assert len(dlq(shop, "list", "--json")) < 5_000
    assert dlq(shop, "show", letter["letter"], "--value").encode() == value


def read_letters(shop: Installation, pause_s: float) -> list[Letter]:
    """All letters, by a reader who pauses after the first."""
    settings = Settings(bootstrap=shop.bootstrap, topic_prefix=f"{shop.name}.")

    async def read() -> list[Letter]:
        found = []
        async for letter in Letters(settings, shop.topic("dlq")).letters():
            if not found:
                time.sleep(pause_s)  # noqa: ASYNC251 - as writing to a pipe that nobody reads
            found.append(letter)
        return found

    return asyncio.run(read())


def test_a_reader_may_pause_and_an_open_transaction_is_told(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = install(rules=RULES, partitions=1)
    refuse(shop, [(b"c", b"{%d" % number) for number in range(10)])
    monkeypatch.setattr(scanning, "PATIENCE_SECONDS", 1.0)
    assert len(read_letters(shop, 2.0)) == 10

    async def read_behind_an_open_transaction() -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=shop.bootstrap, transactional_id=f"{shop.name}-other"
        ) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(shop.topic("dlq"), b"{", partition=0)
            with pytest.raises(scanning.TopicError, match="behind a transaction"):
                await asyncio.to_thread(read_letters, shop, 0.0)
            await producer.abort_transaction()

    asyncio.run(read_behind_an_open_transaction())
