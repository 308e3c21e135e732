"""A pass that delivers the changes of one product to many contacts; its progress is state.

A pass goes over the contacts in the order of their ids, in slices. A later change of the same
product joins the pass where it is, and goes round:

    ids    ├───────────────────────────────────┤
    1st    ──────────────────────────────────>        begins at the first id
    2nd                  ───────────────────── >      joins here, with the 1st
           ─────────────>                             and ends here, alone
"""

from __future__ import annotations

import msgspec

from streamseg.core.products.facts import ProductFacts

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Change(msgspec.Struct):
    """A change on its way.

    - ``time``: that of the product's event; ``counts_from``: the instant from which it counts
    - ``before``: the facts before the change; ``version``: that of the facts after it
    - ``horizon``: when any product had changed last, as of this change
    - ``number``: its place among all changes that joined a pass
    - ``start``: the pass was at this contact when the change joined; ``is_round``: the pass has
      begun at the first contact again since
    """

    product: str
    before: ProductFacts
    version: int
    time: int
    counts_from: int
    horizon: int
    number: int = 0
    start: bytes = b""
    is_round: bool = False

    def is_left(self, raw: bytes, cursor: bytes) -> bool:
        """Whether a pass with this cursor still has to deliver the change to a contact."""
        if self.is_round:
            return cursor < raw <= self.start
        return not self.start < raw <= cursor


class ProductPass(msgspec.Struct):
    """The changes of a product on their way; ``cursor`` is the last contact that got them."""

    product: str
    cursor: bytes
    changes: list[Change]

    def go_round(self) -> bool:
        """Begin at the first contact again; returns whether a change is left to deliver."""
        self.changes = [one for one in self.changes if one.start and not one.is_round]
        for change in self.changes:
            change.is_round = True
        self.cursor = b""
        return bool(self.changes)

    def come_to(self, raw: bytes) -> bool:
        """Drop the changes that have gone all the way round before this contact; returns whether
        any is left.
        """
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
                c.counts_from,
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
        """The pass that ``encode`` wrote. A former version wrote passes of a single change."""
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
