"""The last 64 ids of a contact's events, so that a duplicate is recognised.

They are kept as bytes: first how many ids are in the former form, which did not tell types apart;
then a hash of 7 bytes for each id (of XXH3-64; it mistakes one event in 10^15 for a duplicate). The
bytes of an older version have no such count: their length is a multiple of 7.
"""

from __future__ import annotations

from typing import Final

import xxhash

REMEMBERED: Final = 64
HASH_BYTES: Final = 7
_NONE: Final = b"\0"  # the first byte where no id is in the former form
_FULL: Final = 1 + REMEMBERED * HASH_BYTES
_hash: Final = xxhash.xxh3_64_digest


def digest_of(name: str) -> bytes:
    """The hash of a name."""
    return _hash(name.encode())[:HASH_BYTES]


def has(digests: bytes, digest: bytes, first: int = 0) -> bool:
    """Whether a digest is among those that begin at ``first``."""
    place = digests.find(digest, first)
    while place > first and (place - first) % HASH_BYTES:
        place = digests.find(digest, place + 1)
    return place >= 0


def name_digest(kind: str, name: str) -> bytes:
    """The hash of an event's type and id."""
    return _hash(f"{kind}\0{name}".encode())[:HASH_BYTES]


def has_name(names: bytes, digest: bytes, name: str) -> bool:
    """Whether an event of this id and type came before; ``digest`` is their hash."""
    if not names:
        return False
    if len(names) % HASH_BYTES == 0:
        return has(names, digest_of(name))
    if has(names, digest, 1):
        return True
    former = names[0]
    return former > 0 and has(names[: 1 + former * HASH_BYTES], digest_of(name), 1)


def with_name(names: bytes, digest: bytes) -> bytes:
    """The names with one more; if there are more than 64, the first is dropped."""
    length = len(names)
    if not length:  # of a new contact; to make the head anew took 630 instructions
        return _NONE + digest
    if length == _FULL and names[:1] == _NONE:
        return _NONE + names[1 + HASH_BYTES :] + digest
    if length % HASH_BYTES == 0:
        names = bytes((len(names) // HASH_BYTES,)) + names
    if length > _FULL:  # of two contacts who were merged: back to 64 with the next 64
        names = _without_first(names)
    if len(names) < REMEMBERED * HASH_BYTES:
        return names + digest
    return _without_first(names) + digest


def _without_first(names: bytes) -> bytes:
    former = names[0]
    head = bytes((former - 1,)) if former else _NONE
    return head + names[1 + HASH_BYTES :]


def joined_names(first: bytes, second: bytes) -> bytes:
    """The names of two contacts, the last 64 of each."""
    one, other = _with_head(first), _with_head(second)
    former, of_other = one[0] * HASH_BYTES + 1, other[0] * HASH_BYTES + 1
    head = bytes((one[0] + other[0],))
    names = head + one[1:former] + other[1:of_other] + one[former:] + other[of_other:]
    while len(names) > 2 * _FULL - 1:
        names = _without_first(names)
    return names if len(names) > 1 else b""


def _with_head(names: bytes) -> bytes:
    return names if len(names) % HASH_BYTES else bytes((len(names) // HASH_BYTES,)) + names


def with_digest(digests: bytes, digest: bytes) -> bytes:
    """Digests with one more; if there are more than 64, the first is dropped."""
    length = len(digests)
    if length > REMEMBERED * HASH_BYTES:  # of two contacts who were merged
        return digests[2 * HASH_BYTES :] + digest
    return digests[-(REMEMBERED - 1) * HASH_BYTES :] + digest


def joined_digests(first: bytes, second: bytes) -> bytes:
    """The digests of two contacts, the last 64 of each."""
    return (first + second)[-2 * REMEMBERED * HASH_BYTES :]
