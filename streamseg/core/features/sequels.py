"""Which events of a kind were followed by one of another."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    FOREVER,
    IGNORED,
    INSTANT_BYTES,
    LIST_BYTES,
    UNCHANGED,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import events_of, moment, moments
from streamseg.core.values.predicates import Where
from streamseg.core.values.timestamps import format_duration
from streamseg.core.vocabulary import is_activity

MAX_WAITING: Final = 16
_BEST: Final = 0
_FIRSTS: Final = 1
_SEQUELS: Final = 2


class FollowedEvents(SharedFeature):
    """The last ``first`` event that a ``by`` event followed, at most ``within`` ms later.

    State: ``[instant of it, or null; later first events; later by events]``, the last 16 of each.
    More are not needed while events arrive in order: what comes next is nearer to the later ones. A
    late event can make a pair with these 16 only.
    """

    def __init__(
        self, first: tuple[str, ...] | None, by: tuple[str, ...] | None, within: int
    ) -> None:
        self._first = first
        self._by = by
        self._within = within
        self.where: Where | None = None
        named = tuple(sorted({*(first or ()), *(by or ())}))
        self.types = None if first is None or by is None else named
        self.besides = named  # `any` on one side means activity, the other may name what is none

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("followed", self._first, self._by, self._within)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        first, by = events_of(self._first), events_of(self._by)
        return Memory(
            what=f"of {first}: when the last one happened that {by} followed within "
            f"{format_duration(self._within)}; of each, when the last {MAX_WAITING} after that did",
            until="a later such pair takes their place",
            typical=3 + 3 * INSTANT_BYTES,
            most=1 + INSTANT_BYTES + 2 * (LIST_BYTES + MAX_WAITING * INSTANT_BYTES),
            approximate=f"of events that come late the last {MAX_WAITING} are enough to find pairs",
        )

    def readable(self, state: Any) -> Any:
        return {
            "last_followed_at": moment(state[_BEST]),
            "first_after": moments(state[_FIRSTS]),
            "by_after": moments(state[_SEQUELS]),
        }

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        is_first = _is_of(event.type, self._first)
        is_sequel = _is_of(event.type, self._by)
        if not is_first and not is_sequel:
            return IGNORED
        state = states.setdefault(column, [None, [], []])
        if is_first:
            insort(state[_FIRSTS], event.time)
        if is_sequel:
            insort(state[_SEQUELS], event.time)
        best = state[_BEST]
        self._settle(state)
        return UNCHANGED if state[_BEST] == best else CHANGED

    def join(self, older: list[Any], newer: list[Any], ctx: UpdateContext) -> list[Any]:
        """The last pair of both, or of one's first with the other's sequel."""
        found = [one[_BEST] for one in (older, newer) if one[_BEST] is not None]
        state = [
            max(found) if found else None,
            sorted(older[_FIRSTS] + newer[_FIRSTS]),
            sorted(older[_SEQUELS] + newer[_SEQUELS]),
        ]
        self._settle(state)
        return state

    def _settle(self, state: list[Any]) -> None:
        """Find the last followed event, and drop the events that are not needed any more."""
        firsts, sequels = state[_FIRSTS], state[_SEQUELS]
        best = state[_BEST]
        for first in reversed(firsts):
            column = bisect_left(sequels, first)
            if column < len(sequels) and sequels[column] - first <= self._within:
                best = first if best is None else max(best, first)
                break
        after = -FOREVER if best is None else best
        state[_BEST] = best
        state[_FIRSTS] = [one for one in firsts if one > after][-MAX_WAITING:]
        state[_SEQUELS] = [one for one in sequels if one > after][-MAX_WAITING:]


def _is_of(event_type: str, types: tuple[str, ...] | None) -> bool:
    return is_activity(event_type) if types is None else event_type in types


def last_followed(state: Any) -> int | None:
    """The instant of the last event that was followed; None where none was."""
    last: int | None = None if state is None else state[_BEST]
    return last
