"""Bad records go to the dead letters as they came, with the reason; their neighbours count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Install

pytestmark = pytest.mark.stream

RULES = """
version: 1
segments:
  - name: three_views
    when: {did: product_viewed, at_least: 3, within: 1d}
    trigger: {}
"""
VIEW = {
    "type": "product_viewed",
    "contact": "c",
    "time": 1_700_000_000_000,
    "data": {"product": "p"},
}


def line(**changes: Any) -> bytes:
    return json.dumps({**VIEW, **changes}).encode()


def product(**changes: Any) -> bytes:
    stock = {"type": "stock_changed", "product": "p", "time": 1_700_000_000_000}
    return json.dumps({**stock, "data": {"quantity": 1}, **changes}).encode()


BAD_EVENTS: list[tuple[str, bytes | None, bytes | None]] = [
    ("null_value", b"c", None),
    ("null_value", None, None),
    ("not_utf8", b"c", b'{"type": "\xff"}'),
    ("not_json", b"c", b"{"),
    ("not_json", b"c", b""),
    ("not_object", b"c", b"[1]"),
    ("no_type", b"c", line(type=None)),
    ("no_contact", b"c", line(contact=None)),
    ("bad_time", b"c", line(time="yesterday")),
    ("bad_field", b"c", line(data=[])),
    ("missing_field", b"c", line(data={})),
    ("not_finite", b"c", line().replace(b'"p"}', b'"p", "price": 1e999}')),
    ("id_too_long", b"c", line(id="x" * 257)),
    ("too_deep", b"c", line(data={"product": "p", "x": json.loads("[" * 40 + "]" * 40)})),
    ("too_large", b"c", line(data={"product": "p", "x": "y" * 1_100_000})),
    ("key_mismatch", b"d", line()),
    ("key_mismatch", None, line()),
    ("no_contact", b"p", product()),
]
BAD_PRODUCTS: list[tuple[str, bytes | None, bytes | None]] = [
    ("no_product", b"c", line(data={})),
    ("null_value", b"p", None),
    ("missing_field", b"p", product(data={})),
    ("key_mismatch", b"q", product()),
]


def test_each_kind_of_bad_record_ends_among_the_dead_letters(install: Install) -> None:
    shop = install(rules=RULES, partitions=1)
    headers = [("trace", b"t-1"), ("trace", b"t-2")]
    records = [("events", b"c", line(id="first"), [])]
    for _, key, value in BAD_EVENTS:
        records.append(("events", key, value, headers))
    records += [("products", key, value, headers) for _, key, value in BAD_PRODUCTS]
    records += [("events", b"c", line(id=name), []) for name in ("second", "third")]
    shop.send(records)
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0

    assert [trigger["contact"] for trigger in shop.told()] == ["c"]
    letters = shop.read("dlq")
    for topic, bad in (("events", BAD_EVENTS), ("products", BAD_PRODUCTS)):
        got = [
            (dict(letter.headers)["streamseg.error.code"].decode(), letter.key, letter.value)
            for letter in letters
            if dict(letter.headers)["streamseg.error.topic"].decode() == shop.topic(topic)
        ]
        assert sorted(got, key=repr) == sorted(bad, key=repr)
    for letter in letters:
        assert [header for header in letter.headers if header[0] == "trace"] == headers
        names = {name for name, _ in letter.headers if name.startswith("streamseg.error.")}
        assert names == {
            f"streamseg.error.{part}"
            for part in ("topic", "partition", "offset", "code", "message")
        }


def test_a_record_that_is_no_signal_is_a_dead_letter_too(install: Install) -> None:
    shop = install(rules=RULES, partitions=1)
    shop.send([("signals", b"p", value, []) for value in (b"nonsense", None)])
    shop.send(("events", b"c", line(id=str(number)), []) for number in range(3))
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    assert len(shop.told()) == 1
    assert [letter.value for letter in shop.read("dlq")] == [b"nonsense", None]
