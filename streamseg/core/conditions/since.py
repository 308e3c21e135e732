"""``since``: how long ago the first event of a kind was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    NEVER,
    SINCE_EVER,
    UNKNOWN,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.conditions.wording import events_text
from streamseg.core.features.base import FOREVER
from streamseg.core.features.first import First
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.predicates import Where
from streamseg.core.values.timestamps import format_clock, format_duration, format_time
from streamseg.core.vocabulary import unpack_type


class Since(Condition):
    """There is a matching event, and the first one is at least ``wait`` ms old.

    It is unknown of a contact who is older than the rule: the first event may not be remembered.
    """

    word = "since"

    def __init__(self, types: tuple[str, ...] | None, where: Where | None, wait: int) -> None:
        self._types = types
        self._where = where
        self._wait = wait
        self._column = 0
        self._keyed = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        self._column = (keyed or contact).column(First(self._types, self._where))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY, self._keyed)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        first = (ctx.key_features if self._keyed else ctx.features).get(self._column)
        if ctx.known_since(self._column, self._keyed) is not None:
            return UNKNOWN
        if first is None:
            return NEVER
        if first[0] is None:  # a former version wrote null of a contact it knew before the rule
            return UNKNOWN
        due = first[0] + self._wait
        return (True, FOREVER) if instant >= due else (False, due)

    def context(self, ctx: EvalContext) -> dict[str, object]:
        """When the first matching event was, and of what type; there must be one."""
        time, event_type = (ctx.key_features if self._keyed else ctx.features)[self._column]
        return {"first": {"type": unpack_type(event_type), "time": format_time(time)}}

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        first = (ctx.key_features if self._keyed else ctx.features).get(self._column)
        what = "activity" if self._types is None else events_text(self._types, self._where)
        if first is None or first[0] is None:
            return [f"no first {what} known"]
        return [f"first {what} at {format_clock(first[0], instant)}"]

    def asks(self) -> str:
        what = "activity" if self._types is None else events_text(self._types, self._where)
        return f"first {what} at least {format_duration(self._wait)} ago"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        first = (ctx.key_features if self._keyed else ctx.features).get(self._column)
        return {"first_at": None if first is None else first[0]}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        if truth is None:
            return None
        first = (ctx.key_features if self._keyed else ctx.features).get(self._column)
        return first[0] + self._wait if truth and first is not None else SINCE_EVER
