"""The fast path of decoding, for events as nearly all senders write them.

Events that it does not take are left to `canonical`, which converts values and refuses events.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.events import UNKNOWN, Event
from streamseg.core.timestamps import parse_time
from streamseg.core.vocabulary import (
    ANYTHING,
    CONTACT_SHAPES,
    CUSTOM,
    IDENTIFIER,
    ITEM,
    ITEMS,
    NOT_NEGATIVE,
    NUMBER,
    PRODUCT_TYPES,
    SURELY_SHORT,
    Shape,
)
from streamseg.formats.wire import WellFormed

MAX_BYTES: Final = 1024 * 1024
_PLAIN_EXPONENT: Final = 300  # within it a decimal is neither zero nor infinite as a double
_PLAIN_INTEGER: Final = 10**18
_PLAIN_LEVELS: Final = 8  # of objects and arrays within each other

_decode_well_formed: Final = msgspec.json.Decoder(WellFormed, float_hook=Decimal).decode


def decode_at_a_glance(value: bytes | None, key: bytes | None) -> Event | None:
    """The event in a record as nearly all are; None where it takes a closer look."""
    if not value or len(value) > MAX_BYTES:
        return None
    try:
        wire = _decode_well_formed(value)
        time = wire.time
        if isinstance(time, str):
            time = parse_time(time)
        received = wire.received
        if received is None:
            arrival = UNKNOWN
        else:
            arrival = parse_time(received) if isinstance(received, str) else received
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, ArithmeticError):
        return None
    kind, contact, data, name = wire.type, wire.contact, wire.data, wire.id
    shape = CONTACT_SHAPES.get(kind)
    if shape is None:
        if kind in PRODUCT_TYPES or not kind:
            return None
        shape = CUSTOM
    if contact.encode() != key or not is_plain(shape, data):
        return None
    return Event(kind, contact, time, data, name, name or "", arrival)


def is_plain(shape: Shape, data: dict[str, Any]) -> bool:
    """Whether data is right at a glance, with decimals that no double is too small or large for."""
    for field in shape.required:
        if field not in data:
            return False
    kinds = shape.kinds
    for field, value in data.items():
        kind = kinds.get(field, ANYTHING)
        if type(value) is not str:
            if not _is_plain_value(kind, value):
                return False
        elif kind == IDENTIFIER:
            if not 0 < len(value) <= SURELY_SHORT:
                return False
        elif kind > IDENTIFIER:
            return False
    return True


def _is_plain_value(kind: int, value: Any) -> bool:
    """The same, of a value that is no text."""
    if type(value) is Decimal:
        if not value or not -_PLAIN_EXPONENT < value.adjusted() < _PLAIN_EXPONENT:
            return False
    elif type(value) is bool:
        return kind == ANYTHING
    elif type(value) is not int:
        if kind == ITEMS:
            return type(value) is list and _are_plain_items(value)
        return kind == ANYTHING and _is_plain_inside(value, _PLAIN_LEVELS)
    elif not -_PLAIN_INTEGER < value < _PLAIN_INTEGER:
        return False
    return kind in (NUMBER, ANYTHING) or (kind == NOT_NEGATIVE and value >= 0)


def _is_plain_inside(value: Any, levels: int) -> bool:
    """The same, of an object or array in a field that may be anything, nested so deep at most."""
    if type(value) is dict:
        inside: Any = value.values()
    elif type(value) is list:
        inside = value
    else:
        return False
    for one in inside:
        if type(one) is str or type(one) is bool or one is None:
            continue
        if type(one) is dict or type(one) is list:
            if not levels or not _is_plain_inside(one, levels - 1):
                return False
        elif not _is_plain_value(ANYTHING, one):
            return False
    return True


def _are_plain_items(items: list[Any]) -> bool:
    for item in items:
        if type(item) is not dict or not is_plain(ITEM, item):
            return False
    return True
