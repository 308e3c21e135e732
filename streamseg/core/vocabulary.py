"""The known event types, the fields they have, and which of them are activity."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from streamseg.core.errors import Refused

MAX_ID_BYTES: Final = 256
_MAX_TYPE: Final = 64  # characters that are kept of a custom type
MAX_TYPE_BYTES: Final = 4 * _MAX_TYPE
SURELY_SHORT: Final = MAX_ID_BYTES // 4  # characters; of UTF-8 one has at most four bytes

PRODUCT_TYPES: Final = frozenset({"stock_changed", "price_changed", "product_updated"})

_MESSAGE_TYPES = tuple(
    f"message_{what}"
    for what in ("sent", "delivered", "opened", "clicked", "bounced", "complained", "unsubscribed")
)
# What the shop or a system did, not the contact.
PASSIVE_TYPES: Final = frozenset(
    {
        "message_sent",
        "message_delivered",
        "message_bounced",
        "order_cancelled",
        "contact_updated",
        "contact_merged",
        "contact_erased",
    }
)

# What the value of a field has to be: the first takes any, as do fields not known, and of the
# others those up to IDENTIFIER are texts.
ANYTHING: Final = 0
TEXT: Final = 1
NAME: Final = 2  # an integer counts as its decimal text
IDENTIFIER: Final = 3  # as a name, and neither empty nor long
NUMBER: Final = 4  # a text that is a JSON number counts as that number
NOT_NEGATIVE: Final = 5  # as a number, and not below 0
ITEMS: Final = 6

_ZERO: Final = Decimal(0)
_MAX_DIGITS: Final = 309  # of an integer that is finite as a double
_is_json_number: Final = re.compile(
    r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII
).fullmatch


def is_activity(event_type: str) -> bool:
    """Whether an event of this contact type is something that the contact did."""
    return event_type not in PASSIVE_TYPES


def check_length(field: str, value: str) -> None:
    """Refuse an identifier of more than 256 bytes of UTF-8."""
    if len(value) > SURELY_SHORT and len(value.encode()) > MAX_ID_BYTES:
        raise Refused("id_too_long", f"{field} has more than {MAX_ID_BYTES} bytes")


def exact_decimal(text: str) -> Decimal | None:
    """The number that a JSON text with a fraction or an exponent is; None where a double cannot
    tell it from infinity.
    """
    double = float(text)
    if double == 0.0:  # zero, or so small that a double cannot tell it from zero
        return _ZERO
    return None if math.isinf(double) else Decimal(text)


def _number_in(text: str) -> int | Decimal | None:
    """The finite JSON number that a text is; None where it is none."""
    match = _is_json_number(text)
    if match is None:
        return None
    if match[1] is not None or match[2] is not None:
        return exact_decimal(text)
    return int(text) if len(text) <= _MAX_DIGITS and math.isfinite(float(text)) else None


# Each gives what counts as the value of a field, or None where the value is of a wrong type.
def _text(value: Any) -> str | None:
    return value if type(value) is str else None


def _name(value: Any) -> str | None:
    if type(value) is int:
        return str(value)
    return value if type(value) is str else None


def _identifier(value: Any) -> str | None:
    return _name(value) or None


def _number(value: Any) -> int | Decimal | None:
    if type(value) is int or type(value) is Decimal:
        return value
    return _number_in(value) if type(value) is str else None


def _not_negative(value: Any) -> int | Decimal | None:
    number = _number(value)
    return None if number is None or number < 0 else number


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "an empty string" if not value else "a string"
    if isinstance(value, int | Decimal):
        return "a number below 0" if value < 0 else "a number"
    return "an array" if isinstance(value, list) else "an object"


class Shape:
    """The fields of a type's data: those it must have, and what each that is known must be."""

    __slots__ = ("kinds", "required")

    def __init__(
        self, required: Mapping[str, int], optional: Mapping[str, int] | None = None
    ) -> None:
        self.required = tuple(required)
        self.kinds = {**required, **(optional or {})}


ITEM: Final = Shape(
    {"product": IDENTIFIER}, {"quantity": NOT_NEGATIVE, "price": NOT_NEGATIVE, "category": TEXT}
)
_MESSAGE: Final = Shape({"channel": TEXT}, {"campaign": TEXT})
_PRODUCT: Final = Shape({"product": IDENTIFIER}, {"price": NOT_NEGATIVE})
_ANY: Final = Shape({})
CUSTOM: Final = Shape({}, {"product": IDENTIFIER})

# In states types go by their places here: new ones go to the end.
CONTACT_SHAPES: Final[dict[str, Shape]] = {
    "session_started": _ANY,
    "page_viewed": _ANY,
    "category_viewed": Shape({"category": TEXT}),
    "product_viewed": Shape(
        {"product": IDENTIFIER},
        {"category": TEXT, "brand": TEXT, "price": NOT_NEGATIVE, "currency": TEXT},
    ),
    "searched": Shape({"query": TEXT}),
    "wishlist_added": _PRODUCT,
    "stock_alert_requested": _PRODUCT,
    "cart_item_added": ITEM,
    "cart_item_removed": Shape({"product": IDENTIFIER}, {"quantity": NOT_NEGATIVE}),
    "cart_updated": Shape({"items": ITEMS}, {"cart": NAME}),
    "checkout_started": Shape({}, {"cart": NAME}),
    "order_placed": Shape(
        {"order": NAME}, {"total": NUMBER, "currency": TEXT, "cart": NAME, "items": ITEMS}
    ),
    "order_cancelled": Shape({"order": NAME}),
    **dict.fromkeys(_MESSAGE_TYPES, _MESSAGE),
    "contact_updated": _ANY,
    "contact_merged": Shape({"from": IDENTIFIER}),
    "contact_erased": _ANY,
}

_TYPES: Final = tuple(CONTACT_SHAPES)
_NUMBERS: Final = {name: number for number, name in enumerate(_TYPES)}


def pack_type(event_type: str) -> int | str:
    """An event type for state: the number of a known one, the name of a custom one."""
    number = _NUMBERS.get(event_type)
    return event_type[:_MAX_TYPE] if number is None else number


def unpack_type(packed: int | str) -> str:
    """The event type that ``pack_type`` was given."""
    return packed if isinstance(packed, str) else _TYPES[packed]


PRODUCT_SHAPES: Final[dict[str, Shape]] = {
    "stock_changed": Shape({"quantity": NUMBER}, {"location": IDENTIFIER}),
    "price_changed": Shape({"price": NOT_NEGATIVE}, {"currency": TEXT}),
    "product_updated": Shape(
        {},
        {
            "quantity": NUMBER,
            "location": IDENTIFIER,
            "price": NOT_NEGATIVE,
            "currency": TEXT,
            "category": TEXT,
            "brand": TEXT,
            "name": TEXT,
        },
    ),
}


_READERS: Final[dict[int, Callable[[Any], Any]]] = {
    TEXT: _text,
    NAME: _name,
    IDENTIFIER: _identifier,
    NUMBER: _number,
    NOT_NEGATIVE: _not_negative,
}
_WANTED: Final = {
    TEXT: "a string",
    NAME: "a string or an integer",
    IDENTIFIER: "a non-empty string or an integer",
    NUMBER: "a number",
    NOT_NEGATIVE: "a number, 0 or more",
}

Ignored = dict[str, int]  # by field: how many values were of a wrong type, and are as if missing


def take_data(shape: Shape, data: dict[str, Any], ignored: Ignored, prefix: str = "") -> None:
    """Bring data into the types of its fields: convert what senders write otherwise, take out and
    count the fields of a wrong type that it need not have.

    Raises Refused with code ``missing_field``, ``bad_field`` or ``id_too_long``.
    """
    for name in shape.required:
        if data.get(name) is None:
            raise Refused("missing_field", f"data.{prefix}{name} is missing")
    for name, value in list(data.items()):
        kind = shape.kinds.get(name, ANYTHING)
        if kind == ANYTHING or value is None:
            continue
        try:
            data[name] = _taken(kind, prefix + name, value, ignored)
        except Refused as refused:
            if name in shape.required or refused.code == "id_too_long":
                raise
            del data[name]
            field = "items." + name if prefix else name
            ignored[field] = ignored.get(field, 0) + 1


def _taken(kind: int, field: str, value: Any, ignored: Ignored) -> Any:
    """What counts as the value of a field. Raises Refused where its type is wrong."""
    if kind == ITEMS:
        return _items(field, value, ignored)
    taken = _READERS[kind](value)
    if taken is None:
        raise Refused("bad_field", f"data.{field} must be {_WANTED[kind]}, not {_kind(value)}")
    if kind == IDENTIFIER:
        check_length(f"data.{field}", taken)
    return taken


def _items(field: str, value: Any, ignored: Ignored) -> list[dict[str, Any]]:
    """The items that a value lists, null left out.

    One wrong item makes the whole a value of a wrong type: what would be left of it says that
    the others were not there.
    """
    if type(value) is not list:
        raise Refused("bad_field", f"data.{field} must be an array, not {_kind(value)}")
    items = [item for item in value if item is not None]
    inside: Ignored = {}
    for place, item in enumerate(items):
        if type(item) is not dict:
            raise Refused(
                "bad_field", f"data.{field}[{place}] must be an object, not {_kind(item)}"
            )
        take_data(ITEM, item, inside, f"{field}[{place}].")
    for name, count in inside.items():
        ignored[name] = ignored.get(name, 0) + count
    return items
