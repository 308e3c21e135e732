"""Exposures: the triggers that a contact was told, and whether an order followed. They are kept
with the contact.

An exposure begins when a trigger is released and is open for ``within`` after it, converted or not:

    released_at │────────── within ──────────│ + 1 d │
                └ no ┘└──── an order here ────┘└ late ┘
                       is one of it             arrivals count until then

State is bytes, see `exposure_bytes`. The last orders are kept, since a trigger may be told later
than an order that follows it.
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.counting.exposure_bytes import (
    INSTANT,
    SIZE,
    Opening,
    fired_again,
    has_exposures_alone,
    is_mixed,
    last_order,
    search,
    with_exposure,
)
from streamseg.core.counting.exposure_counter import ExposureCounter
from streamseg.core.counting.exposure_state import (
    NEW,
    Exposure,
    ExposureState,
    PastOrder,
    decode_exposures,
    of_former,
)
from streamseg.core.counting.money import added, amount_of, amount_of_text
from streamseg.core.counting.orders import LATE_MS, MOST, Order, is_to_forget, with_order
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
from streamseg.core.policies.arms import MIXED
from streamseg.core.values.numbers import NUMBER_BYTES
from streamseg.core.values.predicates import Where, field_at, is_number
from streamseg.core.values.timestamps import format_duration

MONTHS: Final = 64
_NAME_BYTES: Final = 24


class Exposures(SharedFeature):
    """The exposures and orders of a contact; ``conversion`` says what counts as an order."""

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion
        self._within = conversion.within
        self.types: tuple[str, ...] | None = (conversion.convert,)
        self.where: Where | None = None

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("exposures",)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        within = format_duration(self._conversion.within)
        exposure = SIZE + INSTANT + _NAME_BYTES + 4
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
        return readable_exposures(decode_exposures(packed(state)))

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        if ctx.exposure_counter is None or not self._counts(event):
            return IGNORED
        states[column] = self._order(packed(states.get(column)), event, ctx.exposure_counter)
        ctx.has_new_spending = True
        return UNCHANGED

    def join(self, older: Any, newer: Any, ctx: UpdateContext) -> bytes:
        """All exposures and orders of both; the buyer stays in the cohort that began first."""
        one, other = decode_exposures(packed(older)), decode_exposures(packed(newer))
        joined = ExposureState()
        joined.exposures = sorted(one.exposures + other.exposures, key=_released_at)[-MOST:]
        joined.orders = sorted(one.orders + other.orders, key=_time)[-MOST:]
        first = one
        if other.cohort is not None and (one.cohort is None or other.cohort < one.cohort):
            first = other
        joined.cohort, joined.came = first.cohort, first.came
        spent = added(amount_of_text(one.spent), amount_of_text(other.spent))
        joined.spent = spent.text.decode() if spent.units else ""
        joined.mixed = list(dict.fromkeys([*one.mixed, *other.mixed]))
        return joined.packed()

    def mix(self, state: bytes, segments: list[str], counter: ExposureCounter) -> bytes:
        """Let the exposures of some segments count in no arm from now on, as the contact was merged
        from contacts in different arms.
        """
        decoded = decode_exposures(state)
        decoded.mixed = list(dict.fromkeys([*decoded.mixed, *segments]))
        for exposure in decoded.exposures:
            if exposure.segment in decoded.mixed and exposure.variant != MIXED:
                credited = self._credited(decoded, exposure, counter)
                counter.count(exposure, credited, -1)
                exposure.move_to(MIXED)
                counter.count(exposure, credited, 1)
        return decoded.packed()

    def _credited(
        self, decoded: ExposureState, exposure: Exposure, counter: ExposureCounter
    ) -> list[PastOrder]:
        """The kept orders that are credited to an exposure."""
        since = exposure.released_at
        return [
            order
            for order in decoded.orders
            if since < order.time <= since + self._within
            and counter.last_of(self._open_at(decoded, order.time)) is exposure
        ]

    def _counts(self, event: Event) -> bool:
        currency = self._conversion.currency
        return currency is None or event.data.get("currency") == currency

    def _order(self, state: bytes, event: Event, counter: ExposureCounter) -> bytes:
        """The state with an order, which is counted."""
        time, within = event.time, self._within
        value = field_at(event.data, self._conversion.amount)
        amount = amount_of(value if is_number(value) else 0)
        order = Order(time, amount, within, counter.arrival(event))
        state = with_order(state, order, counter)
        if self._conversion.retention or is_to_forget(state, time, within):
            decoded = decode_exposures(state)
            self._forget_old(decoded, time)
            if self._conversion.retention:
                _retain(decoded, time, counter)
            state = decoded.packed()
        return state

    def open(
        self, state: bytes, running: RunningFigures, released_at: int, counter: ExposureCounter
    ) -> tuple[bytes, str | None]:
        """Open an exposure for a trigger that is released, or suppressed as a control's. Returns
        the state, and the variant that the exposure counts in; None if an exposure is open already.
        ``running`` are the figures of the trigger.
        """
        within, segment, variant = self._within, running.segment, running.variant
        opening = running.opening
        if opening is None:
            opening = running.opening = Opening(segment)
        at, count, first, last = search(state, opening.name, released_at, within)
        if at >= 0:
            return fired_again(state, at, opening.name), None
        if count and last > released_at:
            earlier = self._begin_earlier(state, segment, released_at, counter)
            if earlier:
                return earlier, None
        is_followed = False
        if not has_exposures_alone(state):
            variant = MIXED if is_mixed(state, segment) else variant
            is_followed = last_order(state) > released_at
        opened = with_exposure(state, opening, variant, released_at)
        is_old = first + within + LATE_MS < released_at
        is_full = count > 0 and (is_old or last > released_at or count >= MOST)
        if is_full or is_followed:
            decoded = decode_exposures(opened)
            if is_followed:
                self._follow(decoded, decoded.exposures[-1], counter)
            if is_full:
                decoded.exposures.sort(key=_released_at)
                self._forget_old(decoded, released_at)
            opened = decoded.packed()
        return opened, variant

    def _begin_earlier(
        self, state: bytes, segment: str, released_at: int, counter: ExposureCounter
    ) -> bytes:
        """Let the exposure of a segment that begins within ``within`` after a trigger that is told
        only now begin with that trigger: two would be open at once. Empty where there is none.
        """
        decoded = decode_exposures(state)
        for later in decoded.exposures:
            if later.segment == segment and 0 < later.released_at - released_at <= self._within:
                break
        else:
            return b""
        self._remove(decoded, later, counter)
        begun = Exposure(segment, later.firings + 1, later.variant, None, released_at)
        decoded.exposures.append(begun)
        counter.count(begun, [], 1)
        self._follow(decoded, begun, counter)
        decoded.exposures.sort(key=_released_at)
        self._forget_old(decoded, released_at)
        return decoded.packed()

    def _follow(self, decoded: ExposureState, exposure: Exposure, counter: ExposureCounter) -> None:
        """Credit orders that follow the exposure, but were applied before it was told."""
        since = exposure.released_at
        for order in decoded.orders:
            if not since < order.time <= since + self._within:
                continue
            amount = amount_of_text(order.amount)
            counter.convert(exposure, amount)
            all_open = self._open_at(decoded, order.time)
            others = [one for one in all_open if one is not exposure]
            if counter.last_of([*others, exposure]) is exposure:
                if others:
                    loser = counter.running(counter.last_of(others))
                    loser.credit(amount, -1)
                counter.give_credit([exposure], amount)

    def take_back(
        self, state: bytes, segment: str, released_at: int, counter: ExposureCounter
    ) -> bytes:
        """Take a cancelled trigger back; an exposure is removed with the last of its triggers."""
        decoded = decode_exposures(state)
        for exposure in decoded.exposures:
            since = exposure.released_at
            if exposure.segment != segment or not since <= released_at <= since + self._within:
                continue
            exposure.fire(-1)
            if not exposure.firings:
                self._remove(decoded, exposure, counter)
            return decoded.packed()
        return state

    def _remove(self, decoded: ExposureState, exposure: Exposure, counter: ExposureCounter) -> None:
        """Remove an exposure and what is counted of it; others get the credit for its orders."""
        credited = self._credited(decoded, exposure, counter)
        counter.count(exposure, credited, -1)
        decoded.exposures.remove(exposure)
        for order in credited:
            open_then = self._open_at(decoded, order.time)
            counter.give_credit(open_then, amount_of_text(order.amount))

    def _open_at(self, decoded: ExposureState, time: int) -> list[Exposure]:
        """The exposures that are open for an order at an instant."""
        since = time - self._within
        return [one for one in decoded.exposures if since <= one.released_at < time]

    def _forget_old(self, decoded: ExposureState, instant: int) -> None:
        """Forget the exposures and orders for which no more credit is possible."""
        since = instant - self._within - LATE_MS
        exposures = decoded.exposures
        if exposures and (exposures[0].released_at < since or len(exposures) > MOST):
            exposures = [one for one in exposures if one.released_at >= since][-MOST:]
            decoded.exposures = exposures
        orders = decoded.orders
        if orders:
            oldest = orders[-1].time - self._within
            if exposures:
                oldest = min(oldest, exposures[0].released_at)
            if orders[0].time <= oldest or len(orders) > MOST:
                decoded.orders = [one for one in orders[-MOST:] if one.time > oldest]


def packed(state: Any) -> bytes:
    """A state in the present form, whichever version wrote it; for a contact without one, the
    initial state.
    """
    if state is None:
        return NEW
    return of_former(state) if type(state) is list else state


def _retain(decoded: ExposureState, time: int, counter: ExposureCounter) -> None:
    """Note that a buyer ordered in a month. A contact belongs to one cohort, for ever."""
    month = counter.days.month(time)
    if decoded.cohort is None:
        decoded.cohort = month
    later = month - decoded.cohort
    if 0 <= later < MONTHS and not decoded.came >> later & 1:
        decoded.came |= 1 << later
        counter.ledger.came(decoded.cohort, later)


def _released_at(exposure: Exposure) -> int:
    return exposure.released_at


def _time(order: PastOrder) -> int:
    return order.time
