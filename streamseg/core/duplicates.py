"""What a contact's events were called: the last 64 of them, so that none counts twice.

Kept as one run of bytes: how many of the names are of the former kind, which did not tell types
apart, then hashes of 7 bytes (of XXH3-64; two of 64 are taken for one once in 10^15 events). What
was written before has no such count, and its length is a multiple of 7.
"""

from __future__ import annotations

from typing import Final

import xxhash

REMEMBERED: Final = 64
HASH_BYTES: Final = 7
_hash: Final = xxhash.xxh3_64_digest


def digest_of(name: str) -> bytes:
    """What is kept of a name."""
    return _hash(name.encode())[:HASH_BYTES]


def has(digests: bytes, digest: bytes, first: int = 0) -> bool:
    """Whether a digest is among those that begin at ``first``."""
    place = digests.find(digest, first)
    while place > first and (place - first) % HASH_BYTES:
        place = digests.find(digest, place + 1)
    return place >= 0


def has_name(names: bytes, kind: str, name: str) -> bool:
    """Whether an event of this type and id came before."""
    if not names:
        return False
    if len(names) % HASH_BYTES == 0:
        return has(names, digest_of(name))
    if has(names, digest_of(f"{kind}\0{name}"), 1):
        return True
    former = names[0]
    return former > 0 and has(names[: 1 + former * HASH_BYTES], digest_of(name), 1)


def with_name(names: bytes, kind: str, name: str) -> bytes:
    """The names with one more; beyond 64 the first leaves."""
    if len(names) % HASH_BYTES:
        former, kept = names[0], names[1:]
    else:
        former, kept = len(names) // HASH_BYTES, names
    if len(kept) >= REMEMBERED * HASH_BYTES:
        kept = kept[HASH_BYTES:]
        former = max(0, former - 1)
    return bytes((former,)) + kept + digest_of(f"{kind}\0{name}")


def with_digest(digests: bytes, digest: bytes) -> bytes:
    """Digests with one more; beyond 64 the first leaves."""
    return digests[-(REMEMBERED - 1) * HASH_BYTES :] + digest
