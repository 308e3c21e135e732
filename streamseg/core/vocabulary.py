"""The known event types, the fields they have, and which of them are activity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

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

Check = Callable[[str, Any], None]


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


class Shape(NamedTuple):
    """The fields of a type's data: those it must have, and how each that is known is checked."""

    required: tuple[str, ...]
    checks: Mapping[str, Check]


def _shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Shape:
    return Shape(tuple(required), {**required, **(optional or {})})


ITEM: Final = _shape(
    {"product": _identifier}, {"quantity": _quantity, "price": _number, "category": _text}
)
_MESSAGE = _shape({"channel": _text}, {"campaign": _text})
_PRODUCT = _shape({"product": _identifier})
_ANY = _shape({})
CUSTOM: Final = _shape({}, {"product": _identifier})

# In states types go by their places here: new ones go to the end.
CONTACT_SHAPES: Final[dict[str, Shape]] = {
    "session_started": _ANY,
    "page_viewed": _ANY,
    "category_viewed": _shape({"category": _text}),
    "product_viewed": _shape(
        {"product": _identifier}, {"category": _text, "brand": _text, "price": _number}
    ),
    "searched": _shape({"query": _text}),
    "wishlist_added": _PRODUCT,
    "stock_alert_requested": _PRODUCT,
    "cart_item_added": ITEM,
    "cart_item_removed": _shape({"product": _identifier}, {"quantity": _quantity}),
    "cart_updated": _shape({"items": _items}, {"cart": _text}),
    "checkout_started": _shape({}, {"cart": _text}),
    "order_placed": _shape(
        {"order": _text}, {"total": _number, "currency": _text, "cart": _text, "items": _items}
    ),
    "order_cancelled": _shape({"order": _text}),
    **dict.fromkeys(_MESSAGE_TYPES, _MESSAGE),
    "contact_updated": _ANY,
    "contact_merged": _shape({"from": _identifier}),
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
    "stock_changed": _shape({"quantity": _number}, {"location": _text}),
    "price_changed": _shape({"price": _number}),
    "product_updated": _shape(
        {},
        {
            "quantity": _number,
            "location": _text,
            "price": _number,
            "category": _text,
            "brand": _text,
            "name": _text,
        },
    ),
}


class Pattern(NamedTuple):
    """What is left to check of data that has the fields and types of other data that was right.

    ``identifiers`` must be neither empty nor long, ``quantities`` not negative; ``decimals`` are
    fields with a Decimal, ``lists`` those with items.
    """

    identifiers: tuple[str, ...]
    quantities: tuple[str, ...]
    decimals: tuple[str, ...]
    lists: tuple[str, ...]


_NUMBERS_OF: Final = frozenset({int, Decimal})
_SCALARS: Final = frozenset({str, bool}) | _NUMBERS_OF
_TYPES_OF: Final[dict[Check | None, frozenset[type]]] = {
    None: _SCALARS,
    _text: frozenset({str}),
    _identifier: frozenset({str}),
    _number: _NUMBERS_OF,
    _quantity: _NUMBERS_OF,
    _items: frozenset({list}),
}


def pattern_of(shape: Shape, data: Mapping[str, Any]) -> Pattern | None:
    """The pattern of data that ``check_data`` takes; None where its fields and their types alone
    do not tell that other data of them is right but for what a pattern names.
    """
    checks = {name: shape.checks.get(name) for name in data}
    if any(name not in data for name in shape.required) or any(
        type(data[name]) not in _TYPES_OF[check] for name, check in checks.items()
    ):
        return None
    return Pattern(
        tuple(name for name, check in checks.items() if check is _identifier),
        tuple(name for name, check in checks.items() if check is _quantity),
        tuple(name for name, value in data.items() if type(value) is Decimal),
        tuple(name for name, check in checks.items() if check is _items),
    )


def check_data(shape: Shape, data: Mapping[str, Any], prefix: str = "") -> None:
    """Refuse data that lacks a field its type must have, or has one of the wrong type.

    Raises Refused with code ``missing_field``, ``bad_field`` or ``id_too_long``.
    """
    for name in shape.required:
        if data.get(name) is None:
            raise Refused("missing_field", f"data.{prefix}{name} is missing")
    for name, value in data.items():
        check = shape.checks.get(name)
        if check is not None and value is not None:
            check(prefix + name, value)
