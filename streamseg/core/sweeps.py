"""Sweeps: a product's change that is being brought to the contacts who wait for it.

A change that concerns many contacts is worked off in slices. What is left of it is part of the
state: the facts before it, its time, and the last contact done, in the order of their ids.
"""

from __future__ import annotations

import msgspec

from streamseg.core.products import ProductFacts

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[bytes, int, bytes]).decode


class Sweep(msgspec.Struct):
    """A change at ``time``; ``before`` are the facts until then, ``done`` the last contact done."""

    product: str
    before: ProductFacts
    time: int
    done: bytes = b""

    def encode(self) -> bytes:
        """The bytes at rest."""
        return _encode((self.before.encode(), self.time, self.done))

    @classmethod
    def decode(cls, product: bytes, value: bytes) -> Sweep:
        """The sweep that ``encode`` wrote."""
        before, time, done = _decode(value)
        return cls(product.decode(), ProductFacts.decode(before), time, done)
