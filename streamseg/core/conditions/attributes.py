"""Attributes of the contact in the context of a message."""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import EvalContext, Registry
from streamseg.core.conditions.context_only import ContextOnly
from streamseg.core.features.attributes import Attribute


class AttributesContext(ContextOnly):
    """Some attributes of the contact, by their paths."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = paths
        self._columns: list[int] = []

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._columns = [contact.column(Attribute(path)) for path in self._paths]

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """The attributes that are known, in nested objects by their paths."""
        found: dict[str, Any] = {}
        for path, column in zip(self._paths, self._columns, strict=True):
            value = Attribute.value(ctx.features.get(column))
            if value is None:
                continue
            within = found
            *above, last = path.split(".")
            for name in above:
                within = within.setdefault(name, {})
            within[last] = value
        return {"attributes": found}
