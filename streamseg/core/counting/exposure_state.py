"""What a contact was told and ordered, and the bytes as which it lies in state:

    2  where the exposures begin
    1  length of the text that follows: what the contact spent ever (empty: nothing)
    1  how many orders follow, the last one first, each as
         7  its instant
         1  length of the text that follows: its amount
    …  where there is any of it, ``[segments of different arms, first month, months with an
       order]``, as msgpack
    …  the exposures, the one that began first at the beginning, each as
         2  its length
         7  when it began, as its trigger was released
         …  segment, how often it fired, variant and revenue (null: not converted), as msgpack

So one more is appended, and fires again, while nothing else is decoded. In former versions it was a
list, see `of_former`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.counting.money import NOTHING, decimal_of
from streamseg.core.features.base import FOREVER

INSTANT: Final = 7
SIZE: Final = 2  # of an exposure; its instant follows
NAME: Final = SIZE + INSTANT  # its segment follows
_HEAD: Final = 3
_FIXINT: Final = 128  # below it a number is one byte of msgpack
_FOUR: Final = b"\x94"  # begins an array of so many
_NO_NAMES: Final = 0x90  # an empty array
_FIRST: Final = b"\x01\xa0\xc0"  # fired once, without a variant, not converted
_BYTE: Final = [bytes((number,)) for number in range(256)]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
# Exposures that nothing followed, by their bytes without the instant: those of a segment are alike.
_known: Final[dict[bytes, tuple[str, int, str, str | None]]] = {}
_MOST_KNOWN: Final = 4096


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
        fields = _encode((self.segment, self.firings, self.variant, self.revenue))
        return _sized(self.released_at, fields[1:])


class Order:
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
        self.orders: list[Order] = []
        self.spent = ""
        self.cohort: int | None = None
        self.came = 0
        self.mixed: list[str] = []

    def packed(self) -> bytes:
        """As it lies in state."""
        parts = [_BYTE[len(self.spent)], self.spent.encode(), _BYTE[len(self.orders)]]
        for order in reversed(self.orders):
            amount = order.amount.encode()
            parts += (_packed_instant(order.time), _BYTE[len(amount)], amount)
        if self.cohort is not None or self.mixed:
            parts.append(_encode((self.mixed, self.cohort, self.came)))
        rest = b"".join(parts)
        exposures = [one.packed() for one in self.exposures]
        return b"".join([(len(rest) + 2).to_bytes(2, "big"), rest, *exposures])


NEW: Final = ExposureState().packed()


def decode_exposures(state: bytes) -> ExposureState:
    """The state of the bytes that ``packed`` gave."""
    decoded = ExposureState()
    at = _HEAD + state[_HEAD - 1]
    decoded.spent = state[_HEAD:at].decode()
    first = at + 1
    for _ in range(state[at]):
        amount_at = first + INSTANT + 1
        end = amount_at + state[amount_at - 1]
        decoded.orders.append(Order(instant_at(state, first), state[amount_at:end].decode()))
        first = end
    decoded.orders.reverse()
    begin = exposures_at(state)
    if first < begin:
        decoded.mixed, decoded.cohort, decoded.came = _decode(state[first:begin])
    while begin < len(state):
        decoded.exposures.append(_exposure_at(state, begin))
        begin = _next(state, begin)
    return decoded


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
        decoded.orders.append(Order(time, str(amount)))
    decoded.spent = str(spent) if spent else ""
    if len(state) > 5:
        decoded.mixed = state[5]
    return decoded.packed()


# -- what is read of the bytes alone -------------------------------------------------------


def spent_in(state: bytes) -> Decimal:
    """What a contact spent ever."""
    width = state[_HEAD - 1]
    return decimal_of(state[_HEAD : _HEAD + width].decode()) if width else NOTHING


def last_order(state: bytes) -> int:
    """The instant of the last order; before all others where there is none."""
    at = _HEAD + state[_HEAD - 1]
    return instant_at(state, at + 1) if state[at] else -FOREVER


def is_mixed(state: bytes, segment: str) -> bool:
    """Whether the contacts merged into this one were in different arms of a segment."""
    at = _HEAD + state[_HEAD - 1]
    count, at = state[at], at + 1
    for _ in range(count):
        at += INSTANT + 1 + state[at + INSTANT]
    begin = exposures_at(state)
    return at < begin and state[at + 1] != _NO_NAMES and segment in _decode(state[at:begin])[0]


def exposures_at(state: bytes) -> int:
    """Where the exposures begin."""
    return state[0] << 8 | state[1]


def has_exposures_alone(state: bytes) -> bool:
    """Whether there is nothing besides exposures: no order, no segment of different arms."""
    return exposures_at(state) == _HEAD + 1


def search(state: bytes, name: bytes, instant: int, within: int) -> tuple[int, int, int, int]:
    """Where the exposure of ``name`` lies that is open at an instant, for ``within`` ms; -1 where
    there is none. Then how many exposures there are, and when the first one and the last one began.
    """
    at, end, width, last = exposures_at(state), len(state), len(name), name[len(name) - 1]
    if at == end:
        return -1, 0, 0, 0
    count, first, latest = 0, at, at
    while at < end:
        name_end = at + NAME + width
        # Most other names end otherwise: looking at that first saves a copy.
        if name_end < end and state[name_end - 1] == last and state[at + NAME : name_end] == name:
            since = instant_at(state, at + SIZE)
            if since <= instant <= since + within:
                return at, 0, 0, 0
        latest, count = at, count + 1
        at = _next(state, at)
    return -1, count, instant_at(state, first + SIZE), instant_at(state, latest + SIZE)


def _next(state: bytes, at: int) -> int:
    """Where the exposure that begins at ``at`` ends."""
    return at + (state[at] << 8 | state[at + 1])


def _exposure_at(state: bytes, at: int) -> Exposure:
    raw = state[at : _next(state, at)]
    fields = raw[NAME:]
    known = _known.get(fields)
    if known is None:
        one = _decode(_FOUR + fields)
        known = one[0], one[1], one[2], one[3]
        if known[3] is None and len(_known) < _MOST_KNOWN:
            _known[fields] = known
    return Exposure(known[0], known[1], known[2], known[3], instant_at(raw, SIZE), raw)


def instant_at(state: bytes, at: int) -> int:
    """The instant that lies there; byte by byte, as that is done often."""
    high = state[at] << 48 | state[at + 1] << 40 | state[at + 2] << 32 | state[at + 3] << 24
    instant = high | state[at + 4] << 16 | state[at + 5] << 8 | state[at + 6]
    return instant - (1 << 56) if instant >> 55 else instant


# -- what is altered in the bytes ----------------------------------------------------------


class Opening:
    """How a new exposure of a segment lies in state: its name, and without a variant its size and
    what follows its instant.
    """

    __slots__ = ("fields", "name", "size")

    def __init__(self, segment: str) -> None:
        self.name = _encode(segment)
        self.fields = self.name + _FIRST
        self.size = _packed_size(self.fields)


def fired_again(state: bytes, at: int, name: bytes) -> bytes:
    """The state in which the exposure of ``name`` that lies there fired once more."""
    place = at + NAME + len(name)
    firings = state[place]
    if firings + 1 < _FIXINT:
        return state[:place] + _BYTE[firings + 1] + state[place + 1 :]
    exposure = _exposure_at(state, at)
    exposure.fire(1)
    return state[:at] + exposure.packed() + state[_next(state, at) :]


def with_exposure(state: bytes, opening: Opening, variant: str, released_at: int) -> bytes:
    """The state with one more exposure, which fired once."""
    instant = _packed_instant(released_at)
    if not variant:
        return state + opening.size + instant + opening.fields
    fields = opening.name + b"\x01" + _encode(variant) + b"\xc0"
    return state + _packed_size(fields) + instant + fields


def _sized(released_at: int, fields: bytes) -> bytes:
    return _packed_size(fields) + _packed_instant(released_at) + fields


def _packed_size(fields: bytes) -> bytes:
    return (NAME + len(fields)).to_bytes(2, "big")


def _packed_instant(instant: int) -> bytes:
    return instant.to_bytes(INSTANT, "big", signed=True)
