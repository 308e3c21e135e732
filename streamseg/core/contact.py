"""A contact's state, and the bytes in which it rests.

At rest: the next due instant (8 bytes, big-endian), one byte of flags, then a msgpack array of
``[layout, latest, ids, orders, features, slots, nexts, keyed, pending]``. Places in ``features``,
``slots``, ``nexts`` and ``keyed`` are those of the layout the state was written with.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, Final

import msgspec
import xxhash

from streamseg.core.errors import StateError
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER

MAX_IDS: Final = 64
HAS_KEYS: Final = 1

_HEAD: Final = Struct(">qB")
_HASH_BYTES: Final = 8
_KEPT_BYTES: Final = (MAX_IDS - 1) * _HASH_BYTES
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(strict=False).decode
_hash = xxhash.xxh3_64_digest
_due_of = Struct(">q").unpack_from

NEVER_DECIDED: Final = -FOREVER


class Contact:
    """What is remembered of a contact.

    ``latest``: the latest decided instant. ``ids``, ``orders``: hashes of 8 bytes of the last 64
    event ids and orders (XXH3-64; two of 64 ids are taken for one once in 10^17 events).
    ``slots``: memberships, see `membership`. ``nexts``: by segment the next instant at which time
    alone may change it; at -1-place that of an expiring feature. ``keyed``: by segment the keys.
    ``pending``: entries and exits that are decided and not yet told. ``due_at``: what ``due`` was
    when the contact was last scheduled.
    """

    __slots__ = (
        "due_at",
        "features",
        "id",
        "ids",
        "keyed",
        "latest",
        "nexts",
        "orders",
        "pending",
        "slots",
    )

    def __init__(self, id: str) -> None:
        self.id = id
        self.latest = NEVER_DECIDED
        self.ids = b""
        self.orders = b""
        self.features: dict[int, Any] = {}
        self.slots: dict[int, list[Any]] = {}
        self.nexts: dict[int, int] = {}
        self.keyed: dict[int, dict[str, Any]] = {}
        self.pending: list[list[Any]] = []
        self.due_at = FOREVER

    def due(self) -> int:
        """The next instant at which something is to be decided or told; FOREVER if none."""
        due = min(self.nexts.values()) if self.nexts else FOREVER
        if self.keyed:
            for keys in self.keyed.values():
                for key in keys.values():
                    if key[NEXT] < due:
                        due = key[NEXT]
        for entry in self.pending:
            if entry[0] < due:
                due = entry[0]
        return due

    def is_duplicate(self, event: Event) -> bool:
        """Whether an event's id, or the order it places, came before; it has from now on."""
        digest = None
        if event.id is not None:
            digest = _hash(event.id.encode())
            if _has(self.ids, digest):
                return True
        if event.type == "order_placed":
            order = _hash(event.data["order"].encode())
            if _has(self.orders, order):
                return True
            self.orders = self.orders[-_KEPT_BYTES:] + order
        if digest is not None:
            self.ids = self.ids[-_KEPT_BYTES:] + digest
        return False

    def encode(self, layout: int) -> bytes:
        """The bytes at rest."""
        return _HEAD.pack(self.due_at, HAS_KEYS if self.keyed else 0) + _encode(
            (
                layout,
                self.latest,
                self.ids,
                self.orders,
                self.features,
                self.slots,
                self.nexts,
                self.keyed,
                self.pending,
            )
        )

    @classmethod
    def decode(cls, id: str, value: bytes) -> tuple[Contact, int]:
        """The contact that ``encode`` wrote, and the layout it was written with."""
        contact = cls(id)
        contact.due_at = due_of(value)
        try:
            (
                layout,
                contact.latest,
                contact.ids,
                contact.orders,
                contact.features,
                contact.slots,
                contact.nexts,
                contact.keyed,
                contact.pending,
            ) = _decode(memoryview(value)[_HEAD.size :])
        except (msgspec.DecodeError, ValueError) as error:
            raise StateError(f"the state of a contact is damaged: {error}") from error
        return contact, layout


# A key of a parametric segment: [touched at, place in that event, features, slots, next].
TOUCHED, PLACE, FEATURES, SLOTS, NEXT = range(5)


def new_key() -> list[Any]:
    """The state of a key that was never touched."""
    return [NEVER_DECIDED, 0, {}, {}, FOREVER]


def due_of(value: bytes) -> int:
    """The next due instant of a contact at rest."""
    due: int = _due_of(value)[0]
    return due


def has_keys(value: bytes) -> bool:
    """Whether a contact at rest has keys of parametric segments."""
    return bool(value[8] & HAS_KEYS)


def _has(digests: bytes, digest: bytes) -> bool:
    place = digests.find(digest)
    while place > 0 and place % _HASH_BYTES:
        place = digests.find(digest, place + 1)
    return place >= 0
