"""Who is whom: ids that lead to another contact, and the contact that they lead to.

A ──> K        A is a stub; K, the keeper, has A among its ``ids``
"""

from __future__ import annotations

from typing import Final

import msgspec

from streamseg.core.mail import Mail, Merge
from streamseg.core.zones import DAY_MS

MAX_IDS: Final = 256  # that lead to one contact
MAX_STUBS: Final = 8  # of one id that one keeper after the other took over
FORGOTTEN_AFTER_MS: Final = 400 * DAY_MS  # unused: no browser keeps a cookie for longer


class Links(msgspec.Struct, array_like=True):
    """Of one id: ``stubs``, the merges that took it elsewhere, of which the last counts; ``ids``,
    who led to it, by which merge; ``used_at``, when it last led something on, to the day.
    """

    stubs: list[Merge] = []
    ids: dict[str, Merge] = {}
    used_at: int = 0

    @property
    def leads_to(self) -> str | None:
        """To whom it leads; None where it is no stub."""
        return self.stubs[-1].into if self.stubs else None

    def led_to(self, at: int) -> str | None:
        """To whom it led at an instant, as far as is remembered; None where it was no stub."""
        return next((one.into for one in reversed(self.stubs) if one.at <= at), None)

    @property
    def is_needless(self) -> bool:
        """Whether there is nothing to remember."""
        return not self.stubs and not self.ids

    def point(self, merge: Merge) -> None:
        """Lead to whom a merge says, from now on."""
        self.stubs = [*self.stubs, merge][-MAX_STUBS:]

    def joined(self, other: Links) -> Links:
        """What two partitions know of one id."""
        stubs = sorted({*self.stubs, *other.stubs})
        return Links(stubs, {**self.ids, **other.ids}, max(self.used_at, other.used_at))

    def is_forgotten(self, now: int) -> bool:
        """Whether it is a stub that nothing used for so long."""
        return bool(self.stubs) and now - self.used_at > FORGOTTEN_AFTER_MS

    def encode(self) -> bytes:
        """The bytes at rest."""
        return _encode(self)


def decode_links(raw: bytes, value: bytes) -> Links:
    """What ``Links.encode`` wrote."""
    return _decode(value)


def lead_on(links: Links, contact: str, mail: Mail) -> bool:
    """Have mail that came to a stub go on to where that leads; False where it has undone the stub.

    Mail that comes by an id in its own ``via`` has found a circle. Of its stubs the one that the
    latest merge made goes: as if merges were decided in order of their times, and the one that
    would close the circle did nothing. `tests/property/merge_model.py` tries this by itself.
    """
    ids = [merge.source for merge in mail.via]
    if mail.undo is None and contact in ids:
        mail.undo = max(mail.via[ids.index(contact) :])
    if mail.undo is not None and mail.undo.source == contact:
        undone = mail.undo
        mail.undo, mail.via = None, []
        if undone in links.stubs:
            links.stubs = [merge for merge in links.stubs if merge != undone]
            return False
    stub = links.stubs[-1]
    if mail.undo is None:
        mail.via = [*mail.via, stub]
    mail.to = stub.into
    return True


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Links).decode
