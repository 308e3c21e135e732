"""Graves: which contacts were erased, and until when. Ids are kept as keyed pseudonyms.

Events of an erased contact from before the erasure are dropped. Without that, an event that is late
or read again would bring back somebody who asked to be forgotten.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import blake2b
from typing import Final

import msgspec

from streamseg.core.store import Store

PREFIX: Final = b"g"
REMEMBERED_MS: Final = 30 * 86_400_000
MAX_FORMER: Final = 64  # erasures of one contact before its last one
_HASH_BYTES: Final = 20


def pseudonym(contact: str, key: bytes) -> str:
    """`~` and 32 letters: base32 of the BLAKE2b-160 of an id, with a key of up to 64 bytes."""
    raw = contact.encode("utf-8", "surrogatepass")  # a URL may contain what no id does
    digest = blake2b(raw, digest_size=_HASH_BYTES, key=key).digest()
    return "~" + b32encode(digest).decode().lower()


class Erasure(msgspec.Struct, frozen=True, array_like=True, order=True):
    """An erasure of everything up to ``at``, as the event ``name`` asked."""

    at: int
    name: str


class Grave(msgspec.Struct, array_like=True):
    """The last erasure of a contact: of everything up to ``at``, as the event ``name`` asked.

    ``removed`` counts what was removed, by kind. ``asked``: the ids that led to the contact and
    were asked to be erased; ``answered``: those of them that have been. ``former`` are the erasures
    before the last one, in order.
    """

    at: int
    name: str
    removed: dict[str, int] = {}
    asked: int = 0
    answered: int = 0
    former: list[Erasure] = []

    def note(self, erasure: Erasure, since: int) -> None:
        """Note another erasure, and forget those from before ``since``."""
        known = {one.at: one for one in (*self.former, Erasure(self.at, self.name))}
        *former, last = sorted((known | {erasure.at: erasure}).values())
        self.at, self.name = last.at, last.name
        self.former = [one for one in former if one.at >= since][-MAX_FORMER:]

    def first_from(self, at: int) -> Erasure:
        """The first erasure that is not before an instant; if all are before it, the last one."""
        later = (one for one in self.former if one.at >= at)
        return next(later, Erasure(self.at, self.name))

    def encode(self) -> bytes:
        """The bytes at rest."""
        return _encode(self)


def decode_grave(raw: bytes, value: bytes) -> Grave:
    """What ``Grave.encode`` wrote."""
    return _decode(value)


class Graves:
    """Graves by pseudonym, made with ``key``; a grave is kept for ``remember`` ms: as long as
    what is older may come again."""

    def __init__(self, key: bytes, remember: int = REMEMBERED_MS) -> None:
        self.store: Store[Grave] = Store(PREFIX, decode_grave, Grave.encode)
        self.key = key
        self.remember = remember

    def name_of(self, contact: str) -> str:
        """The pseudonym of a contact."""
        return pseudonym(contact, self.key)

    def of(self, contact: str, now: int) -> Grave | None:
        """A contact's grave; None if there is none, or its time is over."""
        if not self.store.is_used:
            return None
        name = self.name_of(contact)
        grave = self.store.get(name)
        if grave is not None and now - grave.at > self.remember:
            self.store.remove(name)
            return None
        return grave

    def forget_old(self, now: int) -> None:
        """Remove the graves whose time is over."""
        for raw, value in list(self.store.resting.items()):
            if now - _decode(value).at > self.remember:
                self.store.remove(raw.decode())

    def covers(self, contact: str, time: int, now: int) -> bool:
        """Whether an erasure covers an event of a contact at ``time``."""
        if not self.store.is_used:
            return False
        grave = self.of(contact, now)
        return grave is not None and time <= grave.at

    def dig(self, contact: str, at: int, name: str, now: int) -> Grave:
        """Note that a contact is erased."""
        grave = self.of(contact, now)
        if grave is None:
            grave = Grave(at, name)
            self.store.add(self.name_of(contact), grave)
        grave.note(Erasure(at, name), now - self.remember)
        return grave


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Grave).decode
