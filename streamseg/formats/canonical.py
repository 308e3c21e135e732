"""The canonical input format: one JSON object a record.

Numbers with a fraction or an exponent become exact decimals, as written; integers stay integers.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any, Final, NoReturn

import msgspec

from streamseg.core.errors import Refused
from streamseg.core.events import Event, ProductEvent
from streamseg.core.timestamps import EARLIEST_MS, LATEST_MS, parse_time
from streamseg.core.vocabulary import (
    ANYTHING,
    CONTACT_SHAPES,
    CUSTOM,
    IDENTIFIER,
    ITEM,
    ITEMS,
    NUMBER,
    PRODUCT_SHAPES,
    PRODUCT_TYPES,
    QUANTITY,
    SURELY_SHORT,
    Shape,
    check_data,
    check_length,
)
from streamseg.formats.wire import WellFormed, Wire

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
_ZERO: Final = Decimal(0)
_PLAIN_EXPONENT: Final = 300  # within it a decimal is neither zero nor infinite as a double


def _decimal(text: str) -> Decimal:
    double = float(text)
    if double == 0.0:  # zero, or so small that a double cannot tell it from zero
        return _ZERO
    if math.isinf(double):
        raise Refused("not_finite", f"the number {text[:40]} is too large to be finite")
    return Decimal(text)


_decode: Final = msgspec.json.Decoder(Wire, float_hook=_decimal).decode
_decode_well_formed: Final = msgspec.json.Decoder(WellFormed, float_hook=Decimal).decode


def decode(value: bytes) -> Event | ProductEvent:
    """The event in a record's value; its type tells whether it is of a contact or a product.

    Raises Refused.
    """
    wire = _read(value)
    kind = _type_of(wire)
    if kind in PRODUCT_TYPES:
        return _product_event(wire, kind)
    return _contact_event(wire, kind)


def decode_event(value: bytes, key: bytes | None) -> Event:
    """The event in a record of the contacts' topic, whose key must be its contact.

    Raises Refused.
    """
    event = _decode_quickly(value, key)
    if event is not None:
        return event
    wire = _read(value)
    kind = _type_of(wire)
    if kind in PRODUCT_TYPES:
        code = "no_contact" if wire.contact is None else "bad_field"
        raise Refused(code, f"{kind} is an event of a product and belongs in its topic")
    event = _contact_event(wire, kind)
    if key is None or key != event.contact.encode():
        _mismatch("contact", key)
    return event


def _decode_quickly(value: bytes, key: bytes | None) -> Event | None:
    """The event in a record as nearly all are; None where it takes a closer look."""
    if len(value) > MAX_BYTES:
        return None
    try:
        wire = _decode_well_formed(value)
        time = wire.time
        if isinstance(time, str):
            time = parse_time(time)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, ArithmeticError):
        return None
    kind, contact, data, name = wire.type, wire.contact, wire.data, wire.id
    shape = CONTACT_SHAPES.get(kind)
    if shape is None:
        if kind in PRODUCT_TYPES or not kind:
            return None
        shape = CUSTOM
    if contact.encode() != key or not _is_plain(shape, data):
        return None
    return Event(kind, contact, time, data, name, name or "")


def _is_plain(shape: Shape, data: dict[str, Any]) -> bool:
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
        return kind == ITEMS and type(value) is list and _are_plain_items(value)
    return kind in (NUMBER, ANYTHING) or (kind == QUANTITY and value >= 0)


def _are_plain_items(items: list[Any]) -> bool:
    for item in items:
        if type(item) is not dict or not _is_plain(ITEM, item):
            return False
    return True


def decode_product(value: bytes, key: bytes | None) -> ProductEvent:
    """The event in a record of the products' topic, whose key must be its product.

    Raises Refused.
    """
    wire = _read(value)
    kind = _type_of(wire)
    if kind not in PRODUCT_TYPES:
        if wire.product is None:
            raise Refused("no_product", f"{kind[:64]} is not an event of a product")
        allowed = ", ".join(sorted(PRODUCT_TYPES))
        raise Refused("bad_field", f"type must be one of {allowed} here, not {kind[:64]!r}")
    event = _product_event(wire, kind)
    if key is None or key != event.product.encode():
        _mismatch("product", key)
    return event


def _mismatch(what: str, key: bytes | None) -> NoReturn:
    shown = "absent" if key is None else repr(key[:64].decode("utf-8", "backslashreplace"))
    raise Refused("key_mismatch", f"the record's key is {shown}, not its {what}")


def _read(value: bytes) -> Wire:
    if len(value) > MAX_BYTES:
        raise Refused("too_large", f"{len(value)} bytes; at most {MAX_BYTES} are taken")
    try:
        wire = _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        _refuse_undecodable(value)
    if value.count(b"{") + value.count(b"[") > MAX_DEPTH:
        _check_depth(value)
    return wire


def _refuse_undecodable(value: bytes) -> NoReturn:
    """Say what is wrong with bytes that the decoder did not take."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", f"byte {error.start} is not UTF-8") from None
    _check_depth(value)
    try:
        document = json.loads(text, parse_constant=_constant)
    except ValueError as error:
        raise Refused("not_json", str(error)) from None
    if not isinstance(document, dict):
        raise Refused("not_object", f"a JSON {type(document).__name__}, not an object")
    raise Refused("not_json", "a string has half of a surrogate pair, or a number is malformed")


def _constant(name: str) -> NoReturn:
    raise Refused("not_finite", f"{name} is not a finite number")


def _check_depth(value: bytes) -> None:
    depth = 0
    in_string = escaped = False
    for byte in value:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"{[":
            depth += 1
            if depth > MAX_DEPTH:
                raise Refused("too_deep", f"nested deeper than {MAX_DEPTH} levels")
        elif byte in b"}]":
            depth -= 1


def _type_of(wire: Wire) -> str:
    kind = wire.type
    if type(kind) is not str or not kind:
        if kind is None or kind == "":
            raise Refused("no_type", "type is missing")
        raise Refused("bad_field", "type must be a string")
    return kind


def _contact_event(wire: Wire, kind: str) -> Event:
    contact = wire.contact
    if type(contact) is not str or not contact:
        _refuse_owner("contact", contact)
    if len(contact) > 64:
        check_length("contact", contact)
    data = _data(wire)
    shape = CONTACT_SHAPES.get(kind)
    time = _time(wire.time)
    if shape is not None:
        check_data(shape, data)
    elif type(data.get("product")) is str:
        check_length("data.product", data["product"])
    return Event(kind, contact, time, data, wire.id, wire.id or "")


def _product_event(wire: Wire, kind: str) -> ProductEvent:
    product = wire.product
    if type(product) is not str or not product:
        _refuse_owner("product", product)
    check_length("product", product)
    data = _data(wire)
    time = _time(wire.time)
    check_data(PRODUCT_SHAPES[kind], data)
    return ProductEvent(kind, product, time, data, wire.id, wire.id or "")


def _refuse_owner(what: str, value: Any) -> NoReturn:
    if value is None or value == "":
        raise Refused(f"no_{what}", f"{what} is missing")
    raise Refused("bad_field", f"{what} must be a string")


def _data(wire: Wire) -> dict[str, Any]:
    """The record's data, after the check of its id; null is an empty object."""
    name = wire.id
    if name is not None:
        if type(name) is not str or not name:
            raise Refused("bad_field", "id must be a non-empty string")
        check_length("id", name)
    data = wire.data
    if data is None:
        return {}
    if type(data) is not dict:
        raise Refused("bad_field", "data must be an object")
    return data


def _time(value: Any) -> int:
    if type(value) is str:
        try:
            return parse_time(value)
        except ValueError as error:
            raise Refused("bad_time", str(error)) from None
    if type(value) is int:
        if EARLIEST_MS <= value <= LATEST_MS:
            return value
        raise Refused("bad_time", f"time {str(value)[:32]} lies outside the years 1 to 9999")
    if value is None:
        raise Refused("bad_time", "time is missing")
    raise Refused("bad_time", "time must be an RFC 3339 text or integer milliseconds")
