"""The bytes of a contact at rest, and what can be read of them without decoding the whole.

The next due instant (6 bytes, big-endian), one byte that tells whether there are keys (1) and
whether anchors are short (2, see `short_anchors`), and the fields of `at_rest` as a msgpack array.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import msgspec

from streamseg.core.contacts.at_rest import FEW, KeysAtRest, LayoutAtRest
from streamseg.core.features.base import FOREVER

_DUE_BYTES: Final = 6  # ms until the year 6429
BUCKET_BITS: Final = 16  # 65.5 s
_BUCKET_BYTES: Final = _DUE_BYTES - BUCKET_BITS // 8
_HEAD_BYTES: Final = _DUE_BYTES + 1
_HAS_KEYS: Final = 1
_HAS_SHORT_ANCHORS: Final = 2
_FEW_FIELDS: Final = 0x90 | FEW
_ALL_FIELDS: Final = 0x90 | 15  # begins an array of so many, see `at_rest`
_NO_DUE: Final = (1 << 8 * _DUE_BYTES - 1) - 1
LATEST_DUE: Final = _NO_DUE - (1 << BUCKET_BITS)  # later due instants are written as this one

_decode_layout: Final = msgspec.msgpack.Decoder(LayoutAtRest).decode
_decode_keys: Final = msgspec.msgpack.Decoder(KeysAtRest).decode


def due_of(value: bytes) -> int:
    """The next due instant of a contact at rest."""
    # Byte by byte: as it is looked at for each timer, `int.from_bytes` was 1 % of the engine.
    due = value[0] << 40 | value[1] << 32 | value[2] << 24 | value[3] << 16 | value[4] << 8
    due |= value[5]
    if due == _NO_DUE:
        return FOREVER
    return due - (1 << 8 * _DUE_BYTES) if due > _NO_DUE else due


def rested(due: int, has_keys: bool, has_short_anchors: bool, body: bytes) -> bytes:
    """The bytes of a contact at rest: the head, then the fields in ``body``."""
    head = min(due, _NO_DUE) << 8 | has_keys | has_short_anchors << 1
    return head.to_bytes(_HEAD_BYTES, "big", signed=True) + body


def body_of(value: bytes) -> bytes:
    """The fields of a contact at rest, encoded as in `at_rest`."""
    return value[_HEAD_BYTES:]


def has_short_anchors(value: bytes) -> bool:
    """Whether anchors of a contact at rest are short."""
    return bool(value[_DUE_BYTES] & _HAS_SHORT_ANCHORS)


def has_few_fields(value: bytes) -> bool:
    """Whether a contact at rest has only the fields that each one has."""
    return value[_HEAD_BYTES] == _FEW_FIELDS


def has_all_fields(value: bytes) -> bool:
    """Whether a contact at rest has all fields, so that triggers may wait for a policy."""
    return value[_HEAD_BYTES] == _ALL_FIELDS


def layout_of(value: bytes) -> int:
    """The layout of a contact at rest: the first field of the array."""
    number = value[_HEAD_BYTES + 1]
    return number if number < 128 else _decode_layout(value[_HEAD_BYTES:]).layout


def by_due(resting: Mapping[bytes, bytes]) -> dict[int, list[bytes]]:
    """The contacts at rest that have a due instant, by that instant >> BUCKET_BITS."""
    buckets: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for raw, value in resting.items():
        buckets[value[:_BUCKET_BYTES]].append(raw)
    buckets.pop(_NO_DUE.to_bytes(_DUE_BYTES, "big")[:_BUCKET_BYTES], None)
    return {int.from_bytes(head, "big", signed=True): raws for head, raws in buckets.items()}


def keys_of(value: bytes, layout: int) -> dict[int, dict[str, msgspec.Raw]]:
    """The keys of a contact at rest, by key group; empty where it rests under another layout."""
    if not value[_DUE_BYTES] & _HAS_KEYS:
        return {}
    keys = _decode_keys(value[_HEAD_BYTES:])
    return keys.keys if keys.layout == layout else {}
