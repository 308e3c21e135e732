"""Finds the keys that an event names: in a field of its data, or in that field of its items."""

from __future__ import annotations

from typing import Any, TypeGuard

from streamseg.core.events import Event
from streamseg.core.vocabulary import MAX_ID_BYTES, SURELY_SHORT


def keys_of(event: Event, field: str) -> list[str]:
    """The keys of an event: its field, or, where it has none, the field of its items."""
    value = event.data.get(field)
    if type(value) is str and len(value) <= SURELY_SHORT:  # nearly always
        return [value]
    if value is not None:
        return [value] if _is_key(value) else []
    items = event.data.get("items")
    if type(items) is not list:
        return []
    values = (item.get(field) for item in items if type(item) is dict)
    return list(dict.fromkeys(value for value in values if _is_key(value)))


def _is_key(value: Any) -> TypeGuard[str]:
    """Whether a value can be a key: a text of no more bytes than an id."""
    return type(value) is str and len(value.encode()) <= MAX_ID_BYTES
