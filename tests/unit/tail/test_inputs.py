"""An event as `tail --json` writes it is what a worker took, with its arrival."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.errors import Refused
from streamseg.formats.canonical import decode
from streamseg.kafka.partitioning import partition_of
from streamseg.tail.inputs import InputForm
from streamseg.tail.reading import Record

EVENTS = InputForm(of_products=False, any_partition=False)
PRODUCTS = InputForm(of_products=True, any_partition=False)
ARRIVED_MS = 1_795_255_200_000
ARRIVED = "2026-11-21T10:00:00.000Z"
PLACE = partition_of(b"ann", 8)


def record(value: bytes | None, key: bytes = b"ann", partition: int = PLACE) -> Record:
    return Record("t", partition, 7, ARRIVED_MS, key, value, (), 8)


def event(**changes: Any) -> bytes:
    whole = {"type": "x", "contact": "ann", "time": "2026-11-21T09:00:00Z", **changes}
    return json.dumps(whole).encode()


def test_the_time_of_the_record_is_when_it_was_received() -> None:
    line = EVENTS.json(record(event()))
    assert json.loads(line) == {**json.loads(event()), "received": ARRIVED}
    assert decode(line).arrival == ARRIVED_MS


@pytest.mark.parametrize(
    ("own", "received"),
    [
        ("2026-11-21T09:59:59Z", "2026-11-21T09:59:59.000Z"),
        (ARRIVED_MS - 1, "2026-11-21T09:59:59.999Z"),
        ("2026-11-21T10:00:01Z", ARRIVED),
        (None, ARRIVED),
    ],
)
def test_what_the_event_says_counts_where_it_is_earlier(own: object, received: str) -> None:
    assert json.loads(EVENTS.json(record(event(received=own))))["received"] == received


def test_a_clock_that_is_ahead_is_left_to_the_replay() -> None:
    line = EVENTS.json(record(event(time="2027-01-01T00:00:00Z")))
    assert json.loads(line)["time"] == "2027-01-01T00:00:00Z"


def test_numbers_and_texts_stay_as_they_are_written() -> None:
    value = (
        b'{ "type": "x",\r\n "contact": "ann", "time": 1795255200000,\n'
        b' "data": {"n": 1.10, "big": 12345678901234567890.123456789, "t": "a\\nb"}}'
    )
    line = EVENTS.json(record(value))
    assert b"\n" not in line
    assert b"\r" not in line
    assert b'"n": 1.10' in line
    assert b"12345678901234567890.123456789" in line
    assert json.loads(line)["data"]["t"] == "a\nb"


def test_a_product_is_written_in_the_same_way() -> None:
    value = b'{"type":"stock_changed","product":"p","time":1795255200000,"data":{"quantity":0}}'
    line = PRODUCTS.json(record(value, b"p", partition_of(b"p", 8)))
    assert json.loads(line) == {**json.loads(value), "received": ARRIVED}


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (record(b"{"), "not_json"),
        (record(None), "null_value"),
        (record(event(), key=b"bob"), "key_mismatch"),
        (record(event(), partition=(PLACE + 1) % 8), "wrong_partition"),
    ],
)
def test_what_a_worker_refuses_a_replay_refuses_too(one: Record, code: str) -> None:
    line = EVENTS.json(one)
    told = json.loads(line)
    assert (told["refused"], told["partition"], told["offset"]) == (code, one.partition, 7)
    with pytest.raises(Refused):
        decode(line)
    assert code in EVENTS.text(one).plain


def test_any_partition_is_right_where_a_worker_is_told_so() -> None:
    form = InputForm(of_products=False, any_partition=True)
    assert b'"received"' in form.json(record(event(), partition=(PLACE + 1) % 8))


def test_people_read_when_what_and_who() -> None:
    line = EVENTS.text(record(event(data={"query": "hat"}))).plain
    assert line.split() == ["2026-11-21", "09:00:00.000", "x", "ann", '{"query":"hat"}']
