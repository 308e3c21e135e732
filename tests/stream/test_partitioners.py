"""Two senders with different partitioners do not split a contact in silence."""

from __future__ import annotations

import asyncio
from zlib import crc32

import pytest
from aiokafka import AIOKafkaProducer

from streamseg.kafka.partitioning import partition_of

from .conftest import Install
from .installation import Installation
from .test_dead_letters import RULES, line, product
from .test_dlq_command import dlq, listed

pytestmark = pytest.mark.stream

PARTITIONS = 4
CONTACTS = [f"c-{number}" for number in range(40)]
# librdkafka's own choice, unless it is told to take murmur2.
MOVED = [
    name
    for name in CONTACTS
    if crc32(name.encode()) % PARTITIONS != partition_of(name.encode(), PARTITIONS)
]


def send_by_crc32(shop: Installation, topic: str, records: list[tuple[str, bytes]]) -> None:
    """Send as librdkafka does by default."""

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=shop.bootstrap) as producer:
            count = len(await producer.partitions_for(topic))
            for owner, value in records:
                key = owner.encode()
                place = crc32(key) % count
                await producer.send_and_wait(topic, value, key=key, partition=place)

    asyncio.run(send())


def views(name: str) -> list[tuple[str, bytes]]:
    return [(contact, line(id=name, contact=contact)) for contact in CONTACTS]


def install_split(install: Install) -> Installation:
    """Each contact has two views by one sender and one by the other."""
    shop = install(rules=RULES, partitions=PARTITIONS)
    assert 0 < len(MOVED) < len(CONTACTS)
    for name in ("first", "second"):
        shop.send(("events", contact.encode(), value, []) for contact, value in views(name))
    send_by_crc32(shop, shop.topic("events"), views("third"))
    return shop


def test_what_is_in_a_wrong_partition_is_a_dead_letter_and_can_be_moved(install: Install) -> None:
    shop = install_split(install)
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    assert {one["contact"] for one in shop.told()} == set(CONTACTS) - set(MOVED)
    letters = listed(shop, "--code=wrong_partition")
    assert sorted(letter["key"] for letter in letters) == sorted(MOVED)

    dlq(shop, "resend", "--code=wrong_partition", "--rekey")
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    assert sorted(one["contact"] for one in shop.told()) == sorted(CONTACTS)
    assert len(listed(shop)) == len(MOVED), "none was refused again"


def test_with_any_partitioner_all_are_taken_where_they_are(install: Install) -> None:
    shop = install_split(install)
    worker = shop.worker(partitioner="any")
    shop.wait_drained()
    assert worker.stop() == 0
    assert not shop.read("dlq")
    assert {one["contact"] for one in shop.told()} == set(CONTACTS) - set(MOVED)


def test_products_are_looked_at_too(install: Install) -> None:
    shop = install(rules=RULES, partitions=PARTITIONS)
    count = shop.counts["products"]
    names = [f"p-{number}" for number in range(40)]
    send_by_crc32(shop, shop.topic("products"), [(name, product(product=name)) for name in names])
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    moved = [
        name for name in names if crc32(name.encode()) % count != partition_of(name.encode(), count)
    ]
    assert moved
    letters = listed(shop, "--code=wrong_partition")
    assert sorted(letter["key"] for letter in letters) == sorted(moved)
