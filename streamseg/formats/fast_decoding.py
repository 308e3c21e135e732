"""The fast path of decoding, for events as nearly all senders write them.

Events that it does not take are left to `canonical`, which converts values and refuses events.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, cast

import msgspec

from streamseg.core.events import UNKNOWN, Event
from streamseg.core.values.timestamps import parse_time
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
    exact_decimal,
)
from streamseg.formats.wire import Fields, WellFormed

MAX_BYTES: Final = 1024 * 1024
_PLAIN_INTEGER: Final = 10**18
_PLAIN_LEVELS: Final = 8  # of objects and arrays within each other
_DECIMAL: Final = Decimal  # compiled code finds what is Final without a look-up
_ZERO: Final = Decimal(0)
_SHORT: Final = 16  # characters of a number that is kept
_MOST_KEPT: Final = 4096
_kept: Final[dict[str, Decimal]] = {}


def _decimal(text: str) -> Decimal:
    """The exact decimal of a number with a fraction or an exponent.

    Decimals are kept, as prices repeat: to make one takes 1,400 instructions, to find one 500.
    """
    number = _kept.get(text)
    if number is None:
        number = exact_decimal(text)
        if number is None:
            raise ValueError(text)
        if len(text) <= _SHORT:
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            _kept[text] = number
    return number


# As a tuple: to ask a struct for each field took 600 instructions more.
_fields_of: Final = msgspec.structs.astuple
_decode_well_formed: Final = msgspec.json.Decoder(WellFormed, float_hook=_decimal).decode


def decode_fast(value: bytes | None, key: bytes | None) -> Event | None:
    """The event in a record as nearly all are; None where it takes a closer look."""
    if not value or len(value) > MAX_BYTES:
        return None
    try:
        wire = _fields_of(_decode_well_formed(value))
        kind, contact, told, data, name, received = cast(Fields, wire)
        time = parse_time(told) if isinstance(told, str) else told
        if received is None:
            arrival = UNKNOWN
        else:
            arrival = parse_time(received) if isinstance(received, str) else received
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, ArithmeticError):
        return None
    shape = CONTACT_SHAPES.get(kind)
    if shape is None:
        if kind in PRODUCT_TYPES or not kind:
            return None
        shape = CUSTOM
    if contact.encode() != key or not is_plain(shape, data):
        return None
    return Event(kind, contact, time, data, name, name or "", arrival)


def is_plain(shape: Shape, data: dict[str, Any]) -> bool:
    """Whether each field of data is what its shape says, without a conversion."""
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
    if type(value) is _DECIMAL:
        return kind in (NUMBER, ANYTHING) or (kind == NOT_NEGATIVE and value >= _ZERO)
    if type(value) is int:
        if not -_PLAIN_INTEGER < value < _PLAIN_INTEGER:
            return False
        return kind in (NUMBER, ANYTHING) or (kind == NOT_NEGATIVE and value >= 0)
    if kind == ITEMS:
        return type(value) is list and _are_plain_items(value)
    if type(value) is bool:
        return kind == ANYTHING
    return kind == ANYTHING and value is not None and _is_plain_part(value, _PLAIN_LEVELS)


def _is_plain_part(value: Any, levels: int) -> bool:
    """The same, of what is neither a text nor in a known field, nested so deep at most."""
    if type(value) is dict:
        fields: dict[str, Any] = value
        for one in fields.values():
            if type(one) is not str and not (levels and _is_plain_part(one, levels - 1)):
                return False
    elif type(value) is list:
        for one in value:
            if type(one) is not str and not (levels and _is_plain_part(one, levels - 1)):
                return False
    elif type(value) is int:
        return -_PLAIN_INTEGER < value < _PLAIN_INTEGER
    return True


def _are_plain_items(items: list[Any]) -> bool:
    for item in items:
        if type(item) is not dict or not is_plain(ITEM, item):
            return False
    return True
