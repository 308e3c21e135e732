"""Counts exposures, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from streamseg.core.contact import Contact
from streamseg.core.counting.exposure_state import Exposure, Order
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.money import NOTHING, decimal_of, minus, plus, rounded, square
from streamseg.core.counting.running import RunningFigures
from streamseg.core.events import UNKNOWN, Event
from streamseg.core.segments import Segment

if TYPE_CHECKING:
    from streamseg.core.emission import Emission

_LAST: Final = 1 << 30


class ExposureCounter:
    """The ``ledger`` and ``days`` of a partition; ``emission`` says what time it is."""

    def __init__(
        self, ledger: Ledger, counted: Sequence[Segment], ranked: Sequence[Segment]
    ) -> None:
        self.ledger = ledger
        self.days = ledger.by_day
        self.emission: Emission | None = None
        self._places = {segment.name: segment.index for segment in counted}
        self._ranked = ranked
        self._ordered = NOTHING  # what the event that is being applied has ordered

    def running(self, exposure: Exposure) -> RunningFigures:
        """What is to be added to the figures that an exposure is of."""
        return self.days.running(exposure.segment, exposure.variant, exposure.released_at)

    def convert(self, exposure: Exposure, amount: Decimal, text: str, squared: Decimal) -> None:
        """Count an order that follows an exposure; its amount is also given packed and squared."""
        running = self.running(exposure)
        if exposure.revenue is None:  # as nearly all do
            exposure.earn(text)
            running.convert(amount, squared)
            return
        figures = running.figures
        before = decimal_of(exposure.revenue)
        after, text = rounded(plus(before, amount))
        exposure.earn(text)
        more = minus(square(after), square(before))
        figures.revenue = plus(figures.revenue, minus(after, before))
        figures.revenue_squared = plus(figures.revenue_squared, more)
        self.ledger.earn(exposure.segment, exposure.variant, amount)

    def count(self, exposure: Exposure, credited: list[Order], change: int) -> None:
        """Count an exposure with its result (1), or take it back (-1)."""
        running = self.running(exposure)
        figures = running.figures
        figures.exposures += change
        add = plus if change > 0 else minus
        if exposure.revenue is not None:
            revenue = decimal_of(exposure.revenue)
            figures.converted += change
            figures.revenue = add(figures.revenue, revenue)
            figures.revenue_squared = add(figures.revenue_squared, square(revenue))
        for order in credited:
            running.credited = add(running.credited, decimal_of(order.amount))

    def give_credit(self, exposures: list[Exposure], amount: Decimal) -> None:
        """Credit an order to the last of some exposures, if there are any."""
        if exposures:
            winner = self.running(self.last_of(exposures))
            winner.credited = plus(winner.credited, amount)

    def last_of(self, exposures: list[Exposure]) -> Exposure:
        """The exposure that was released last; of several, that of the file's first segment."""
        last = exposures[0]
        for one in exposures[1:]:
            later = one.released_at - last.released_at
            if later > 0 or (not later and self._place(one) < self._place(last)):
                last = one
        return last

    def _place(self, exposure: Exposure) -> int:
        """The position of its segment in the file; segments that are gone come last."""
        return self._places.get(exposure.segment, _LAST)

    def arrival(self, event: Event) -> int:
        """When an event arrived; if that is not known, ``now``."""
        if event.arrival != UNKNOWN:
            return event.arrival
        return event.time if self.emission is None else max(event.time, self.emission.now)

    def order(self, amount: Decimal) -> None:
        """Note an order of the event that is being applied, with its amount."""
        self._ordered = amount

    def spend(self, contact: Contact) -> None:
        """Add the amounts of the event's orders to the segments that the contact is in."""
        ordered, self._ordered = self._ordered, NOTHING
        if not ordered:
            return
        inside, ranked = contact.inside, self._ranked
        while inside:
            bit = inside & -inside
            inside ^= bit
            segment = ranked[bit.bit_length() - 1]
            if segment.is_counted:
                running = self.ledger.running_size(segment.name)
                running.spent = plus(running.spent, ordered)

    def rollback(self) -> None:
        """Forget the orders of the batch, which is rolled back."""
        self._ordered = NOTHING
