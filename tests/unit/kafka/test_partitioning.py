"""A key's partition is the one that Kafka's own clients choose."""

from __future__ import annotations

import random

import pytest
from aiokafka.partitioner import murmur2 as of_aiokafka

from streamseg.core.errors import Refused
from streamseg.kafka.murmur2 import murmur2
from streamseg.kafka.partitioning import check_partition, partition_of

# The vectors of Apache Kafka's own tests (org.apache.kafka.common.utils.UtilsTest), with the sign.
VECTORS = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hashed"), VECTORS.items())
def test_the_hash_is_kafka_s(key: bytes, hashed: int) -> None:
    assert murmur2(key) == hashed & 0x7FFFFFFF


def test_the_hash_is_that_of_another_implementation_for_all_bytes() -> None:
    rng = random.Random(0)
    for length in (*range(20), 255, 256, 1000):
        for _ in range(50):
            key = rng.randbytes(length)
            assert murmur2(key) == of_aiokafka(key) & 0x7FFFFFFF


@pytest.mark.parametrize("count", [1, 2, 6, 12, 1000])
def test_only_one_partition_is_right(count: int) -> None:
    for number in range(50):
        key = f"c-{number}".encode()
        right = partition_of(key, count)
        assert right == (of_aiokafka(key) & 0x7FFFFFFF) % count
        check_partition(key, right, count)
        for wrong in {0, 1, count - 1} - {right}:
            with pytest.raises(Refused, match=f"partition {right} of {count}") as refused:
                check_partition(key, wrong, count)
            assert refused.value.code == "wrong_partition"
