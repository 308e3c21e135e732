"""``did_since``: how often something happened after the last event of another kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    ALWAYS,
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
from streamseg.core.features.base import Feature
from streamseg.core.features.instants import Instants, Latest
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.segments.preconditions import HAPPENED, Precondition
from streamseg.core.values.predicates import Where

Types = tuple[str, ...] | None


class DidSince(Condition):
    """At least ``at_least`` events of ``types`` came after the last one of ``since``.

    An event at the same instant as that one does not count. If there was no event of ``since``, all
    count. All events must pass ``where``. Time alone changes nothing.
    """

    word = "did_since"

    def __init__(self, types: Types, since: Types, where: Where | None, at_least: int) -> None:
        self._types = types
        self._since = since
        self._where = where
        self._at_least = at_least
        self._column = 0
        self._since_column = 0
        self._feature: Feature | None = None
        self._keyed = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        columns = keyed or contact
        self._column = columns.column(
            Instants(self._types, self._where, self._at_least, None, timed=True)
        )
        self._feature = columns.feature(self._column)
        self._since_column = columns.column(Latest(self._since, self._where))

    def dependencies(self) -> list[Dependency]:
        return [
            Dependency(self._column, ANY, self._keyed),
            Dependency(self._since_column, ANY, self._keyed),
        ]

    def preconditions(self) -> list[Precondition]:
        return [Precondition(HAPPENED, self._column, self._at_least, self._keyed)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        states = ctx.key_features if self._keyed else ctx.features
        kept = states.get(self._column, ())
        last = states.get(self._since_column)
        known_since = ctx.known_since(self._column, self._keyed)
        last_since = ctx.known_since(self._since_column, self._keyed)
        after = last[0] if last is not None else last_since
        if len(kept) >= self._at_least and (after is None or kept[-self._at_least] > after):
            return ALWAYS
        is_known = last is not None or last_since is None
        if known_since is not None and (after is None or known_since >= after):
            is_known = False
        return NEVER if is_known else UNKNOWN

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        what, since = events_text(self._types, self._where), events_text(self._since, None)
        return [f"at least {self._at_least} × {what} since the last {since}"]

    def asks(self) -> str:
        what, since = events_text(self._types, self._where), events_text(self._since, None)
        return f"at least {self._at_least} × {what} since the last {since}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        after, last = self._after(ctx)
        figure = "count" if self._is_complete(ctx) else "count_at_least"
        return {figure: len(after), "last_at": after[-1] if after else None, "since_at": last}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        after, last = self._after(ctx)
        if truth is None or not self._is_complete(ctx):
            return None
        if truth:
            return after[self._at_least - 1]
        return SINCE_EVER if last is None else None

    def _is_complete(self, ctx: EvalContext) -> bool:
        """Whether all that count are remembered."""
        assert self._feature is not None
        states = ctx.key_features if self._keyed else ctx.features
        complete = self._feature.complete_from(states.get(self._column, ()))
        if ctx.known_since(self._column, self._keyed) is not None:
            return False
        last = states.get(self._since_column)
        is_known = ctx.known_since(self._since_column, self._keyed) is None
        return complete == SINCE_EVER and is_known if last is None else last[0] + 1 >= complete

    def _after(self, ctx: EvalContext) -> tuple[list[int], int | None]:
        """The instants of the events that count, as far as remembered, and of the last event of the
        other kind.
        """
        states = ctx.key_features if self._keyed else ctx.features
        last = states.get(self._since_column)
        at = None if last is None else last[0]
        after = at if at is not None else ctx.known_since(self._since_column, self._keyed)
        kept = states.get(self._column, ())
        return [one for one in kept if after is None or one > after], at
