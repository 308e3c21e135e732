"""``attributes`` in a context: what is known of the contact, besides what a segment asks."""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import Frame, Registry
from streamseg.core.conditions.noted import Noted
from streamseg.core.features.attributes import Attribute


class NotedAttributes(Noted):
    """Some attributes of the contact, by their paths."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = paths
        self._places: list[int] = []

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._places = [contact.place(Attribute(path)) for path in self._paths]

    def context(self, frame: Frame) -> dict[str, Any]:
        """Those that are known, in objects as deep as their paths."""
        found: dict[str, Any] = {}
        for path, place in zip(self._paths, self._places, strict=True):
            value = Attribute.value(frame.contact.get(place))
            if value is None:
                continue
            within = found
            *above, last = path.split(".")
            for name in above:
                within = within.setdefault(name, {})
            within[last] = value
        return {"attributes": found}
