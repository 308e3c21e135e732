"""``next_order``: the contact orders in a rhythm of their own, and it is time again.

A model of a shop has no rhythm: in silence an order only gets less likely. So the date of the next
one is not the model's to tell; the contact's own gaps are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from streamseg.core.conditions.base import (
    NEVER,
    UNKNOWN,
    Anchor,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.contacts.contact import Contact
from streamseg.core.features.order_days import may_be_last_again
from streamseg.core.features.order_figures import days_of
from streamseg.core.features.order_history import OrderHistory, OrderTerms
from streamseg.core.prediction.rhythm import RECENT, mean_gap
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.timestamps import format_clock, format_duration, format_time

_LEAST_DAYS: Final = 3


class NextOrder(Condition):
    """An order is due in ``lead`` ms or less, and is not overdue by ``give_up`` ms.

    It is due when the mean gap between the last 8 order days has passed since the last one. The
    mean is cut to whole ms; there is none with less than two gaps, or where it is not longer than
    ``lead``. It is about the contact, whatever the segment's key.
    """

    word = "next_order"

    def __init__(self, terms: OrderTerms, lead: int, give_up: int) -> None:
        self._terms = terms
        self._lead = lead
        self._give_up = give_up
        self._column = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._column = contact.column(OrderHistory(self._terms, 0, days=True))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        days = self._days(ctx)
        since = ctx.known_since(self._column, False)
        if since is not None and (len(days) < RECENT or days[0] < since):
            return UNKNOWN
        due = self.due(ctx)
        if due is None or instant >= due + self._give_up:
            return NEVER
        start = due - self._lead
        return (True, due + self._give_up) if instant >= start else (False, start)

    def _days(self, ctx: EvalContext) -> list[int]:
        return days_of(ctx.features.get(self._column))[1][-RECENT:]

    def due(self, ctx: EvalContext) -> int | None:
        """When the next order is due; None if that is not known."""
        days = self._days(ctx)
        gap = mean_gap(days, _LEAST_DAYS)
        return None if gap is None or gap <= self._lead else days[-1] + gap

    def anchor(self, ctx: EvalContext) -> int:
        """The first order of the last order day; there must be one."""
        return self._days(ctx)[-1]

    def can_return(self, contact: Contact, anchor: Anchor) -> bool:
        """Whether an order day may be the last one again."""
        days = days_of(contact.state(self._column))[1]
        return may_be_last_again(days, int(anchor), self._terms.cancelled)

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """When the last order day was, and when the next one is due; it must be known."""
        due = self.due(ctx)
        assert due is not None
        return {"next_order": {"last": format_time(self.anchor(ctx)), "due": format_time(due)}}

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        due = self.due(ctx)
        if due is None:
            return ["no rhythm of orders is known"]
        last = format_clock(self.anchor(ctx), instant)
        return [f"last order day at {last}, the next one due at {format_clock(due, instant)}"]

    def asks(self) -> str:
        lead = f" in {format_duration(self._lead)}" if self._lead else ""
        return f"due to order again{lead}, by its own rhythm"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        days = self._days(ctx)
        last = days[-1] if days else None
        is_known = len(days) < RECENT and ctx.known_since(self._column, False) is None
        figure = "order_days" if is_known else "order_days_at_least"
        return {figure: len(days), "last_at": last, "due_at": self.due(ctx)}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        due = self.due(ctx)
        if truth is None or due is None:
            return None
        if truth:
            return due - self._lead
        return due + self._give_up if instant >= due + self._give_up else None
