"""The known event types, the fields they have, and which of them are activity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from streamseg.core.errors import Refused

MAX_ID_BYTES: Final = 256

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
    if len(value) * 4 > MAX_ID_BYTES and len(value.encode()) > MAX_ID_BYTES:
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
        _check_fields(f"{field}[{place}].", _ITEM, item)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "an empty string" if not value else "a string"
    if isinstance(value, int | Decimal):
        return "a number"
    return "an array" if isinstance(value, list) else "an object"


Fields = tuple[tuple[str, bool, Check], ...]


def _fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Fields:
    needed = [(name, True, check) for name, check in required.items()]
    return (*needed, *((name, False, check) for name, check in (optional or {}).items()))


_ITEM = _fields(
    {"product": _identifier}, {"quantity": _quantity, "price": _number, "category": _text}
)
_MESSAGE = _fields({"channel": _text}, {"campaign": _text})
_PRODUCT = _fields({"product": _identifier})

CONTACT_FIELDS: Final[dict[str, Fields]] = {
    "session_started": (),
    "page_viewed": (),
    "category_viewed": _fields({"category": _text}),
    "product_viewed": _fields(
        {"product": _identifier}, {"category": _text, "brand": _text, "price": _number}
    ),
    "searched": _fields({"query": _text}),
    "wishlist_added": _PRODUCT,
    "stock_alert_requested": _PRODUCT,
    "cart_item_added": _ITEM,
    "cart_item_removed": _fields({"product": _identifier}, {"quantity": _quantity}),
    "cart_updated": _fields({"items": _items}, {"cart": _text}),
    "checkout_started": _fields({}, {"cart": _text}),
    "order_placed": _fields(
        {"order": _text}, {"total": _number, "currency": _text, "cart": _text, "items": _items}
    ),
    "order_cancelled": _fields({"order": _text}),
    **dict.fromkeys(_MESSAGE_TYPES, _MESSAGE),
    "contact_updated": (),
    "contact_merged": _fields({"from": _identifier}),
    "contact_erased": (),
}

PRODUCT_FIELDS: Final[dict[str, Fields]] = {
    "stock_changed": _fields({"quantity": _number}, {"location": _text}),
    "price_changed": _fields({"price": _number}),
    "product_updated": _fields(
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


def _check_fields(prefix: str, fields: Fields, data: Mapping[str, Any]) -> None:
    for name, required, check in fields:
        value = data.get(name)
        if value is not None:
            check(prefix + name, value)
        elif required:
            raise Refused("missing_field", f"data.{prefix}{name} is missing")


def check_data(fields: Fields, data: Mapping[str, Any]) -> None:
    """Refuse data that lacks a field its type must have, or has one of the wrong type.

    Raises Refused with code ``missing_field``, ``bad_field`` or ``id_too_long``.
    """
    _check_fields("", fields, data)
