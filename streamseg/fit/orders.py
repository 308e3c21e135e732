"""Orders out of events, by contact; what of them is an order day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from streamseg.core.events import Event
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.values.predicates import field_at, is_number


class OrderDay(msgspec.Struct):
    """A day with an order: the instant of its first one (ms), and what all of it came to."""

    time: int
    amount: Decimal


class _Past(msgspec.Struct):
    """Of a contact by order: when it was placed (ms) and its amount; when it was cancelled (ms)."""

    placed: dict[str, tuple[int, Decimal]] = {}
    cancelled: dict[str, int] = {}


class Orders:
    """The orders that events told, by contact. An order that is told again is a duplicate."""

    def __init__(self, terms: OrderTerms) -> None:
        self._terms = terms
        self._pasts: dict[str, _Past] = {}
        self._leads: dict[str, tuple[str, int]] = {}  # an id to whom it was merged into, and when
        self._led: dict[str, list[str]] = {}  # who was merged into an id; perhaps elsewhere since
        self.end = 0  # just after the last event (ms)
        self.left_out = 0  # how many records tell of orders that are not in the currency asked for
        self.with_amount = 0  # how many of the others have a number as their amount

    def add(self, event: Event) -> None:
        """Take in what happened to a contact."""
        self.end = max(self.end, event.time + 1)
        if event.type == "order_placed":
            self._place(event)
        elif event.type == "order_cancelled":
            self._past(event.contact).cancelled.setdefault(event.data["order"], event.time)
        elif event.type == "contact_erased":
            self._erase(event.contact)
        elif event.type == "contact_merged":
            self._merge(event.contact, event.data["from"], event.time)

    def _way(self, contact: str) -> list[str]:
        """The ids from one to its keeper."""
        way = [contact]
        while way[-1] in self._leads:
            way.append(self._leads[way[-1]][0])
        return way

    def _past(self, contact: str) -> _Past:
        return self._pasts.setdefault(self._way(contact)[-1], _Past())

    def _place(self, event: Event) -> None:
        terms, data = self._terms, event.data
        if terms.currency is not None and data.get("currency") != terms.currency:
            self.left_out += 1
            return
        amount = field_at(data, terms.amount)
        worth = Decimal(0)
        if is_number(amount):
            worth = Decimal(amount)
            self.with_amount += 1
        self._past(event.contact).placed.setdefault(data["order"], (event.time, worth))

    def _merge(self, keeper: str, other: str, time: int) -> None:
        """Make the past and the future of an id the keeper's; only the future of one that was
        merged before. What would close a circle is none, nor is what is older than that merge.
        """
        if other in self._way(keeper):
            return
        before = self._leads.get(other)
        if before is not None and time < before[1]:
            return
        moved = self._pasts.pop(other, _Past())
        self._leads[other] = (keeper, time)
        self._led.setdefault(keeper, []).append(other)
        past = self._past(keeper)
        past.placed = moved.placed | past.placed
        past.cancelled = moved.cancelled | past.cancelled

    def _erase(self, contact: str) -> None:
        """Forget a contact under all its ids."""
        ids = [self._way(contact)[-1]]
        self._pasts.pop(ids[0], None)
        for one in ids:
            led = self._led.pop(one, [])
            ids += [other for other in led if self._leads.get(other, ("", 0))[0] == one]
        for one in ids:
            self._leads.pop(one, None)

    def contacts(self, since: int | None = None) -> Iterator[list[OrderDay]]:
        """The order days of each contact who has one, ascending; orders of ``since`` (ms) on.

        In the order of ids: sums of floats depend on it, and files and topics have others.
        """
        for _, past in sorted(self._pasts.items(), key=lambda one: one[0]):
            days = self._days(
                placed
                for name, placed in past.placed.items()
                if not self._is_undone(placed[0], past.cancelled.get(name))
                and (since is None or placed[0] >= since)
            )
            if days:
                yield days

    def _is_undone(self, placed: int, cancelled: int | None) -> bool:
        longest = self._terms.cancelled
        return longest is not None and cancelled is not None and abs(cancelled - placed) <= longest

    def _days(self, placed: Iterable[tuple[int, Decimal]]) -> list[OrderDay]:
        days: dict[int, OrderDay] = {}
        for time, amount in sorted(placed):
            day = days.setdefault(self._terms.zone.day(time), OrderDay(time, Decimal(0)))
            day.amount += amount
        return list(days.values())
