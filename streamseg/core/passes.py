"""Passes over contacts whose progress is state: a product's changes on their way.

A change that concerns many contacts is brought to them in slices, in the order of their ids. A
later change of the same product joins the pass where it is, and goes round:

    ids    ├───────────────────────────────────┤
    1st    ──────────────────────────────────>        begins at the first id
    2nd                  ───────────────────── >      joins here, with the 1st
           ─────────────>                             and ends here, alone
"""

from __future__ import annotations

import msgspec

from streamseg.core.products import ProductFacts

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Change(msgspec.Struct):
    """A change, by an event of ``time``, that counts from ``since`` on.

    ``before`` are the facts until then, ``version`` is that of those after. ``horizon`` is the
    latest change of any product by then, ``number`` its place among all changes. It was begun after
    the contact ``start``; ``is_round``: the pass has been at the last contact since.
    """

    product: str
    before: ProductFacts
    version: int
    time: int
    since: int
    horizon: int
    number: int = 0
    start: bytes = b""
    is_round: bool = False

    def is_left(self, raw: bytes, cursor: bytes) -> bool:
        """Whether a pass whose cursor is this has still to deliver it to a contact."""
        if self.is_round:
            return cursor < raw <= self.start
        return not self.start < raw <= cursor


class ProductPass(msgspec.Struct):
    """The changes of a product that are on their way; ``cursor`` is the last contact done."""

    product: str
    cursor: bytes
    changes: list[Change]

    def go_round(self) -> bool:
        """Begin at the first contact again; whether a change is still to be delivered to some."""
        self.changes = [one for one in self.changes if one.start and not one.is_round]
        for change in self.changes:
            change.is_round = True
        self.cursor = b""
        return bool(self.changes)

    def come_to(self, raw: bytes) -> bool:
        """Drop the changes that went all the way round before a contact; whether any is left."""
        changes = self.changes
        if any(one.is_round and raw > one.start for one in changes):
            self.changes = [one for one in changes if not (one.is_round and raw > one.start)]
        return bool(self.changes)

    def encode(self) -> bytes:
        """The bytes at rest."""
        changes = [
            (
                c.before.encode(),
                c.version,
                c.time,
                c.since,
                c.horizon,
                c.number,
                c.start,
                c.is_round,
            )
            for c in self.changes
        ]
        return _encode((self.cursor, changes))

    @classmethod
    def decode(cls, raw: bytes, value: bytes) -> ProductPass:
        """The pass that ``encode`` wrote, or a version before it: of one change alone."""
        fields = _decode(value)
        product = raw.decode()
        if len(fields) == 4:
            facts, time, since, cursor = fields
            before = ProductFacts.decode(facts)
            change = Change(product, before, before.version + 1, time, since, since)
            return cls(product, cursor, [change])
        cursor, changes = fields
        return cls(
            product,
            cursor,
            [Change(product, ProductFacts.decode(facts), *rest) for facts, *rest in changes],
        )
