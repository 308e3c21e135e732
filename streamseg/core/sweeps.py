"""Sweeps: a product's change that is being brought to the contacts who wait for it.

A change that concerns many contacts is worked off in slices. What is left of it is part of the
state: the facts before it, its times, and the last contact done, in the order of their ids.
"""

from __future__ import annotations

import msgspec

from streamseg.core.products import ProductFacts

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[bytes, int, int, bytes]).decode


class Sweep(msgspec.Struct):
    """A change by an event of ``time`` that counts from ``since`` on.

    ``before`` are the facts until then, ``done`` is the last contact done.
    """

    product: str
    before: ProductFacts
    time: int
    since: int
    done: bytes = b""

    def encode(self) -> bytes:
        """The bytes at rest."""
        return _encode((self.before.encode(), self.time, self.since, self.done))

    @classmethod
    def decode(cls, product: bytes, value: bytes) -> Sweep:
        """The sweep that ``encode`` wrote."""
        before, time, since, done = _decode(value)
        return cls(product.decode(), ProductFacts.decode(before), time, since, done)
