"""Counts exposures, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from streamseg.core.contacts.contact import Contact
from streamseg.core.counting.exposure_state import Exposure, PastOrder
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.money import Amount, added, amount_of_text
from streamseg.core.counting.running import RunningFigures
from streamseg.core.events import UNKNOWN, Event
from streamseg.core.segments.segment import Segment

if TYPE_CHECKING:
    from streamseg.core.messages.emission import Emission

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
        self._units = self._decimals = 0  # what the event that is being applied has ordered

    def running(self, exposure: Exposure) -> RunningFigures:
        """What is to be added to the figures that an exposure is of."""
        return self.days.running(exposure.segment, exposure.variant, exposure.released_at)

    def convert(self, exposure: Exposure, order: Amount) -> None:
        """Count an order that follows an exposure."""
        running = self.running(exposure)
        if exposure.revenue is None:  # as nearly all do
            exposure.earn(order.text.decode())
            running.convert(order)
            return
        before = amount_of_text(exposure.revenue)
        after = added(before, order)
        exposure.earn(after.text.decode())
        running.convert_again(before, order, after)

    def count(self, exposure: Exposure, credited: list[PastOrder], change: int) -> None:
        """Count an exposure with its result (1), or take it back (-1)."""
        running = self.running(exposure)
        running.exposures += change
        if exposure.revenue is not None:
            running.converted += change
            running.change_revenue(amount_of_text(exposure.revenue), change)
        for order in credited:
            running.credit(amount_of_text(order.amount), change)

    def give_credit(self, exposures: list[Exposure], order: Amount) -> None:
        """Credit an order to the last of some exposures, if there are any."""
        if exposures:
            self.running(self.last_of(exposures)).credit(order)

    def last_of(self, exposures: list[Exposure]) -> Exposure:
        """The exposure that was released last; of several, that of the file's first segment."""
        last = exposures[0]
        for one in exposures[1:]:
            later = one.released_at - last.released_at
            if later > 0 or (not later and self.comes_before(one.segment, last.segment)):
                last = one
        return last

    def comes_before(self, segment: str, other: str) -> bool:
        """Whether a segment is before another one in the file; those that are gone come last."""
        return self._places.get(segment, _LAST) < self._places.get(other, _LAST)

    def arrival(self, event: Event) -> int:
        """When an event arrived; if that is not known, ``now``."""
        if event.arrival != UNKNOWN:
            return event.arrival
        return event.time if self.emission is None else max(event.time, self.emission.now)

    def order(self, units: int, decimals: int) -> None:
        """Note an order of the event that is being applied, with its amount."""
        self._units, self._decimals = units, decimals

    def spend(self, contact: Contact) -> None:
        """Add the amounts of the event's orders to the segments that the contact is in."""
        units, self._units = self._units, 0
        if not units:
            return
        decimals, ranked = self._decimals, self._ranked
        inside = contact.inside
        while inside:
            bit = inside & -inside
            inside ^= bit
            segment = ranked[bit.bit_length() - 1]
            if segment.is_counted:
                self.ledger.running_size(segment.name).spent.add(units, decimals)

    def rollback(self) -> None:
        """Forget the orders of the batch, which is rolled back."""
        self._units = 0
