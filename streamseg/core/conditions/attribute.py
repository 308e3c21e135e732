"""``attribute``: what is known of the contact itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    SINCE_EVER,
    UNKNOWN,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import FOREVER
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.segments.preconditions import IS_ONE_OF, Precondition
from streamseg.core.values.predicates import Comparison, shown


class AttributeIs(Condition):
    """The attribute at a path passes a comparison. It is always the contact's, never a key's."""

    word = "attribute"

    def __init__(self, path: str, compare: Comparison) -> None:
        self._path = path
        self._compare = compare
        self._column = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._column = contact.column(Attribute(self._path))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY)]

    def preconditions(self) -> list[Precondition]:
        values = self._compare.texts
        return [Precondition(IS_ONE_OF, self._column, values)] if values else []

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        state = ctx.features.get(self._column)
        if state is None and ctx.known_since(self._column, False) is not None:
            return UNKNOWN
        return self._compare(Attribute.value(state)), FOREVER

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        value = Attribute.value(ctx.features.get(self._column))
        return [f"attribute {self._path} is {shown(value)}"]

    def asks(self) -> str:
        return f"attribute {self._path} {self._compare.words}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        state = ctx.features.get(self._column)
        return {"value": Attribute.value(state), "told_at": None if state is None else state[0]}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        is_untold = ctx.features.get(self._column) is None
        return SINCE_EVER if is_untold and truth is not None else None
