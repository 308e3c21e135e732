"""Whatever is sent to a real worker: it lives, and each record is applied or a dead letter.

TEST_RAW_RECORDS (3000) says how many records; `make fuzz` sends 200,000.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streamseg.core.errors import Refused, StateError
from streamseg.formats.canonical import decode_event, decode_product
from streamseg.formats.signals import decode_change, decode_signal
from tests.property.raw_records import START_MS, Raw, raw_record

from .conftest import Install

pytestmark = pytest.mark.stream

COUNT = int(os.environ.get("TEST_RAW_RECORDS", "3000"))
SEED = int(os.environ.get("STREAMSEG_RAW_SEED", "1"))
CHUNK = 20_000
WITNESS_EVERY = 100
SIGNAL_EVERY = 50
RULES = (Path(__file__).parents[1] / "property" / "all_kinds.yaml").read_text("utf-8")
RULES += "  - {name: witness, on: witness}\n"
DECODERS: dict[str, Callable[[Raw], Any]] = {
    "events": lambda record: decode_event(record.value, record.key),
    "products": lambda record: decode_product(record.value, record.key),
    "signals": lambda record: decode_change(record.value),
}


def sent() -> Iterator[Raw]:
    """Records of all sorts, signals that are none, and healthy events in between."""
    rng = random.Random(SEED)
    time = START_MS
    for number in range(COUNT):
        time += rng.choice([0, 1, 1_000, 60_000])
        if number % WITNESS_EVERY == 0:
            name = f"w{number}"
            event = {"id": name, "type": "witness", "contact": name, "time": time}
            yield Raw("events", name.encode(), json.dumps(event).encode())
        elif number % SIGNAL_EVERY == 0:
            noise = raw_record(rng, time)._replace(topic="signals")
            if not is_of_newer_version(noise):
                yield noise
        else:
            yield raw_record(rng, time)


def is_of_newer_version(signal: Raw) -> bool:
    """Whether it is a signal of an unknown type: such a one stops a worker, as it should."""
    try:
        decode_signal(signal.value)
    except StateError:
        return True
    except Refused:
        return False
    return False


def refusal(record: Raw) -> str | None:
    try:
        DECODERS[record.topic](record)
    except Refused as refused:
        return refused.code
    return None


def test_a_worker_applies_or_refuses_each_record(install: Install) -> None:
    shop = install(rules=RULES, partitions=2)
    worker = shop.worker()
    expected: Counter[tuple[str, bytes | None, bytes | None, str]] = Counter()
    chunk: list[tuple[str, bytes | None, Any, list[tuple[str, bytes]]]] = []
    for record in sent():
        code = refusal(record)
        if code is not None:
            expected[shop.topic(record.topic), record.key, record.value, code] += 1
        chunk.append((record.topic, record.key, record.value, []))
        if len(chunk) == CHUNK:
            shop.send(chunk)
            chunk = []
    shop.send(chunk)
    shop.wait_drained(60 + COUNT / 500)
    assert worker.stop() == 0, worker.log
    assert "Traceback" not in worker.log
    witnesses = {told["contact"] for told in shop.told() if told.get("segment") == "witness"}
    assert witnesses == {f"w{number}" for number in range(0, COUNT, WITNESS_EVERY)}
    letters: Counter[tuple[str, bytes | None, bytes | None, str]] = Counter()
    for letter in shop.read("dlq"):
        headers = {name: value.decode() for name, value in letter.headers}
        place, code = headers["streamseg.error.topic"], headers["streamseg.error.code"]
        letters[place, letter.key, letter.value, code] += 1
    assert letters == expected
    codes = Counter({code: 0 for *_, code in letters})
    for (*_, code), count in letters.items():
        codes[code] += count
    print(f"{COUNT} records, {letters.total()} dead letters: {dict(codes)}")  # noqa: T201
