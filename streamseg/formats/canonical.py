"""The canonical input format: one JSON object a record.

Numbers with a fraction or an exponent become exact decimals, as written; integers stay integers.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

import msgspec

from streamseg.core.errors import Refused
from streamseg.core.events import UNKNOWN, Event, ProductEvent
from streamseg.core.values.timestamps import LATEST_MS, parse_time
from streamseg.core.vocabulary import (
    CONTACT_SHAPES,
    PRODUCT_SHAPES,
    PRODUCT_TYPES,
    Ignored,
    check_length,
    exact_decimal,
    take_data,
)
from streamseg.formats.fast_decoding import MAX_BYTES, decode_fast, is_plain
from streamseg.formats.wire import LEAST_MS, Wire

MAX_DEPTH: Final = 32
_INFINITE_DIGITS: Final = b"0" * 309  # the fewest of an integer that no double can hold
_DIGITS_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")


def _decimal(text: str) -> Decimal:
    number = exact_decimal(text)
    if number is None:
        raise _not_finite(text)
    return number


def _integer(text: str) -> int:
    """An integer, which has to be finite as a double, like any number."""
    if len(text) >= len(_INFINITE_DIGITS) and exact_decimal(text) is None:
        raise _not_finite(text)
    return int(text)


def _not_finite(text: str) -> Refused:
    return Refused("not_finite", f"the number {text[:40]} is too large to be finite")


_decode: Final = msgspec.json.Decoder(Wire, float_hook=_decimal).decode


def decode(value: bytes, ignored: Ignored | None = None) -> Event | ProductEvent:
    """The event in a record's value; its type tells whether it is of a contact or a product.

    ``ignored`` counts, by field, what was of a wrong type and is as if missing. Raises Refused.
    """
    wire = _read(value)
    kind = _type_of(wire)
    ignored = {} if ignored is None else ignored
    if kind in PRODUCT_TYPES:
        return _product_event(wire, kind, ignored)
    return _contact_event(wire, kind, ignored)


def decode_event(value: bytes | None, key: bytes | None, ignored: Ignored | None = None) -> Event:
    """The event in a record of the contacts' topic, whose key must be its contact.

    ``ignored`` is as of ``decode``. Raises Refused.
    """
    event = decode_fast(value, key)
    if event is not None:
        return event
    if value is None:
        raise _without_value()
    wire = _read(value)
    kind = _type_of(wire)
    if kind in PRODUCT_TYPES:
        code = "no_contact" if wire.contact is None else "bad_field"
        raise Refused(code, f"{kind} is an event of a product and belongs in its topic")
    event = _contact_event(wire, kind, {} if ignored is None else ignored)
    if key is None or key != event.contact.encode():
        _mismatch("contact", key)
    return event


def decode_product(
    value: bytes | None, key: bytes | None, ignored: Ignored | None = None
) -> ProductEvent:
    """The event in a record of the products' topic, whose key must be its product.

    ``ignored`` is as of ``decode``. Raises Refused.
    """
    if value is None:
        raise _without_value()
    wire = _read(value)
    kind = _type_of(wire)
    if kind not in PRODUCT_TYPES:
        if wire.product is None:
            raise Refused("no_product", f"{kind[:64]} is not an event of a product")
        allowed = ", ".join(sorted(PRODUCT_TYPES))
        raise Refused("bad_field", f"type must be one of {allowed} here, not {kind[:64]!r}")
    event = _product_event(wire, kind, {} if ignored is None else ignored)
    if key is None or key != event.product.encode():
        _mismatch("product", key)
    return event


def _without_value() -> Refused:
    return Refused("null_value", "the record has no value")


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
    if len(value) > len(_INFINITE_DIGITS) and _INFINITE_DIGITS in value.translate(_DIGITS_AS_ZEROS):
        json.loads(value, parse_int=_integer)  # unless they are a text
    return wire


def _refuse_undecodable(value: bytes) -> NoReturn:
    """Say what is wrong with bytes that the decoder did not take."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", f"byte {error.start} is not UTF-8") from None
    _check_depth(value)
    try:
        document = json.loads(text, parse_constant=_constant, parse_int=_integer)
    except ValueError as error:
        raise Refused("not_json", str(error)) from None
    if not isinstance(document, dict):
        raise Refused("not_object", f"{_named(document)}, not an object")
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


def _contact_event(wire: Wire, kind: str, ignored: Ignored) -> Event:
    contact = _owner("contact", wire.contact)
    name = _id(wire)
    data = _data(wire)
    time = _time(wire.time)
    shape = CONTACT_SHAPES.get(kind)
    if shape is None:
        _take_product(data)
    elif not is_plain(shape, data):
        take_data(shape, data, ignored)
    return Event(kind, contact, time, data, name, name or "", _arrival(wire.received))


def _take_product(data: dict[str, Any]) -> None:
    """Of a custom event only the product is looked at: it may be a key."""
    product = data.get("product")
    if type(product) is int:
        product = data["product"] = str(product)
    if type(product) is str:
        check_length("data.product", product)


def _product_event(wire: Wire, kind: str, ignored: Ignored) -> ProductEvent:
    product = _owner("product", wire.product)
    name = _id(wire)
    data = _data(wire)
    time = _time(wire.time)
    shape = PRODUCT_SHAPES[kind]
    data = {field: value for field, value in data.items() if field in shape.kinds}
    take_data(shape, data, ignored)
    return ProductEvent(kind, product, time, data, name, name or "", _arrival(wire.received))


def _owner(what: str, value: Any) -> str:
    """The id of the contact or product that an event is of."""
    if type(value) is int:
        value = str(value)
    elif type(value) is not str or not value:
        if value is None or value == "":
            raise Refused(f"no_{what}", f"{what} is missing")
        raise Refused("bad_field", f"{what} must be a string or an integer")
    check_length(what, value)
    return str(value)


def _id(wire: Wire) -> str | None:
    name = wire.id
    if name is None:
        return None
    if type(name) is int:
        name = str(name)
    elif type(name) is not str or not name:
        raise Refused("bad_field", "id must be a non-empty string or an integer")
    check_length("id", name)
    return str(name)


def _data(wire: Wire) -> dict[str, Any]:
    """The record's data; null is an empty object."""
    data = wire.data
    if data is None:
        return {}
    if type(data) is not dict:
        raise Refused("bad_field", "data must be an object")
    return data


def _arrival(received: Any) -> int:
    return UNKNOWN if received is None else _time(received, "received")


def _time(value: Any, field: str = "time") -> int:
    if type(value) is str:
        try:
            return parse_time(value)
        except ValueError as error:
            said = str(error)
            raise Refused("bad_time", said if field == "time" else f"{field}: {said}") from None
    if type(value) is int:
        if LEAST_MS <= value <= LATEST_MS:
            return value
        shown = str(value)[:32]
        if value < LEAST_MS:
            raise Refused(
                "bad_time", f"{field} {shown} looks like seconds: an integer must be milliseconds"
            )
        raise Refused("bad_time", f"{field} {shown} lies after the year 9999")
    if value is None:
        raise Refused("bad_time", f"{field} is missing")
    raise Refused("bad_time", f"{field} must be an RFC 3339 text or integer milliseconds")


def _named(document: Any) -> str:
    """What a JSON document is, by JSON's own name."""
    if document is None:
        return "null"
    if isinstance(document, bool):
        return "a boolean"
    if isinstance(document, str):
        return "a string"
    return "an array" if isinstance(document, list) else "a number"
