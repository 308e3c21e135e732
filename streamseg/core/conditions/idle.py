"""``idle``: silence since the last event of a kind."""

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
from streamseg.core.features.instants import Latest
from streamseg.core.segments.dependencies import DELAYS, Dependency
from streamseg.core.segments.preconditions import HAPPENED, Precondition
from streamseg.core.values.predicates import Where
from streamseg.core.values.timestamps import format_clock, format_duration, format_time
from streamseg.core.vocabulary import unpack_type


class Idle(Condition):
    """There is a matching event, and the last one is at least ``wait`` ms old."""

    word = "idle"

    def __init__(self, types: tuple[str, ...] | None, where: Where | None, wait: int) -> None:
        self._types = types
        self._where = where
        self._wait = wait
        self._column = 0
        self._keyed = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        self._column = (keyed or contact).column(Latest(self._types, self._where))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, DELAYS, self._keyed, wait=self._wait)]

    def preconditions(self) -> list[Precondition]:
        return [Precondition(HAPPENED, self._column, 1, self._keyed)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        last = (ctx.key_features if self._keyed else ctx.features).get(self._column)
        if last is None:
            known = ctx.known_since(self._column, self._keyed) is None
            return NEVER if known else UNKNOWN
        due: int = last[0] + self._wait
        return (True, FOREVER) if instant >= due else (False, due)

    def last_at(self, ctx: EvalContext) -> int:
        """The instant of the last matching event; there must be one."""
        last: int = (ctx.key_features if self._keyed else ctx.features)[self._column][0]
        return last

    def context(self, ctx: EvalContext) -> dict[str, object]:
        """When the last matching event was, and of what type."""
        last: list[Any] = (ctx.key_features if self._keyed else ctx.features)[self._column]
        return {"last": {"type": unpack_type(last[1]), "time": format_time(last[0])}}

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        what = "activity" if self._types is None else events_text(self._types, self._where)
        if self._column not in (ctx.key_features if self._keyed else ctx.features):
            return [f"no {what} ever"]
        since = format_clock(self.last_at(ctx), instant)
        return [f"no {what} since {since}"]

    def asks(self) -> str:
        what = "activity" if self._types is None else events_text(self._types, self._where)
        return f"no {what} for {format_duration(self._wait)}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        last = (ctx.key_features if self._keyed else ctx.features).get(self._column)
        if last is None:
            return {"last_at": None}
        return {"last_at": last[0], "last_type": unpack_type(last[1])}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        last = (ctx.key_features if self._keyed else ctx.features).get(self._column)
        if last is None:
            return None if truth is None else SINCE_EVER
        due: int = last[0] + self._wait
        return due if truth and self._wait else None
