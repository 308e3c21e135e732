"""What is too large for a record is made smaller: a contact, a message, a dead letter."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from streamseg.core.contacts.contact import MAX_BYTES
from streamseg.core.identity.graves import pseudonym

from .conftest import Install

pytestmark = pytest.mark.stream

FIELDS = "abcdefgh"
DAY = 1_700_000_000_000
RULES = "version: 1\nsegments:\n  - {name: seen, on: product_viewed}\n" + "".join(
    f"  - {{name: many_{field}, per: category, trigger: {{}}, membership: true, max_keys: 100,\n"
    f"     when: {{aggregate: distinct, of: {field}, over: page_viewed, gte: 900}}}}\n"
    for field in FIELDS
)


def random_text(rng: random.Random, size: int) -> str:
    return base64.b64encode(rng.randbytes(size * 3 // 4)).decode()


def visits(count: int) -> list[dict[str, Any]]:
    """Visits of everybody under one name, with texts that do not compress."""
    rng = random.Random(7)
    return [
        {
            "type": "page_viewed",
            "contact": "undefined",
            "time": DAY + n,
            "data": {"category": f"c{n // 200}"}
            | {field: random_text(rng, 60) for field in FIELDS},
        }
        for n in range(count)
    ]


def view(contact: str, n: int) -> dict[str, Any]:
    data = {"product": "p"}
    return {"type": "product_viewed", "contact": contact, "time": DAY + 10**6 + n, "data": data}


def test_a_contact_that_outgrows_the_changelog_stops_nobody(install: Install) -> None:
    shop = install(rules=RULES, partitions=2)
    worker = shop.worker("-m", "tests.stream.unchecked")
    healthy = [f"c{n}" for n in range(8)]
    shop.produce([*visits(14_000), *(view(one, 1) for one in [*healthy, "undefined"])])
    shop.wait_drained()
    assert worker.stop() == 0
    assert "aborted" not in worker.log
    assert worker.log.count(f"{pseudonym('undefined', b'')} (streamseg contact pseudonym ID)") == 1
    assert "undefined" not in worker.log

    again = shop.worker("-m", "tests.stream.unchecked")
    again.wait_running()
    shop.produce(view(one, 2) for one in [*healthy, "undefined"])
    shop.wait_drained()
    assert again.stop() == 0
    fired = [one["contact"] for one in shop.told()]
    assert sorted(fired) == sorted([*healthy, "undefined"] * 2)
    states = [len(one.value or b"") for one in shop.read("changelog") if one.key == b"cundefined"]
    assert MAX_BYTES / 2 < max(states) <= MAX_BYTES


def test_a_message_and_a_dead_letter_that_do_not_fit_are_cut(install: Install) -> None:
    rules = """
version: 1
segments:
  - {name: seen, on: product_viewed,
     trigger: {context: [event.data, event.data.one, event.data.two]}}
"""
    shop = install(rules=rules, partitions=1)
    rng = random.Random(7)
    large = view("c", 1)
    large["data"] |= {"one": random_text(rng, 500_000), "two": random_text(rng, 500_000)}
    huge = view("c", 2)
    huge["data"]["one"] = "x" * 20_000_000
    shop.send(
        [
            ("events", b"c", json.dumps(large).encode(), []),
            ("events", b"c", json.dumps(huge).encode(), [("trace", b"t-1")]),
            ("events", b"c", json.dumps(view("c", 3)).encode(), []),
        ]
    )
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    assert "aborted" not in worker.log
    first, second = shop.told()
    assert first["context"]["left_out"] == ["event.data"]
    assert first["context"]["event.data.one"] == large["data"]["one"]
    assert second["context"] == {"event.data": {"product": "p"}}
    (letter,) = shop.read("dlq")
    headers = dict(letter.headers)
    assert headers["streamseg.error.code"] == b"too_large"
    assert headers["trace"] == b"t-1"
    whole = json.dumps(huge).encode()
    assert f"value={len(whole)}" in headers["streamseg.error.cut"].decode()
    assert whole.startswith(letter.value)
    assert 3_900_000 < len(letter.value) < 4_000_000
