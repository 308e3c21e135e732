"""What a contact was told and ordered, decoded as a whole; see `exposure_bytes` for its bytes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.counting.exposure_bytes import (
    BYTE,
    HEAD,
    INSTANT,
    NAME,
    SIZE,
    Fields,
    exposures_at,
    fields_of,
    instant_at,
    next_after,
    packed_instant,
    sized,
)

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode


class Exposure:
    """A trigger of a segment that was released, with those that fired while it was open."""

    __slots__ = ("_raw", "firings", "released_at", "revenue", "segment", "variant")

    def __init__(
        self,
        segment: str,
        firings: int,
        variant: str,
        revenue: str | None,
        released_at: int,
        raw: bytes = b"",
    ) -> None:
        """``raw``: as it lies in state, where it was read of it."""
        self.segment = segment
        self.firings = firings
        self.variant = variant
        self.revenue = revenue
        self.released_at = released_at
        self._raw = raw

    def earn(self, revenue: str) -> None:
        """Set its revenue."""
        self.revenue, self._raw = revenue, b""

    def move_to(self, variant: str) -> None:
        """Set its variant."""
        self.variant, self._raw = variant, b""

    def fire(self, change: int) -> None:
        """Add to how often it fired."""
        self.firings, self._raw = self.firings + change, b""

    def packed(self) -> bytes:
        """As it lies in state."""
        if self._raw:
            return self._raw
        fields = Fields(self.segment, self.firings, self.variant, self.revenue)
        return sized(self.released_at, fields)


class PastOrder:
    """An order: when, and for how much."""

    __slots__ = ("amount", "time")

    def __init__(self, time: int, amount: str) -> None:
        self.time = time
        self.amount = amount


class ExposureState:
    """The state, decoded as a whole. ``exposures`` ascend, and so do ``orders``; ``cohort`` is the
    month of the first order, ``came`` has a bit for each month with an order since.

    ``mixed`` are the segments in which the contacts merged into this one were in different arms.
    """

    __slots__ = ("came", "cohort", "exposures", "mixed", "orders", "spent")

    def __init__(self) -> None:
        self.exposures: list[Exposure] = []
        self.orders: list[PastOrder] = []
        self.spent = ""
        self.cohort: int | None = None
        self.came = 0
        self.mixed: list[str] = []

    def packed(self) -> bytes:
        """As it lies in state."""
        parts = [BYTE[len(self.spent)], self.spent.encode(), BYTE[len(self.orders)]]
        for order in reversed(self.orders):
            amount = order.amount.encode()
            parts += (packed_instant(order.time), BYTE[len(amount)], amount)
        if self.cohort is not None or self.mixed:
            parts.append(_encode((self.mixed, self.cohort, self.came)))
        rest = b"".join(parts)
        exposures = [one.packed() for one in self.exposures]
        return b"".join([(len(rest) + 2).to_bytes(2, "big"), rest, *exposures])


NEW: Final = ExposureState().packed()


def decode_exposures(state: bytes) -> ExposureState:
    """The state of the bytes that ``packed`` gave."""
    decoded = ExposureState()
    at = HEAD + state[HEAD - 1]
    decoded.spent = state[HEAD:at].decode()
    first = at + 1
    for _ in range(state[at]):
        amount_at = first + INSTANT + 1
        end = amount_at + state[amount_at - 1]
        decoded.orders.append(PastOrder(instant_at(state, first), state[amount_at:end].decode()))
        first = end
    decoded.orders.reverse()
    begin = exposures_at(state)
    if first < begin:
        decoded.mixed, decoded.cohort, decoded.came = _decode(state[first:begin])
    while begin < len(state):
        end = next_after(state, begin)
        decoded.exposures.append(_exposure_of(state[begin:end]))
        begin = end
    return decoded


def _exposure_of(raw: bytes) -> Exposure:
    one = fields_of(raw[NAME:])
    instant = instant_at(raw, SIZE)
    return Exposure(one.segment, one.firings, one.variant, one.revenue, instant, raw)


def of_former(state: list[Any]) -> bytes:
    """A state of a former version: ``[exposures, orders, cohort, came, spent]``, and ``mixed``
    where there are any. An exposure was ``[segment, variant, released_at, firings, revenue]``, and
    an order ``[time, amount]``.
    """
    decoded = ExposureState()
    exposures, orders, decoded.cohort, decoded.came, spent = state[:5]
    for segment, variant, released_at, firings, revenue in exposures:
        told = None if revenue is None else str(revenue)
        decoded.exposures.append(Exposure(segment, firings, variant, told, released_at))
    for time, amount in orders:
        decoded.orders.append(PastOrder(time, str(amount)))
    decoded.spent = str(spent) if spent else ""
    if len(state) > 5:
        decoded.mixed = state[5]
    return decoded.packed()
