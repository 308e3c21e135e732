"""``followed`` and ``not_followed``: what came after an event, or did not."""

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
from streamseg.core.features.base import FOREVER
from streamseg.core.features.instants import Latest
from streamseg.core.features.sequels import FollowedEvents, last_followed
from streamseg.core.segments.dependencies import DELAYS, LOWERS, RAISES, Dependency
from streamseg.core.segments.preconditions import HAPPENED, IS_LAST, Precondition
from streamseg.core.values.timestamps import format_clock, format_duration

Types = tuple[str, ...] | None


class Followed(Condition):
    """Some ``first`` event in (t - last, t], or ever, has a ``by`` event within ``within`` ms."""

    word = "followed"

    def __init__(self, first: Types, by: Types, within: int, last: int | None) -> None:
        self._first = first
        self._by = by
        self._within = within
        self._last = last
        self._column = 0
        self._keyed = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        feature = FollowedEvents(self._first, self._by, self._within)
        self._column = (keyed or contact).column(feature)

    def _followed(self, ctx: EvalContext) -> int | None:
        return last_followed((ctx.key_features if self._keyed else ctx.features).get(self._column))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, RAISES, self._keyed)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        followed = self._followed(ctx)
        if followed is not None:
            if self._last is None:
                return ALWAYS
            if instant < followed + self._last:
                return True, followed + self._last
        since = ctx.known_since(self._column, self._keyed)
        end = FOREVER if since is None or self._last is None else since + self._last
        return NEVER if since is None or instant >= end else (None, end)

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        followed = self._followed(ctx)
        first, by = events_text(self._first, None), events_text(self._by, None)
        if followed is None:
            return [f"{first} not followed by {by}"]
        within = format_duration(self._within)
        at = format_clock(followed, instant)
        return [f"{first} at {at} followed by {by} within {within}"]

    def asks(self) -> str:
        first, by = events_text(self._first, None), events_text(self._by, None)
        last = "" if self._last is None else f", in the last {format_duration(self._last)}"
        return f"{first} followed by {by} within {format_duration(self._within)}{last}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        return {"first_at": self._followed(ctx)}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        if truth is None:
            return None
        followed = self._followed(ctx)
        if followed is None:
            return SINCE_EVER
        # When the other event was is not remembered: but that it was within ``within``.
        ended = not truth and self._last is not None and self._within < self._last
        return followed + (self._last or 0) if ended else None


class NotFollowed(Condition):
    """The last ``first`` event is at least ``within`` ms old, and less than ``last`` ms where that
    is given, with no ``by`` event at its time or later.
    """

    word = "not_followed"

    def __init__(self, first: Types, by: Types, within: int, last: int | None = None) -> None:
        self._first = first
        self._by = by
        self._within = within
        self._last = last
        self._first_column = 0
        self._by_column = 0
        self._keyed = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        columns = keyed or contact
        self._first_column = columns.column(Latest(self._first, None))
        self._by_column = columns.column(Latest(self._by, None))

    def dependencies(self) -> list[Dependency]:
        return [
            Dependency(self._first_column, DELAYS, self._keyed, wait=self._within),
            Dependency(self._by_column, LOWERS, self._keyed),
        ]

    def preconditions(self) -> list[Precondition]:
        happened = Precondition(HAPPENED, self._first_column, 1, self._keyed)
        is_last = Precondition(IS_LAST, self._first_column, self._by_column)
        return [happened] if self._keyed else [happened, is_last]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        states = ctx.key_features if self._keyed else ctx.features
        first = states.get(self._first_column)
        by = states.get(self._by_column)
        if first is None:
            return self._without_first(ctx, instant, None if by is None else by[0])
        if by is not None and by[0] >= first[0]:
            return NEVER
        by_since = ctx.known_since(self._by_column, self._keyed)
        if by_since is not None and by_since >= first[0]:
            return UNKNOWN
        end = FOREVER if self._last is None else first[0] + self._last
        if instant >= end:
            return NEVER
        due = first[0] + self._within
        return (True, end) if instant >= due else (False, due)

    def _without_first(self, ctx: EvalContext, instant: int, by: int | None) -> Answer:
        """The answer if no ``first`` event is known; the last ``by`` event was at ``by``."""
        since = ctx.known_since(self._first_column, self._keyed)
        if since is None or (by is not None and by >= since):
            return NEVER
        end = FOREVER if self._last is None else since + self._last
        return NEVER if instant >= end else (None, end)

    def followed_at(self, ctx: EvalContext) -> int | None:
        """The instant of the last ``by`` event; None where there was none."""
        by = (ctx.key_features if self._keyed else ctx.features).get(self._by_column)
        return None if by is None else by[0]

    def first_at(self, ctx: EvalContext) -> int:
        """The instant of the last ``first`` event; there must be one."""
        states = ctx.key_features if self._keyed else ctx.features
        last: int = states[self._first_column][0]
        return last

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        states = ctx.key_features if self._keyed else ctx.features
        first, by = events_text(self._first, None), events_text(self._by, None)
        if self._first_column not in states:
            return [f"no {first} ever"]
        since, followed = self.first_at(ctx), self.followed_at(ctx)
        if followed is not None and followed >= since:
            return [f"{by} at {format_clock(followed, instant)}, no {first} after it"]
        return [f"{first} at {format_clock(since, instant)}, no {by} since"]

    def asks(self) -> str:
        first, by = events_text(self._first, None), events_text(self._by, None)
        wait = f", for {format_duration(self._within)}" if self._within else ""
        last = "" if self._last is None else f", in the last {format_duration(self._last)}"
        return f"{first} not followed by {by}{wait}{last}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        first = (ctx.key_features if self._keyed else ctx.features).get(self._first_column)
        return {"first_at": None if first is None else first[0], "by_at": self.followed_at(ctx)}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        states = ctx.key_features if self._keyed else ctx.features
        if truth is None:
            return None
        if self._first_column not in states:
            return SINCE_EVER
        since, followed = self.first_at(ctx), self.followed_at(ctx)
        due = since + self._within
        if truth:
            return due if self._within else None
        if followed is not None and followed >= since:
            return None  # when the first of these was is not remembered
        end = FOREVER if self._last is None else since + self._last
        return end if instant >= end > due else None
