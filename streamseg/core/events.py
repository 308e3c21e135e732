"""Events as the engine sees them: checked, with their time as an instant."""

from __future__ import annotations

from typing import Any

import msgspec


class Event(msgspec.Struct, gc=False):
    """Something that happened to a contact.

    ``name`` stands in for ``id`` where the sender gave none (topic-partition-offset, or line:N);
    such an event is never taken for a duplicate.
    """

    type: str
    contact: str
    time: int
    data: dict[str, Any]
    id: str | None = None
    name: str = ""


class ProductEvent(msgspec.Struct, gc=False):
    """Something that happened to a product: its stock, its price or what it is."""

    type: str
    product: str
    time: int
    data: dict[str, Any]
    id: str | None = None
    name: str = ""
