"""A contact's orders, for figures: when each was placed, and for how much.

State, once there is an order:

    [older, first, sum, times, amounts, days, open]

    times, amounts     of the orders within the window before the last one, and of one more; of more
                       than 1,000 the two oldest become one at the later's time, of both amounts
    older, first, sum  of all orders before those: their number (with those that became one), the
                       first's instant, their amount (null where there is none)
    days               [older days, instant…]: the first order's instant of each of the last 64 days
                       with an order; empty where no rule asks for days
    open               the orders that may still be cancelled (`open_orders`); empty where none may
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, Final

from streamseg.core.contacts.duplicates import digest_of
from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    IGNORED,
    INSTANT_BYTES,
    LIST_BYTES,
    UNCHANGED,
    Feature,
    Memory,
    States,
    UpdateContext,
)
from streamseg.core.features.open_orders import (
    MAX_OPEN,
    OPEN_BYTES,
    WIDTH,
    add_open,
    place_in,
    was_cancelled,
)
from streamseg.core.features.order_days import MAX_DAYS, add_day, remove_day
from streamseg.core.features.readable_orders import readable_orders
from streamseg.core.values.numbers import NUMBER_BYTES, SUM_BYTES, SUM_DIGITS, pack, unpack
from streamseg.core.values.predicates import Where, add, field_at, is_number, multiply
from streamseg.core.values.timestamps import format_duration
from streamseg.core.values.zones import UTC_ZONE, Zone

_ID: Final = re.compile(r"(?P<terms>.*) window=(?P<window>\d+) days=(?P<days>True|False)")
MAX_ORDERS: Final = 1000
OLDER: Final = 0
FIRST: Final = 1
SUM: Final = 2
TIMES: Final = 3
AMOUNTS: Final = 4
DAYS: Final = 5
OPEN: Final = 6

Orders = list[Any]


class OrderTerms:
    """Which orders count, and for how much.

    - ``amount``: the path of the amount in an order's data
    - ``currency``: the currency that an order must have (None: any)
    - ``cancelled``: until how long after it an order may be cancelled (ms; None: never)
    - ``zone``: the zone of the days
    """

    def __init__(
        self,
        amount: str = "total",
        currency: str | None = None,
        cancelled: int | None = None,
        zone: Zone = UTC_ZONE,
    ) -> None:
        self.amount = tuple(amount.split("."))
        self.currency = currency
        self.cancelled = cancelled
        self.zone = zone
        self.text = f"{amount} {currency} {cancelled} {zone.name}"


class OrderHistory(Feature):
    """The orders within ``window`` ms before the last one, and the sum of those before.

    ``days``: the days of the orders are remembered, too.
    """

    where: Where | None = None

    def __init__(self, terms: OrderTerms, window: int, days: bool = False) -> None:
        cancels = terms.cancelled is not None
        self.types: tuple[str, ...] | None = (
            ("order_cancelled", "order_placed") if cancels else ("order_placed",)
        )
        self._terms = terms
        self._window = max(window, terms.cancelled or 0)
        self._has_days = days

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("order_history", self._terms.text)

    @property
    def id(self) -> str:
        return f"{self.column_key!r} window={self._window} days={self._has_days}"

    def reads(self) -> list[str]:
        currency = [] if self._terms.currency is None else ["currency"]
        return ["order", ".".join(self._terms.amount), *currency]

    def adopts(self, former: str) -> bool:
        """That of a history on the same terms, however long it is, and with days or without."""
        match = _ID.fullmatch(former)
        return match is not None and match["terms"] == repr(self.column_key)

    def adopt(self, state: Orders, former: str, instant: int) -> int | None:
        """All orders are there as long as none was folded; else those from the first listed on."""
        match = _ID.fullmatch(former)
        assert match is not None
        had_days = match["days"] == "True"
        if not self._has_days:
            state[DAYS] = [0]
        elif not had_days:
            for time in state[TIMES]:
                add_day(state[DAYS], time, self._terms.zone)
        knows_more = int(match["window"]) >= self._window and had_days >= self._has_days
        if knows_more or not state[OLDER]:
            return None
        return state[TIMES][0] if state[TIMES] else instant

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        window = format_duration(self._window)
        days = f", and the last {MAX_DAYS} days with an order" if self._has_days else ""
        one = INSTANT_BYTES + 5
        most = 2 * LIST_BYTES + MAX_ORDERS * (INSTANT_BYTES + NUMBER_BYTES) + 2 * SUM_BYTES
        if self._has_days:
            most += LIST_BYTES + INSTANT_BYTES * (MAX_DAYS + 1)
        if self._terms.cancelled is not None:
            most += LIST_BYTES + MAX_OPEN * (OPEN_BYTES + NUMBER_BYTES)
        return Memory(
            what=f"of `order_placed`: `{'.'.join(self._terms.amount)}` of each, and when it "
            f"happened, at most {MAX_ORDERS:,} of them{days}",
            until=f"of one that is {window} older than the last only number, sum and the first "
            "instant stay",
            typical=6 + 3 * one + (1 + 3 * INSTANT_BYTES if self._has_days else 0),
            most=most + 2 * INSTANT_BYTES,
            approximate=f"beyond {MAX_ORDERS:,} within {window}: the two oldest become one at the "
            "later's time, so their number is too small, and their sum is not",
        )

    def widen(self, other: OrderHistory) -> None:
        self._window = max(self._window, other._window)
        self._has_days = self._has_days or other._has_days

    def readable(self, state: Any) -> Any:
        return readable_orders(state)

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        state: Orders | None = states.get(column)
        if event.type == "order_cancelled":
            if state is None:
                state = states[column] = _no_orders()
            return self._cancel(state, digest_of(event.data["order"]), event.time)
        terms = self._terms
        if terms.currency is not None and event.data.get("currency") != terms.currency:
            return IGNORED
        if state is None:
            state = states[column] = _no_orders()
        value = field_at(event.data, terms.amount)
        amount = pack(value if is_number(value) else 0)
        if terms.cancelled is not None:
            digest = digest_of(event.data["order"])
            if was_cancelled(state[OPEN], digest, event.time, terms.cancelled):
                return UNCHANGED
            add_open(state[OPEN], digest, event.time, amount, terms.cancelled)
        self._add(state, event.time, amount)
        if self._has_days:
            add_day(state[DAYS], event.time, terms.zone)
        return CHANGED

    def join(self, older: Orders, newer: Orders, ctx: UpdateContext) -> Orders:
        """All orders of both, without those that the other one's cancellations cancel."""
        state = [list(part) if type(part) is list else part for part in older]
        if newer[OLDER]:
            state[OLDER] += newer[OLDER] - 1
            _fold(state, newer[FIRST], newer[SUM])
        for time, amount in zip(newer[TIMES], newer[AMOUNTS], strict=True):
            self._add(state, time, amount)
        state[DAYS][0] += newer[DAYS][0]
        for time in newer[DAYS][1:]:
            add_day(state[DAYS], time, self._terms.zone)
        opened = newer[OPEN]
        for at in range(0, len(opened), WIDTH):
            digest, time, amount = opened[at : at + WIDTH]
            if amount is True:
                self._cancel(state, digest, time)
            else:
                self._join_open(state, digest, time, amount)
        return state

    def _join_open(self, state: Orders, digest: bytes, time: int, amount: int | str) -> None:
        """Note that a joined order may be cancelled; or remove it, if its
        cancellation came before.
        """
        cancelled = self._terms.cancelled
        assert cancelled is not None
        if was_cancelled(state[OPEN], digest, time, cancelled):
            self._remove(state, time, amount)
        else:
            add_open(state[OPEN], digest, time, amount, cancelled)

    def _add(self, state: Orders, time: int, amount: int | str | None) -> None:
        times, amounts = state[TIMES], state[AMOUNTS]
        at = bisect_right(times, time)
        if at == 0 and times and state[OLDER] and time <= times[-1] - self._window:
            _fold(state, time, amount)
            return
        times.insert(at, time)
        amounts.insert(at, amount)
        horizon = times[-1] - self._window
        while len(times) > 1 and times[1] <= horizon:
            _fold(state, times.pop(0), amounts.pop(0))
        while len(times) > MAX_ORDERS:
            _fold(state, times.pop(0), None)
            oldest = add(unpack(amounts.pop(0)) or 0, unpack(amounts[0]) or 0)
            amounts[0] = pack(oldest, SUM_DIGITS)

    def _cancel(self, state: Orders, digest: bytes, instant: int) -> int:
        """Remove an order that is cancelled, or note a cancellation that came before its order."""
        cancelled = self._terms.cancelled
        assert cancelled is not None
        opened = state[OPEN]
        at = place_in(opened, digest)
        if at < 0:
            add_open(opened, digest, instant, True, cancelled)
            return UNCHANGED
        time, amount = opened[at + 1], opened[at + 2]
        if amount is True or abs(instant - time) > cancelled:
            return UNCHANGED
        del opened[at : at + WIDTH]
        self._remove(state, time, amount)
        return CHANGED

    def _remove(self, state: Orders, time: int, amount: int | str) -> None:
        times, amounts = state[TIMES], state[AMOUNTS]
        for index in range(len(times)):
            if times[index] == time and amounts[index] == amount:
                del times[index], amounts[index]
                break
        else:
            _unfold(state, amount)
        if self._has_days:
            remove_day(state[DAYS], time, state[TIMES], self._terms.zone)


def _no_orders() -> Orders:
    return [0, None, None, [], [], [0], []]


def _fold(state: Orders, time: int, amount: int | str | None) -> None:
    """Count an order among the older ones, of which only number, sum and first instant are kept."""
    state[OLDER] += 1
    state[FIRST] = time if state[FIRST] is None else min(time, state[FIRST])
    total = add(unpack(state[SUM]) or 0, unpack(amount) or 0)
    state[SUM] = pack(total, SUM_DIGITS)


def _unfold(state: Orders, amount: int | str | None) -> None:
    """Count an order among the older ones no more."""
    if state[OLDER] <= 1:
        state[OLDER], state[FIRST], state[SUM] = 0, None, None
        return
    state[OLDER] -= 1
    total = add(unpack(state[SUM]) or 0, multiply(unpack(amount) or 0, -1))
    state[SUM] = pack(total, SUM_DIGITS)
