"""Which partition a key belongs to, as Kafka's own clients have it.

The murmur2 hash of the Java client's default partitioner, without its sign, modulo the number of
partitions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from streamseg.core.errors import Refused
from streamseg.kafka.murmur2 import murmur2

_KEYS_REMEMBERED: Final = 1 << 17

_hash: Final = lru_cache(_KEYS_REMEMBERED)(murmur2)


def partition_of(key: bytes, count: int) -> int:
    """The partition of a key in a topic of ``count`` partitions."""
    return _hash(key) % count


def check_partition(key: bytes, partition: int, count: int) -> None:
    """Raises Refused where a record with this key belongs in another partition than it is in."""
    right = _hash(key) % count
    if right != partition:
        raise Refused(
            "wrong_partition",
            f"the record's key belongs in partition {right} of {count}, where Kafka's own "
            "partitioner (murmur2) puts it, and not in this one",
        )
