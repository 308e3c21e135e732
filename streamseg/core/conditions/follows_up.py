"""Follows up a prediction: did an order come within the time that the prediction was about?

This is kept in the slot of a segment without members: ``[0, last, crossing, tenth]``.
``last`` is the last order day before the silence in which the prediction fell to its threshold,
``crossing`` the instant at which it did, and ``tenth`` (0 to 9) how probable the order was then.
The last two are null once that is known.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from streamseg.core.conditions.base import NEVER, Answer, Condition, EvalContext, Registry
from streamseg.core.conditions.predicted import Predicted, order_days
from streamseg.core.features.base import FOREVER
from streamseg.core.features.order_figures import days_of
from streamseg.core.prediction.past import Past
from streamseg.core.segments.dependencies import ANY, Dependency

LAST: Final = 1
CROSSING: Final = 2
TENTH: Final = 3
_TENTHS: Final = 10

Slot = list[Any]


class FollowUp(NamedTuple):
    """The new slot, the next instant at which time alone may change it, and an outcome: the tenth
    of a prediction, and whether the order came (None: there is no outcome yet).
    """

    slot: Slot | None
    until: int
    came: tuple[int, bool] | None = None


class FollowsUp(Condition):
    """Follows up a prediction of an order, once in each silence; it never holds."""

    def __init__(self, predicted: Predicted) -> None:
        self.predicted = predicted

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self.predicted.column = contact.column(order_days(self.predicted.terms))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self.predicted.column, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        return NEVER

    def follow(self, ctx: EvalContext, slot: Slot | None, instant: int) -> FollowUp:
        """The next state of a slot, at an instant at which orders or time may have changed it."""
        predicted = self.predicted
        past = predicted.past(ctx)
        if past is None or ctx.known_since(predicted.column, False) is not None:
            return FollowUp(None if slot is None else [0, None, None, None], FOREVER)
        came = None
        if slot is not None and slot[CROSSING] is not None:
            end = slot[CROSSING] + predicted.within
            next_day = self._day_after(ctx, slot[LAST])
            if next_day is None and predicted.crosses_at(ctx, past) == slot[CROSSING]:
                if instant <= end:
                    return FollowUp(slot, end + 1)
                came = slot[TENTH], False
            elif next_day is not None and next_day > slot[CROSSING]:
                came = slot[TENTH], next_day <= end
            # Else a late order, or a cancellation, has undone the silence that led here.
            slot = [0, slot[LAST], None, None]
        began = self._begin(ctx, past, slot, instant)
        return FollowUp(began.slot, began.until, came)

    def _begin(self, ctx: EvalContext, past: Past, slot: Slot | None, instant: int) -> FollowUp:
        """Begin to follow up, if the prediction reaches its threshold at this instant."""
        predicted = self.predicted
        is_done = slot is not None and slot[LAST] == past.last
        crossing = None if is_done else predicted.crosses_at(ctx, past)
        if crossing is None or past.x + 1 < predicted.at_least:
            return FollowUp(slot, FOREVER)
        if instant < crossing:
            return FollowUp(slot, crossing)
        if instant > crossing:  # not counted: contacts that have ordered since would be missing
            return FollowUp([0, past.last, None, None], FOREVER)
        value = predicted.predictor.told(predicted.curve(ctx, past), crossing - past.last)
        tenth = min(int(value * _TENTHS), _TENTHS - 1)
        return FollowUp([0, past.last, crossing, tenth], crossing + predicted.within + 1)

    def _day_after(self, ctx: EvalContext, last: int) -> int | None:
        """The first order of the first order day after one."""
        return next((day for day in days_of(self.predicted.orders(ctx))[1] if day > last), None)
