"""What a contact was told, and whether an order followed: exposures, kept with the contact.

An exposure begins when a trigger is released and is open for ``within`` after it, converted or not:

    released_at │────────── within ──────────│ + 1 d │
                └ no ┘└──── an order here ────┘└ late ┘
                       is one of it             arrivals count until then

State: ``[exposures, orders, first month, months with an order, spent]``, and of who became one of
several the segments in which these were in different arms. Of an exposure it is ``[segment,
variant, released_at, firings, revenue (null: not converted)]``, of an order ``[time, amount]``. The
last orders are kept as a trigger may be told after an order that follows it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Protocol

from streamseg.core.contact import Contact
from streamseg.core.counting.figures import NOTHING, Figures, minus, plus, square
from streamseg.core.counting.readable_exposures import readable_exposures
from streamseg.core.counting.running import RunningFigures
from streamseg.core.counting.terms import Conversion
from streamseg.core.events import Event
from streamseg.core.features.base import (
    IGNORED,
    INSTANT_BYTES,
    LIST_BYTES,
    UNCHANGED,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.numbers import NUMBER_BYTES, pack, unpack
from streamseg.core.policies.arms import MIXED
from streamseg.core.predicates import Where, field_at, is_number
from streamseg.core.timestamps import format_duration

MOST: Final = 16  # exposures of a contact, and orders
LATE_MS: Final = 86_400_000  # after the end of an exposure that orders which were in it still count
MONTHS: Final = 64
_NAME_BYTES: Final = 24

EXPOSURES: Final = 0
ORDERS: Final = 1
COHORT: Final = 2
CAME: Final = 3
SPENT: Final = 4
MIXED_IN: Final = 5  # of a merged contact only
State = list[Any]

SEGMENT: Final = 0
VARIANT: Final = 1
RELEASED_AT: Final = 2
FIRINGS: Final = 3
REVENUE: Final = 4
Exposure = list[Any]


class Book(Protocol):
    """Where exposures are counted; `Counts` implements it."""

    def figures(self, segment: str, variant: str, instant: int) -> Figures:
        """The figures of the day of an instant, to be added to."""

    def place(self, segment: str) -> int:
        """The place of a segment in the file; those that are gone come last."""

    def month(self, instant: int) -> int:
        """The month of an instant."""

    def came(self, cohort: int, later: int) -> None:
        """A buyer who began in the month ``cohort`` ordered ``later`` months after it."""

    def arrival(self, event: Event) -> int:
        """When an event arrived, as far as it is known."""

    def running(self, segment: str, variant: str, instant: int) -> RunningFigures:
        """What is to be added to such figures."""

    def earn(self, segment: str, variant: str, revenue: Decimal) -> None:
        """An exposure led to another order, of so much."""

    def order(self, amount: Decimal) -> None:
        """The contact whose event is applied has spent so much more."""

    def spend(self, contact: Contact) -> None:
        """Have the segments in which a contact is know what the event's order was."""


class Exposures(SharedFeature):
    """The exposures and orders of a contact; ``conversion`` says what counts as an order."""

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion
        self.types: tuple[str, ...] | None = (conversion.convert,)
        self.where: Where | None = None

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("exposures",)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        within = format_duration(self._conversion.within)
        exposure = INSTANT_BYTES + _NAME_BYTES + 4
        return Memory(
            what=f"what was told in the last {within}, and what `{self._conversion.convert}` "
            "followed it",
            until=f"{within} and a day after it was told, when the contact is touched then",
            typical=2 * exposure + 20,
            most=LIST_BYTES
            + MOST * (exposure + NUMBER_BYTES + INSTANT_BYTES + NUMBER_BYTES)
            + NUMBER_BYTES
            + 20,
            approximate=f"beyond {MOST} exposures the one that began longest ago is forgotten",
        )

    def reads(self) -> list[str]:
        return [
            ".".join(self._conversion.amount),
            *([] if self._conversion.currency is None else ["currency"]),
        ]

    def readable(self, state: Any) -> Any:
        return readable_exposures(state)

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        if ctx.book is None or not self._counts(event):
            return IGNORED
        state = states.get(column)
        if state is None:
            state = states[column] = new_state()
        self._order(state, event, ctx.book)
        ctx.has_spent = True
        return UNCHANGED

    def join(self, older: State, newer: State, ctx: UpdateContext) -> State:
        """All exposures and orders of both; the buyer stays in the cohort that began first."""
        exposures = sorted(older[EXPOSURES] + newer[EXPOSURES], key=_released_at)[-MOST:]
        orders = sorted(older[ORDERS] + newer[ORDERS], key=_time)[-MOST:]
        of = [one for one in (older, newer) if one[COHORT] is not None]
        first = min(of, key=_cohort) if of else older
        spent = plus(spent_in(older), spent_in(newer))
        mixed = list(dict.fromkeys([*mixed_in(older), *mixed_in(newer)]))
        rest = [mixed] if mixed else []
        return [exposures, orders, first[COHORT], first[CAME], _packed(spent), *rest]

    def mix(self, state: State, segments: list[str], book: Book) -> None:
        """Have exposures of some segments count in no arm from now on: the contact was merged from
        contacts in different arms.
        """
        mixed = list(dict.fromkeys([*mixed_in(state), *segments]))
        state[MIXED_IN:] = [mixed]
        for exposure in state[EXPOSURES]:
            if exposure[SEGMENT] in mixed and exposure[VARIANT] != MIXED:
                credited = self._credited(state, exposure, book)
                _count(exposure, credited, book, -1)
                exposure[VARIANT] = MIXED
                _count(exposure, credited, book, 1)

    def _credited(self, state: State, exposure: Exposure, book: Book) -> list[tuple[int, Decimal]]:
        """The time and amount of each kept order that is credited to an exposure."""
        return [
            (time, _decimal(amount))
            for time, amount in state[ORDERS]
            if exposure[RELEASED_AT] < time <= exposure[RELEASED_AT] + self._conversion.within
            and _last_of(self._open_at(state, time), book) is exposure
        ]

    def _counts(self, event: Event) -> bool:
        currency = self._conversion.currency
        return currency is None or event.data.get("currency") == currency

    def _order(self, state: State, event: Event, book: Book) -> None:
        time, within = event.time, self._conversion.within
        value = field_at(event.data, self._conversion.amount)
        amount = _decimal(pack(value)) if is_number(value) else NOTHING
        packed, squared = _packed(amount), square(amount)
        arrival = book.arrival(event)
        kept: list[Exposure] = []
        for exposure in self._open_at(state, time):
            if arrival > exposure[RELEASED_AT] + within + LATE_MS:
                _figures(exposure, book).late_missed += 1
            else:
                _convert(exposure, amount, packed, squared, book)
                kept.append(exposure)
        _give_credit(kept, amount, book)
        before = spent_in(state)
        state[SPENT] = _packed(plus(before, amount)) if before else packed
        book.order(minus(spent_in(state), before))
        state[ORDERS].append([time, packed])
        self._forget_old(state, time)
        if self._conversion.retention:
            _retain(state, time, book)

    def open(
        self, state: State, segment: str, variant: str, released_at: int, book: Book
    ) -> str | None:
        """A trigger is released, or held back as a control's: it opens an exposure. Returns the
        variant that it is counted in; None where an exposure is open already.
        """
        within = self._conversion.within
        exposures: list[Exposure] = state[EXPOSURES]
        for exposure in exposures:
            name: str = exposure[SEGMENT]
            if name != segment:
                continue
            since: int = exposure[RELEASED_AT]
            if since <= released_at <= since + within:
                exposure[FIRINGS] += 1
                return None
        if segment in mixed_in(state):
            variant = MIXED
        exposure = [segment, variant, released_at, 1, None]
        for time, amount in state[ORDERS]:
            if released_at < time <= released_at + within:
                self._follow(state, exposure, time, _decimal(amount), book)
        exposures.append(exposure)
        if len(exposures) > 1:
            first: int = exposures[0][RELEASED_AT]
            last_but_one: int = exposures[-2][RELEASED_AT]
            is_old = first + within + LATE_MS < released_at
            if is_old or last_but_one > released_at or len(exposures) > MOST:
                self._forget_old(state, released_at)
        return variant

    def _follow(
        self, state: State, exposure: Exposure, time: int, amount: Decimal, book: Book
    ) -> None:
        """Credit an order that came before its exposure was told, if the exposure may have it."""
        _convert(exposure, amount, _packed(amount), square(amount), book)
        others = self._open_at(state, time)
        if _last_of([*others, exposure], book) is exposure:
            if others:
                loser = _figures(_last_of(others, book), book)
                loser.credited = minus(loser.credited, amount)
            _give_credit([exposure], amount, book)

    def take_back(self, state: State, segment: str, released_at: int, book: Book) -> None:
        """A trigger is cancelled; an exposure goes with the last of its triggers."""
        for exposure in self._of_segment(state, segment, released_at):
            exposure[FIRINGS] -= 1
            if exposure[FIRINGS]:
                return
            credited = self._credited(state, exposure, book)
            _count(exposure, credited, book, -1)
            state[EXPOSURES].remove(exposure)
            for time, amount in credited:
                _give_credit(self._open_at(state, time), amount, book)
            return

    def _open_at(self, state: State, time: int) -> list[Exposure]:
        """The exposures that are open for an order at an instant."""
        within = self._conversion.within
        return [
            one for one in state[EXPOSURES] if one[RELEASED_AT] < time <= one[RELEASED_AT] + within
        ]

    def _of_segment(self, state: State, segment: str, instant: int) -> list[Exposure]:
        """The exposure of a segment that is open at an instant."""
        within = self._conversion.within
        return [
            one
            for one in state[EXPOSURES]
            if one[SEGMENT] == segment and one[RELEASED_AT] <= instant <= one[RELEASED_AT] + within
        ]

    def _forget_old(self, state: State, instant: int) -> None:
        """Forget the exposures and orders that nothing can be credited to any more."""
        within = self._conversion.within
        exposures = [
            one for one in state[EXPOSURES] if one[RELEASED_AT] + within + LATE_MS >= instant
        ]
        exposures.sort(key=_released_at)
        state[EXPOSURES] = exposures = exposures[-MOST:]
        orders = sorted(state[ORDERS], key=_time)[-MOST:]
        if orders:
            oldest = orders[-1][0] - within
            if exposures:
                oldest = min(oldest, exposures[0][RELEASED_AT])
            state[ORDERS] = [one for one in orders if one[0] > oldest]


def new_state() -> State:
    """The state of a contact that was told nothing and ordered nothing."""
    return [[], [], None, 0, 0]


def mixed_in(state: State) -> list[str]:
    """The segments in which the contacts merged into this one were in different arms."""
    names: list[str] = state[MIXED_IN] if len(state) > MIXED_IN else []
    return names


def spent_in(state: State | None) -> Decimal:
    """What a contact spent ever."""
    return _decimal(state[SPENT]) if state is not None and state[SPENT] else NOTHING


def _convert(
    exposure: Exposure, amount: Decimal, packed: int | str | None, squared: Decimal, book: Book
) -> None:
    """Count an order that follows an exposure; its amount is also given packed and squared."""
    running = book.running(exposure[SEGMENT], exposure[VARIANT], exposure[RELEASED_AT])
    if exposure[REVENUE] is None:  # as nearly all do
        exposure[REVENUE] = packed
        running.convert(amount, squared)
        return
    figures = running.figures
    before = _decimal(exposure[REVENUE])
    after = plus(before, amount)
    exposure[REVENUE] = _packed(after)
    after = _decimal(exposure[REVENUE])
    figures.revenue = plus(figures.revenue, minus(after, before))
    figures.revenue_squared = plus(figures.revenue_squared, minus(square(after), square(before)))
    book.earn(exposure[SEGMENT], exposure[VARIANT], amount)


def _count(
    exposure: Exposure, credited: list[tuple[int, Decimal]], book: Book, change: int
) -> None:
    """Count an exposure with its result (1), or take it back (-1)."""
    figures = _figures(exposure, book)
    figures.exposures += change
    add = plus if change > 0 else minus
    if exposure[REVENUE] is not None:
        revenue = _decimal(exposure[REVENUE])
        figures.converted += change
        figures.revenue = add(figures.revenue, revenue)
        figures.revenue_squared = add(figures.revenue_squared, square(revenue))
    for _, amount in credited:
        figures.credited = add(figures.credited, amount)


def _give_credit(exposures: list[Exposure], amount: Decimal, book: Book) -> None:
    """Credit an order to the last of some exposures, if there are any."""
    if exposures:
        winner = _figures(_last_of(exposures, book), book)
        winner.credited = plus(winner.credited, amount)


def _last_of(exposures: list[Exposure], book: Book) -> Exposure:
    """The exposure that was released last; of several, that of the first segment in the file."""
    last = exposures[0]
    for one in exposures[1:]:
        later = one[RELEASED_AT] - last[RELEASED_AT]
        if later > 0 or (not later and book.place(one[SEGMENT]) < book.place(last[SEGMENT])):
            last = one
    return last


def _retain(state: State, time: int, book: Book) -> None:
    """Note that a buyer ordered in a month; a contact belongs to one cohort, for ever."""
    month = book.month(time)
    if state[COHORT] is None:
        state[COHORT] = month
    later = month - state[COHORT]
    if 0 <= later < MONTHS and not state[CAME] >> later & 1:
        state[CAME] |= 1 << later
        book.came(state[COHORT], later)


def _figures(exposure: Exposure, book: Book) -> Figures:
    return book.figures(exposure[SEGMENT], exposure[VARIANT], exposure[RELEASED_AT])


def _decimal(packed: int | str | None) -> Decimal:
    return Decimal(unpack(packed) or 0)


def _packed(value: Decimal) -> int | str | None:
    text = str(value)
    is_whole = "E+" in text or text.lstrip("-").isdigit()
    return pack(int(value) if is_whole else value)


def _released_at(exposure: Exposure) -> int:
    released_at: int = exposure[RELEASED_AT]
    return released_at


def _time(order: list[Any]) -> int:
    time: int = order[0]
    return time


def _cohort(state: State) -> int:
    cohort: int = state[COHORT]
    return cohort
