"""Events as the engine sees them: checked, with their time as an instant."""

from __future__ import annotations

from typing import Any


class Event:
    """Something that happened to a contact.

    ``name`` stands in for ``id`` where the sender gave none (topic-partition-offset, or line:N);
    such an event is never taken for a duplicate.
    """

    __slots__ = ("contact", "data", "id", "name", "time", "type")

    def __init__(
        self,
        type: str,
        contact: str,
        time: int,
        data: dict[str, Any],
        id: str | None = None,
        name: str = "",
    ) -> None:
        self.type = type
        self.contact = contact
        self.time = time
        self.data = data
        self.id = id
        self.name = name


class ProductEvent:
    """Something that happened to a product: its stock, its price or what it is."""

    __slots__ = ("data", "id", "name", "product", "time", "type")

    def __init__(
        self,
        type: str,
        product: str,
        time: int,
        data: dict[str, Any],
        id: str | None = None,
        name: str = "",
    ) -> None:
        self.type = type
        self.product = product
        self.time = time
        self.data = data
        self.id = id
        self.name = name
