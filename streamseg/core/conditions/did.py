"""``did``: how often something happened, ever or within a window that moves with time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    ALWAYS,
    NEVER,
    SINCE_EVER,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.conditions.wording import bounds_text, events_text
from streamseg.core.features.base import FOREVER, Feature
from streamseg.core.features.instants import Instants
from streamseg.core.segments.dependencies import ANY, LOWERS, RAISES, Dependency
from streamseg.core.segments.preconditions import HAPPENED, Precondition
from streamseg.core.values.predicates import Where
from streamseg.core.values.timestamps import format_duration


class Did(Condition):
    """The number of matching events in (t - within, t] is in [at_least, at_most].

    Time alone takes events out of the window, the oldest first, at their time + within.
    """

    word = "did"

    def __init__(
        self,
        types: tuple[str, ...] | None,
        where: Where | None,
        at_least: int,
        at_most: int | None,
        within: int | None,
    ) -> None:
        self._types = types
        self._where = where
        self._at_least = at_least
        self._at_most = at_most
        self._within = within
        period = "" if within is None else f" within {format_duration(within)}"
        self._what = f"{events_text(types, where)}{period}"
        self._column = 0
        self._keyed = False
        self._feature: Feature | None = None

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        # One event more than ``at_most`` shows that there are too many.
        keep = max(self._at_least, 1 if self._at_most is None else self._at_most + 1)
        registry = keyed or contact
        self._keyed = keyed is not None
        self._column = registry.column(Instants(self._types, self._where, keep, self._within))
        self._feature = registry.feature(self._column)

    def dependencies(self) -> list[Dependency]:
        at_least, at_most = self._at_least, self._at_most
        kind = RAISES if at_most is None else ANY if at_least else LOWERS
        return [Dependency(self._column, kind, self._keyed)]

    def preconditions(self) -> list[Precondition]:
        least = self._at_least
        return [Precondition(HAPPENED, self._column, least, self._keyed)] if least else []

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        states = ctx.key_features if self._keyed else ctx.features
        kept = states.get(self._column, ())
        held = len(kept)
        within = self._within
        count = held if within is None else held - bisect_right(kept, instant - within)
        at_least, at_most = self._at_least, self._at_most
        if at_most is not None and count > at_most:
            return (False, FOREVER if within is None else kept[held - at_most - 1] + within)
        if (ctx.kept_since or ctx.key_kept_since) and (count < at_least or at_most is not None):
            since = ctx.known_since(self._column, self._keyed)
            if since is not None and (within is None or instant < since + within):
                return None, FOREVER if within is None else since + within
        if count < at_least:
            return NEVER
        if within is None or not at_least:
            return ALWAYS
        return True, kept[held - at_least] + within

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        states = ctx.key_features if self._keyed else ctx.features
        kept = states.get(self._column, ())
        within = self._within
        count = len(kept) - (0 if within is None else bisect_right(kept, instant - within))
        more = "at least " if self._at_most is None and count == len(kept) > 1 else ""
        return [f"{more}{count} × {self._what}"]

    def asks(self) -> str:
        return f"{bounds_text(self._at_least, self._at_most)} × {self._what}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        kept, feature = self._kept(ctx), self._feature
        assert feature is not None
        count = self._count(kept, instant)
        figure = "count" if self._is_complete(ctx, kept, instant) else "count_at_least"
        return {figure: count, "last_at": kept[-1] if kept and feature.knows_last(kept) else None}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        if truth is None:
            return None
        kept, within = self._kept(ctx), self._within
        turns = set(kept)
        if within is not None:
            turns.update(one + within for one in kept if one + within <= instant)
        for turn in sorted(turns, reverse=True):
            if not self._is_complete(ctx, kept, turn - 1):
                return None
            if self._holds(self._count(kept, turn - 1)) is not truth:
                return turn
        return SINCE_EVER if self._complete_from(ctx, kept) == SINCE_EVER else None

    def _kept(self, ctx: EvalContext) -> Sequence[int]:
        kept: Sequence[int] = (ctx.key_features if self._keyed else ctx.features).get(
            self._column, ()
        )
        return kept

    def _count(self, kept: Sequence[int], instant: int) -> int:
        """How many of those kept are in the window of an instant."""
        first = 0 if self._within is None else bisect_right(kept, instant - self._within)
        return bisect_right(kept, instant) - first

    def _holds(self, count: int) -> bool:
        return count >= self._at_least and (self._at_most is None or count <= self._at_most)

    def _is_complete(self, ctx: EvalContext, kept: Sequence[int], instant: int) -> bool:
        """Whether all matching events in the window of an instant are among those kept."""
        complete = self._complete_from(ctx, kept)
        if self._within is None:
            return complete == SINCE_EVER
        return instant - self._within + 1 >= complete

    def _complete_from(self, ctx: EvalContext, kept: Sequence[int]) -> int:
        assert self._feature is not None
        complete = self._feature.complete_from(kept)
        since = ctx.known_since(self._column, self._keyed)
        return complete if since is None else max(complete, since + 1)
