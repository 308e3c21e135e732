"""`streamseg produce`, `simulate --bootstrap` and `tail` on a real broker."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections import defaultdict
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from streamseg.core.values.timestamps import parse_time
from streamseg.simulate import ShopPlan, encode_line, simulate
from streamseg.topics import load_catalogue
from streamseg.topics.cluster import ensure_topics

pytestmark = pytest.mark.stream

PARTITIONS = {"events": 8, "products": 4, "dlq": 1}


@pytest.fixture
def prefix(kafka: str) -> str:
    """What the names of this test's own topics start with; the topics are there."""
    name = f"t{uuid.uuid4().hex[:10]}."
    asyncio.run(ensure_topics({"bootstrap_servers": kafka}, load_catalogue(name)))
    return name


@pytest.fixture
def environment(kafka: str, prefix: str) -> dict[str, str]:
    return {**os.environ, "STREAMSEG_BOOTSTRAP": kafka, "STREAMSEG_TOPIC_PREFIX": prefix}


def streamseg(
    environment: dict[str, str], *arguments: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "streamseg", *arguments],
        env=environment,
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


async def _read_all(bootstrap: str, topic: str, partitions: int) -> list[ConsumerRecord]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        assigned = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(assigned)
        ends = await consumer.end_offsets(assigned)
        records: list[ConsumerRecord] = []
        while len(records) < sum(ends.values()):
            for part in (await consumer.getmany(timeout_ms=1000)).values():
                records += part
        return records
    finally:
        await consumer.stop()


def read_all(bootstrap: str, prefix: str, short: str) -> list[ConsumerRecord]:
    """All records of a topic, each partition in its order."""
    return asyncio.run(_read_all(bootstrap, prefix + short, PARTITIONS[short]))


def partition_of_any_client(key: bytes, partitions: int) -> int:
    every = list(range(partitions))
    return int(DefaultPartitioner()(key, every, every))


def test_produce_puts_every_event_where_its_owner_belongs(
    kafka: str, prefix: str, environment: dict[str, str], tmp_path: Path
) -> None:
    shop = list(simulate(ShopPlan(seed=3, contacts=300), events=8_000))
    file = tmp_path / "shop.ndjson"
    file.write_bytes(b"".join(map(encode_line, shop)))

    done = streamseg(environment, "produce", str(file))

    assert done.returncode == 0, done.stderr
    for short, owner in (("events", "contact"), ("products", "product")):
        sent: defaultdict[str, list[str]] = defaultdict(list)
        for event in shop:
            if owner in event:
                sent[event[owner]].append(event["id"])
        found: defaultdict[str, list[str]] = defaultdict(list)
        for record in read_all(kafka, prefix, short):
            event = json.loads(record.value)
            assert record.key == event[owner].encode()
            assert record.partition == partition_of_any_client(record.key, PARTITIONS[short])
            found[event[owner]].append(event["id"])
        assert found == sent


def test_lines_without_an_owner_are_kept_and_told(
    kafka: str, prefix: str, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "mixed.ndjson"
    file.write_bytes(
        b'{"type":"searched","contact":"c-1","time":"yesterday"}\n'
        b"\n"
        b"id;type;contact\n"
        b'{"type":"searched"}'
    )

    done = streamseg(environment, "produce", "--strict", str(file))

    assert done.returncode == 1
    said = done.stderr.decode()
    assert f"{file}:3: not_json: " in said
    assert f"{file}:4: no_contact: " in said
    assert "sent 1 records" in said
    assert "refused 2: no_contact 1, not_json 1" in said
    assert [r.key for r in read_all(kafka, prefix, "events")] == [b"c-1"]
    kept = read_all(kafka, prefix, "dlq")
    assert [record.value for record in kept] == [b"id;type;contact", b'{"type":"searched"}']

    shown = streamseg(environment, "tail", "dlq", "--from-beginning", "--max=2", "--json")
    letters = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [(letter["file"], letter["line"], letter["code"]) for letter in letters] == [
        (str(file), 3, "not_json"),
        (str(file), 4, "no_contact"),
    ]


def test_a_refused_line_is_no_failure_unless_strict(environment: dict[str, str]) -> None:
    assert streamseg(environment, "produce", "-", stdin=b"nonsense\n").returncode == 0


def test_the_rate_is_kept(environment: dict[str, str]) -> None:
    line = b'{"type":"searched","contact":"c-1","time":"2026-11-21T10:00:00Z"}\n'
    done = streamseg(environment, "produce", "--rate=100", "-", stdin=line * 150)
    seconds = float(done.stderr.split(b" in ")[1].split()[0])
    assert 1.4 <= seconds < 10


def test_a_topic_that_is_missing_is_named_with_the_way_out(environment: dict[str, str]) -> None:
    elsewhere = {**environment, "STREAMSEG_TOPIC_PREFIX": "nowhere."}
    for command in (("produce", "-"), ("tail", "triggers"), ("simulate", "--live")):
        done = streamseg(elsewhere, *command)
        assert done.returncode == 1
        assert b"nowhere." in done.stderr
        assert b"streamseg topics apply" in done.stderr
        assert b"Traceback" not in done.stderr


def test_a_live_shop_tells_each_event_when_it_happens(
    kafka: str, prefix: str, environment: dict[str, str]
) -> None:
    options = ["--rate=50", "--seconds=3", "--contacts=50", "--products=10", "--think=0.2"]
    done = streamseg(environment, "simulate", f"--bootstrap={kafka}", *options)
    assert done.returncode == 0, done.stderr
    records = [
        *read_all(kafka, prefix, "events"),
        *read_all(kafka, prefix, "products"),
    ]
    assert f"sent {len(records)} records" in done.stderr.decode()
    for record in records:
        # Kafka stamped the record when it was sent: never before its time, and soon after.
        late_ms = record.timestamp - parse_time(json.loads(record.value)["time"])
        assert 0 <= late_ms < 2_000


async def _one_committed_one_aborted(bootstrap: str, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=topic)
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(topic, b'{"segment":"committed"}')
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b'{"segment":"aborted"}')
        await producer.abort_transaction()
    finally:
        await producer.stop()


def test_tail_shows_what_is_committed_and_nothing_else(
    kafka: str, prefix: str, environment: dict[str, str]
) -> None:
    asyncio.run(_one_committed_one_aborted(kafka, f"{prefix}triggers"))
    shown = streamseg(environment, "tail", "--from-beginning", "--until-idle=2", "--json")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == b'{"segment":"committed"}\n'


def test_tail_begins_at_the_end_unless_told_otherwise(
    kafka: str, prefix: str, environment: dict[str, str]
) -> None:
    asyncio.run(_one_committed_one_aborted(kafka, f"{prefix}triggers"))
    shown = streamseg(environment, "tail", "--until-idle=1", "--json")
    assert (shown.returncode, shown.stdout) == (0, b"")


def test_tail_ends_with_its_reader(kafka: str, prefix: str, environment: dict[str, str]) -> None:
    asyncio.run(_one_committed_one_aborted(kafka, f"{prefix}triggers"))
    tail = subprocess.Popen(
        [sys.executable, "-m", "streamseg", "tail", "--from-beginning", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with tail:
        assert tail.stdout is not None
        assert tail.stderr is not None
        assert tail.stdout.readline() == b'{"segment":"committed"}\n'
        tail.stdout.close()
        assert tail.wait(timeout=10) == 0
        assert tail.stderr.read() == b""


async def _send(bootstrap: str, topic: str, messages: list[dict[str, str]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for message in messages:
            value = json.dumps(message).encode()
            await producer.send_and_wait(topic, value, key=message["contact"].encode())
    finally:
        await producer.stop()


def test_tail_follows_one_contact_and_segment(
    kafka: str, prefix: str, environment: dict[str, str]
) -> None:
    pairs = [("ann", "cart"), ("bob", "cart"), ("ann", "quiet"), ("ann", "cart")]
    messages = [{"contact": one, "segment": other} for one, other in pairs]
    asyncio.run(_send(kafka, f"{prefix}triggers", messages))

    def shown(*options: str) -> list[dict[str, str]]:
        done = streamseg(environment, "tail", "--from-beginning", "--json", *options)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    hers = [message for message in messages if message["contact"] == "ann"]
    assert sorted(map(str, shown("--until-idle=2", "--contact=ann"))) == sorted(map(str, hers))
    # --max counts what is shown.
    assert shown("--max=2", "--contact=ann", "--segment=cart") == [messages[0], messages[3]]
