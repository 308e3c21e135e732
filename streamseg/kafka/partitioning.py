"""Which partition a key belongs to, as Kafka's own clients have it.

The murmur2 hash of the Java client's default partitioner, without its sign, modulo the number of
partitions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

_KEYS_REMEMBERED: Final = 1 << 17


def partition_of(key: bytes, count: int) -> int:
    """The partition of a key in a topic of ``count`` partitions."""
    return _hash(key) % count


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _hash(key: bytes) -> int:
    # The hash is written in Python and costs more than all the rest of a record.
    return int(murmur2(key)) & 0x7FFFFFFF
