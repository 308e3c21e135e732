"""Links between ids: a stub leads to its keeper, and the keeper knows its stubs.

A ──> K        A is a stub; K, the keeper, has A among its ``ids``
"""

from __future__ import annotations

from typing import Final

import msgspec

from streamseg.core.identity.mail import Mail, Merge
from streamseg.core.values.zones import DAY_MS

MAX_IDS: Final = 256  # that lead to one contact
MAX_STUBS: Final = 8  # merges of one id that are remembered
FORGOTTEN_AFTER_MS: Final = 400 * DAY_MS  # unused: no browser keeps a cookie for longer


class Links(msgspec.Struct, array_like=True):
    """The links of one id.

    - ``stubs``: the merges that made it a stub; the last one counts
    - ``ids``: the ids that lead to it, each with its merge
    - ``used_at``: the day on which it last forwarded anything
    """

    stubs: list[Merge] = []
    ids: dict[str, Merge] = {}
    used_at: int = 0

    @property
    def leads_to(self) -> str | None:
        """The contact that it leads to; None where it is no stub."""
        return self.stubs[-1].into if self.stubs else None

    def led_to(self, at: int) -> str | None:
        """The contact that it led to at an instant, as far as known; None if it was no stub."""
        return next((one.into for one in reversed(self.stubs) if one.at <= at), None)

    @property
    def is_needless(self) -> bool:
        """Whether it is empty."""
        return not self.stubs and not self.ids

    def point(self, merge: Merge) -> None:
        """Make the id a stub of the keeper of a merge."""
        self.stubs = [*self.stubs, merge][-MAX_STUBS:]

    def joined(self, other: Links) -> Links:
        """The union of what two partitions know of one id."""
        stubs = sorted({*self.stubs, *other.stubs})
        return Links(stubs, {**self.ids, **other.ids}, max(self.used_at, other.used_at))

    def is_forgotten(self, now: int) -> bool:
        """Whether it is a stub that was not used for `FORGOTTEN_AFTER_MS`."""
        return bool(self.stubs) and now - self.used_at > FORGOTTEN_AFTER_MS

    def encode(self) -> bytes:
        """The bytes at rest."""
        return _encode(self)


def decode_links(raw: bytes, value: bytes) -> Links:
    """What ``Links.encode`` wrote."""
    return _decode(value)


def forward_mail(links: Links, contact: str, mail: Mail) -> bool:
    """Forward mail that came to a stub; False where the mail has undone the stub instead.

    Mail that comes to an id in its own ``via`` has found a circle. The circle's stub that the
    latest merge made is undone. The result is the same as if merges were applied in the order of
    their times, and the merge that closes the circle did nothing.
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


def return_mail(mail: Mail, erased_at: int) -> bool:
    """Send mail for a contact that was erased at ``erased_at`` back along its merges; False if the
    mail is about the erased contact itself.

    The erasure also erased the stubs whose merges are not later than it: those ids are contacts of
    their own again, and later events of theirs are their own. The mail comes to them behind the
    request to be erased.
    """
    left = len(mail.via)
    while left and mail.via[left - 1].at <= erased_at:
        left -= 1
    if left == len(mail.via) or mail.undo is not None or mail.is_back:
        return False
    mail.to = mail.about = mail.via[left].source
    mail.via = mail.via[:left]
    mail.reaches = max(mail.reaches, erased_at)
    mail.is_back = True
    return True


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Links).decode
