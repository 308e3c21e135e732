"""The bytes as which lies in state what a contact was told and ordered, see `exposure_state`:

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

So one more is appended, and fires again or earns, while nothing else is decoded.
"""

from __future__ import annotations

from typing import Final

import msgspec
from mypy_extensions import i64

from streamseg.core.counting.money import Amount, amount_in
from streamseg.core.features.base import FOREVER

INSTANT: Final = 7
SIZE: Final = 2  # of an exposure; its instant follows
NAME: Final = SIZE + INSTANT  # its segment follows
HEAD: Final = 3
_FIXINT: Final = 128  # below it a number is one byte of msgpack
_FIXSTR: Final = 32  # below it the length of a text is in its first byte
_FOUR: Final = b"\x94"  # begins an array of so many
_NO_NAMES: Final = 0x90  # an empty array
_FIRST: Final = b"\x01\xa0\xc0"  # fired once, without a variant, not converted
_SHORT: Final = 64  # below it the size of an exposure fits a machine word with its instant
BYTE: Final = [bytes((number,)) for number in range(256)]
_SIZES: Final = [bytes((0, number)) for number in range(256)]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode


class Fields:
    """The fields of an exposure, besides its instant."""

    __slots__ = ("firings", "revenue", "segment", "variant")

    def __init__(self, segment: str, firings: int, variant: str, revenue: str | None) -> None:
        self.segment = segment
        self.firings = firings
        self.variant = variant
        self.revenue = revenue

    def packed(self) -> bytes:
        """As they lie in state."""
        return _encode((self.segment, self.firings, self.variant, self.revenue))[1:]


# Fields of exposures that nothing followed, by their bytes: those of a segment are alike.
_known: Final[dict[bytes, Fields]] = {}
_MOST_KNOWN: Final = 4096

# -- what is read --------------------------------------------------------------------------


def spent_in(state: bytes) -> Amount | None:
    """What a contact spent ever; None where that is nothing."""
    width = state[HEAD - 1]
    return amount_in(state, HEAD, HEAD + width) if width else None


def last_order(state: bytes) -> i64:
    """The instant of the last order; before all others where there is none."""
    at = HEAD + state[HEAD - 1]
    return instant_at(state, at + 1) if state[at] else -FOREVER


def is_mixed(state: bytes, segment: str) -> bool:
    """Whether the contacts merged into this one were in different arms of a segment."""
    at = HEAD + state[HEAD - 1]
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
    return exposures_at(state) == HEAD + 1


def search(state: bytes, name: bytes, instant: int, within: int) -> tuple[int, int, int, int]:
    """Where the exposure of ``name`` lies that is open at an instant, for ``within`` ms; -1 where
    there is none. Then how many exposures there are, and when the first one and the last one began.
    """
    at: i64 = exposures_at(state)
    end: i64 = len(state)
    if at == end:
        return -1, 0, 0, 0
    width: i64 = len(name)
    last: i64 = name[len(name) - 1]
    first: i64 = at
    latest: i64 = at
    count = 0
    while at < end:
        name_end: i64 = at + NAME + width
        # Most other names end otherwise: looking at that first saves a copy.
        if name_end < end and state[name_end - 1] == last and state[at + NAME : name_end] == name:
            since = instant_at(state, at + SIZE)
            if since <= instant <= since + within:
                return at, 0, 0, 0
        latest = at
        count += 1
        at = next_after(state, at)
    return -1, count, instant_at(state, first + SIZE), instant_at(state, latest + SIZE)


def next_after(state: bytes, at: i64) -> i64:
    """Where the exposure that begins at ``at`` ends."""
    high: i64 = state[at]
    low: i64 = state[at + 1]
    return at + (high << 8 | low)


def fields_of(raw: bytes) -> Fields:
    """The fields that lie in some bytes; they are not to be altered."""
    known = _known.get(raw)
    if known is None:
        segment, firings, variant, revenue = _decode(_FOUR + raw)
        known = Fields(segment, firings, variant, revenue)
        if revenue is None and len(_known) < _MOST_KNOWN:
            _known[raw] = known
    return known


def instant_at(state: bytes, at: i64) -> i64:
    """The instant that lies there; byte by byte, as that is done often."""
    instant: i64 = 0
    for place in range(at, at + INSTANT):
        byte: i64 = state[place]
        instant = instant << 8 | byte
    return instant - (1 << 56) if instant >> 55 else instant


# -- what is altered ----------------------------------------------------------------------


class Opening:
    """How a new exposure of a segment lies in state: its name, and without a variant what is before
    its instant (``head``: both are one number, unless they are too long) and what follows it.
    """

    __slots__ = ("fields", "head", "name")

    def __init__(self, segment: str) -> None:
        self.name = _encode(segment)
        self.fields = self.name + _FIRST
        size = NAME + len(self.fields)
        self.head = size << 8 * INSTANT if size < _SHORT else 0


def fired_again(state: bytes, at: int, name: bytes) -> bytes:
    """The state in which the exposure of ``name`` that lies there fired once more."""
    place = at + NAME + len(name)
    firings = state[place]
    if firings + 1 < _FIXINT:
        return state[:place] + BYTE[firings + 1] + state[place + 1 :]
    end = next_after(state, at)
    fields = fields_of(state[at + NAME : end])
    once_more = Fields(fields.segment, fields.firings + 1, fields.variant, fields.revenue)
    return state[:at] + sized(instant_at(state, at + SIZE), once_more) + state[end:]


def with_exposure(state: bytes, opening: Opening, variant: str, released_at: int) -> bytes:
    """The state with one more exposure, which fired once."""
    if opening.head and not variant and released_at >= 0:
        return state + (opening.head | released_at).to_bytes(NAME, "big") + opening.fields
    fields = opening.fields
    if variant:
        fields = opening.name + b"\x01" + _encode(variant) + b"\xc0"
    return state + packed_size(len(fields)) + packed_instant(released_at) + fields


def sized(released_at: int, fields: Fields) -> bytes:
    """An exposure."""
    packed = fields.packed()
    return packed_size(len(packed)) + packed_instant(released_at) + packed


def packed_size(width: int) -> bytes:
    """The size of an exposure whose fields take so many bytes."""
    size = NAME + width
    return _SIZES[size] if size < 256 else size.to_bytes(SIZE, "big")


def packed_text(text: bytes) -> bytes:
    """A text as msgpack."""
    width = len(text)
    return BYTE[0xA0 | width] + text if width < _FIXSTR else _encode(text.decode())


def packed_instant(instant: int) -> bytes:
    """An instant."""
    return instant.to_bytes(INSTANT, "big", signed=True)
