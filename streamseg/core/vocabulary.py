"""The known event types, the fields they have, and which of them are activity."""

from __future__ import annotations

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

# What the value of a field is checked to be: the first takes any, as do fields not known, and of
# the others those up to IDENTIFIER are texts.
ANYTHING: Final = 0
TEXT: Final = 1
IDENTIFIER: Final = 2  # neither empty nor long
NUMBER: Final = 3
QUANTITY: Final = 4  # not negative
ITEMS: Final = 5


def is_activity(event_type: str) -> bool:
    """Whether an event of this contact type is something that the contact did."""
    return event_type not in PASSIVE_TYPES


def check_length(field: str, value: str) -> None:
    """Refuse an identifier of more than 256 bytes of UTF-8."""
    if len(value) > SURELY_SHORT and len(value.encode()) > MAX_ID_BYTES:
        raise Refused("id_too_long", f"{field} has more than {MAX_ID_BYTES} bytes")


def _text(field: str, value: Any) -> None:
    if type(value) is not str:
        raise Refused("bad_field", f"data.{field} must be a string, not {_kind(value)}")


def _identifier(field: str, value: Any) -> None:
    if type(value) is not str or not value:
        raise Refused("bad_field", f"data.{field} must be a non-empty string, not {_kind(value)}")
    check_length(f"data.{field}", value)


def _number(field: str, value: Any) -> None:
    if type(value) is not Decimal and type(value) is not int:
        raise Refused("bad_field", f"data.{field} must be a number, not {_kind(value)}")


def _quantity(field: str, value: Any) -> None:
    _number(field, value)
    if value < 0:
        raise Refused("bad_field", f"data.{field} must not be negative")


def _items(field: str, value: Any) -> None:
    if type(value) is not list:
        raise Refused("bad_field", f"data.{field} must be an array, not {_kind(value)}")
    for place, item in enumerate(value):
        if type(item) is not dict:
            raise Refused(
                "bad_field", f"data.{field}[{place}] must be an object, not {_kind(item)}"
            )
        check_data(ITEM, item, f"{field}[{place}].")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "an empty string" if not value else "a string"
    if isinstance(value, int | Decimal):
        return "a number"
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
    {"product": IDENTIFIER}, {"quantity": QUANTITY, "price": NUMBER, "category": TEXT}
)
_MESSAGE: Final = Shape({"channel": TEXT}, {"campaign": TEXT})
_PRODUCT: Final = Shape({"product": IDENTIFIER})
_ANY: Final = Shape({})
CUSTOM: Final = Shape({}, {"product": IDENTIFIER})

# In states types go by their places here: new ones go to the end.
CONTACT_SHAPES: Final[dict[str, Shape]] = {
    "session_started": _ANY,
    "page_viewed": _ANY,
    "category_viewed": Shape({"category": TEXT}),
    "product_viewed": Shape(
        {"product": IDENTIFIER}, {"category": TEXT, "brand": TEXT, "price": NUMBER}
    ),
    "searched": Shape({"query": TEXT}),
    "wishlist_added": _PRODUCT,
    "stock_alert_requested": _PRODUCT,
    "cart_item_added": ITEM,
    "cart_item_removed": Shape({"product": IDENTIFIER}, {"quantity": QUANTITY}),
    "cart_updated": Shape({"items": ITEMS}, {"cart": TEXT}),
    "checkout_started": Shape({}, {"cart": TEXT}),
    "order_placed": Shape(
        {"order": TEXT}, {"total": NUMBER, "currency": TEXT, "cart": TEXT, "items": ITEMS}
    ),
    "order_cancelled": Shape({"order": TEXT}),
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
    "stock_changed": Shape({"quantity": NUMBER}, {"location": TEXT}),
    "price_changed": Shape({"price": NUMBER}),
    "product_updated": Shape(
        {},
        {
            "quantity": NUMBER,
            "location": TEXT,
            "price": NUMBER,
            "category": TEXT,
            "brand": TEXT,
            "name": TEXT,
        },
    ),
}


_CHECKS: Final[dict[int, Callable[[str, Any], None]]] = {
    TEXT: _text,
    IDENTIFIER: _identifier,
    NUMBER: _number,
    QUANTITY: _quantity,
    ITEMS: _items,
}


def check_data(shape: Shape, data: Mapping[str, Any], prefix: str = "") -> None:
    """Refuse data that lacks a field its type must have, or has one of the wrong type.

    Raises Refused with code ``missing_field``, ``bad_field`` or ``id_too_long``.
    """
    for name in shape.required:
        if data.get(name) is None:
            raise Refused("missing_field", f"data.{prefix}{name} is missing")
    for name, value in data.items():
        kind = shape.kinds.get(name)
        if kind is not None and value is not None:
            _CHECKS[kind](prefix + name, value)
