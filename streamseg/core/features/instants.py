"""Instants of matching events: the last few, in order of time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    FOREVER,
    INSTANT_BYTES,
    LIST_BYTES,
    UNCHANGED,
    USUAL,
    AgedFeature,
    Feature,
    Memory,
    States,
    UpdateContext,
    events_of_types,
    wider,
)
from streamseg.core.features.wording import events_of, moment, moments
from streamseg.core.values.predicates import Where
from streamseg.core.values.timestamps import format_duration
from streamseg.core.vocabulary import MAX_TYPE_BYTES, pack_type, unpack_type


class Instants(Feature):
    """The last ``keep`` instants of matching events, in a window where one is given.

    State: a list of instants, ascending. Those that are more than ``window`` (ms) before the last
    one are dropped: no condition of that window can count them again. ``timed``: it matters when
    they were, not only how many there are.
    """

    def __init__(
        self,
        types: tuple[str, ...] | None,
        where: Where | None,
        keep: int,
        window: int | None,
        timed: bool = False,
    ) -> None:
        self.types = types
        self.where = where
        self._keep = keep
        self._window = window
        self._is_timed = timed or window is not None

    @property
    def events(self) -> tuple[Any, ...]:
        return events_of_types(self)

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("instants", self.types, self.where.text if self.where else "")

    @property
    def id(self) -> str:
        return f"{self.column_key!r} keep={self._keep} window={self._window}"

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        last = "the last one happened" if self._keep == 1 else f"the last {self._keep:,} happened"
        window = (
            ""
            if self._window is None
            else (f"; one that is {format_duration(self._window)} older than the last goes")
        )
        return Memory(
            what=f"of {events_of(self.types, self.where)}: when {last}",
            until=f"a later one takes the place of the oldest{window}",
            typical=1 + min(self._keep, USUAL) * INSTANT_BYTES,
            most=LIST_BYTES + self._keep * INSTANT_BYTES,
        )

    def widen(self, other: Instants) -> None:
        self._keep = max(self._keep, other._keep)
        self._is_timed = self._is_timed or other._is_timed
        self._window = wider(self._window, other._window)

    def readable(self, state: Any) -> Any:
        return moments(state)

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        kept: list[int] | None = states.get(column)
        time: int = event.time
        if kept is None:
            states[column] = [time]
            return CHANGED
        if time >= kept[-1]:  # as nearly always
            kept.append(time)
        else:
            insort(kept, time)
        if len(kept) > self._keep:
            del kept[0]
            if not self._is_timed:
                return UNCHANGED  # the count is all that matters
        if self._window is not None:
            since = kept[-1] - self._window
            if kept[0] < since:
                del kept[: bisect_left(kept, since)]
        return CHANGED

    def join(self, older: list[int], newer: list[int], ctx: UpdateContext) -> list[int]:
        """The last ``keep`` of both."""
        kept = sorted([*older, *newer])[-self._keep :]
        if self._window is not None:
            del kept[: bisect_left(kept, kept[-1] - self._window)]
        return kept

    def complete_from(self, kept: Sequence[int]) -> int:
        """From which instant on all matching events are among those kept; -FOREVER: all are."""
        complete = -FOREVER
        if len(kept) >= self._keep:
            complete = kept[0] + 1
        if kept and self._window is not None:
            complete = max(complete, kept[-1] - self._window)
        return complete

    def knows_last(self, kept: Sequence[int]) -> bool:
        """Whether the last one of those kept is the last one that happened. Where only the number
        matters, that is not known once there are enough.
        """
        return self._is_timed or len(kept) < self._keep


class Latest(AgedFeature):
    """The last matching event: state is ``[instant, type]``, of one instant the later
    arrival's; the type as `pack_type` has it."""

    max_age = FOREVER
    is_of_last = True

    def __init__(self, types: tuple[str, ...] | None, where: Where | None) -> None:
        self.types = types
        self.where = where

    @property
    def events(self) -> tuple[Any, ...]:
        return events_of_types(self)

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("latest", self.types, self.where.text if self.where else "")

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"of {events_of(self.types, self.where)}: when the last one happened, and its "
            "type",
            until="the next one takes its place",
            typical=1 + INSTANT_BYTES + 1,
            most=1 + INSTANT_BYTES + MAX_TYPE_BYTES + 3,
        )

    def readable(self, state: Any) -> Any:
        return {"at": moment(state[0]), "type": unpack_type(state[1])}

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        time = event.time
        kept: list[Any] | None = states.get(column)
        if kept is None:
            if ctx.is_unknown_last(column, time):
                return UNCHANGED
            states[column] = [time, pack_type(event.type)]
            return CHANGED
        last: int = kept[0]
        if time < last:
            return UNCHANGED
        kept[0] = time
        kept[1] = pack_type(event.type)
        return CHANGED

    def join(self, older: list[Any], newer: list[Any], ctx: UpdateContext) -> list[Any]:
        """The later one."""
        return older if older[0] > newer[0] else newer

    def ages_from(self, state: Any) -> int | None:
        """The instant of the last matching event."""
        kept: list[int] | None = state
        return None if kept is None else kept[0]

    def expire(self, states: States, column: int, instant: int) -> bool:
        """Time alone changes nothing."""
        return False
