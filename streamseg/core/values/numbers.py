"""Packs numbers and JSON values for state: exact, in types that msgpack has."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any, Final

import msgspec

from streamseg.core.values.predicates import Number

DIGITS: Final = 40  # of a number as it is remembered
SUM_DIGITS: Final = 700  # enough for any sum of doubles
_TEXT_BESIDES: Final = 12  # sign, point, zeros after it, exponent
NUMBER_BYTES: Final = DIGITS + _TEXT_BESIDES + 2
SUM_BYTES: Final = SUM_DIGITS + _TEXT_BESIDES + 3
_INT64_MAX: Final = 2**63 - 1
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_decode: Final = msgspec.json.Decoder(float_hook=Decimal).decode


def pack(value: Number | None, digits: int = DIGITS) -> int | str | None:
    """A number for state: an integer of 64 bits as it is, any other number as text, with a limited
    number of significant digits.
    """
    if type(value) is int and -_INT64_MAX <= value <= _INT64_MAX:
        return value
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= digits else str(Context(prec=digits).plus(Decimal(value)))


def unpack(value: int | str | None) -> Number | None:
    """The number that ``pack`` was given."""
    if type(value) is not str:
        return value  # type: ignore[return-value]
    return int(value) if value.lstrip("-").isdigit() else Decimal(value)


def kept(value: Number) -> Number:
    """The number as ``unpack`` gives it after ``pack``: with no more digits than are kept."""
    if type(value) is int and -_INT64_MAX <= value <= _INT64_MAX:
        return value
    rested = unpack(pack(value))
    assert rested is not None
    return rested


def pack_value(value: Any) -> list[Any]:
    """A JSON value for state: itself where msgpack keeps it as it is, else its JSON text.

    For an object, only its presence is kept: no operator looks into it.
    """
    if type(value) is dict:
        return [{}]
    if _is_plain(value):
        return [value]
    return [None, _encode(value).decode()]


def unpack_value(packed: list[Any]) -> Any:
    """The value that ``pack_value`` was given."""
    return packed[0] if len(packed) == 1 else _decode(packed[1])


def _is_plain(value: Any) -> bool:
    if type(value) is int:
        return -_INT64_MAX <= value <= _INT64_MAX
    if type(value) is list:
        return all(type(element) is not dict and _is_plain(element) for element in value)
    return type(value) is not Decimal
