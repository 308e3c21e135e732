"""Orders out of events, by contact; what of them is an order day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from streamseg.core.events import Event
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.predicates import field_at, is_number


class OrderDay(msgspec.Struct):
    """A day with an order: the instant of its first one (ms), and what all of it came to."""

    time: int
    amount: Decimal


class Orders:
    """The orders that events told, by contact. An order that is told again is a duplicate."""

    def __init__(self, terms: OrderTerms) -> None:
        self._terms = terms
        self._contacts: dict[str, dict[str, tuple[int, Decimal]]] = {}
        self._cancelled: dict[str, dict[str, int]] = {}
        self.end = 0  # just after the last event (ms)

    def add(self, event: Event) -> None:
        """Take in what happened to a contact."""
        self.end = max(self.end, event.time + 1)
        if event.type == "order_placed":
            self._place(event)
        elif event.type == "order_cancelled":
            cancelled = self._cancelled.setdefault(event.contact, {})
            cancelled.setdefault(event.data["order"], event.time)
        elif event.type == "contact_erased":
            self._contacts.pop(event.contact, None)
        elif event.type == "contact_merged":
            orders = self._contacts.pop(str(event.data.get("from")), {})
            self._contacts[event.contact] = orders | self._contacts.get(event.contact, {})

    def _place(self, event: Event) -> None:
        terms, data = self._terms, event.data
        if terms.currency is not None and data.get("currency") != terms.currency:
            return
        amount = field_at(data, terms.amount)
        worth = Decimal(amount) if is_number(amount) else Decimal(0)
        self._contacts.setdefault(event.contact, {}).setdefault(data["order"], (event.time, worth))

    def contacts(self, since: int | None = None) -> Iterator[list[OrderDay]]:
        """The order days of each contact who has one, ascending; orders of ``since`` (ms) on.

        In the order of ids: sums of floats depend on it, and files and topics have others.
        """
        for contact, orders in sorted(self._contacts.items()):
            cancelled = self._cancelled.get(contact, {})
            days = self._days(
                placed
                for name, placed in orders.items()
                if not self._is_undone(placed[0], cancelled.get(name))
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
