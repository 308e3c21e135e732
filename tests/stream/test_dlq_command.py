"""`streamseg dlq`: a letter is sent again as it came, and at most once, whatever is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest

from .conftest import Install
from .installation import ROOT, Installation
from .test_dead_letters import RULES, line

pytestmark = pytest.mark.stream

HEADERS = [("trace", b"t-1")]


def begin(shop: Installation, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_APP_ID": shop.name,
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


def test_of_two_at_once_none_sends_what_the_other_has_sent(install: Install) -> None:
    shop = install(rules=RULES, partitions=2)
    refuse(shop, [(b"c", b"{%d" % number) for number in range(3_000)])
    both = [begin(shop, "resend", "--all") for _ in range(2)]
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
