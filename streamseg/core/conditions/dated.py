"""Where a date comes from: an attribute of the contact, or the first event of a kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from streamseg.core.conditions.base import Condition, EvalContext, Registry
from streamseg.core.conditions.wording import events_text
from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.first import First
from streamseg.core.features.order_figures import first_of
from streamseg.core.features.order_history import OrderHistory, OrderTerms
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.dates import WrittenDate, date_of, date_text, read_date
from streamseg.core.values.predicates import Comparison
from streamseg.core.values.zones import Zone


def next_change(compare: Comparison, count: int) -> int | None:
    """The next whole number after ``count`` at which a comparison gives another answer; None: there
    is none. What is compared are years or periods since a date; before it the answer is no.
    """
    if count < 0 and compare(0):
        return 0
    return compare.changes_after(max(count, 0))


class DateSource(ABC):
    """A date of a contact. ``column`` is that of the feature it is read from."""

    column = 0
    what = ""

    @abstractmethod
    def bind(self, contact: Registry) -> None:
        """Ask for the feature."""

    @abstractmethod
    def date(self, ctx: EvalContext, zone: Zone) -> WrittenDate | None:
        """The date, by a zone's clock; None where there is none."""

    @abstractmethod
    def told_at(self, ctx: EvalContext) -> int:
        """When the date, of which there is one, was last told."""

    def is_unknown(self, ctx: EvalContext) -> bool:
        """Whether the date is unknown, because it was not remembered from the beginning."""
        return ctx.known_since(self.column, False) is not None

    def told(self, ctx: EvalContext, zone: Zone) -> dict[str, Any]:
        """The date for an explanation, as ``date``; where there is none, ``date_is`` says why."""
        written = self.date(ctx, zone)
        if written is not None:
            return {"date": date_text(written)}
        return {"date": None, "date_is": "unknown" if self.is_unknown(ctx) else "missing"}

    def told_with_year(self, ctx: EvalContext, zone: Zone) -> dict[str, Any]:
        """The same for a condition that needs a year."""
        told, written = self.told(ctx, zone), self.date(ctx, zone)
        return told if written is None or written.year else told | {"date_is": "without a year"}


class AttributeDate(DateSource):
    """The date that an attribute names, as written."""

    def __init__(self, path: str) -> None:
        self.what = path
        self._path = path

    def bind(self, contact: Registry) -> None:
        self.column = contact.column(Attribute(self._path))
        contact.read_as_date(self._path)

    def date(self, ctx: EvalContext, zone: Zone) -> WrittenDate | None:
        return read_date(Attribute.value(ctx.features.get(self.column)))

    def told_at(self, ctx: EvalContext) -> int:
        told_at: int = ctx.features[self.column][0]
        return told_at

    def is_unknown(self, ctx: EvalContext) -> bool:
        return self.column not in ctx.features and super().is_unknown(ctx)

    def told(self, ctx: EvalContext, zone: Zone) -> dict[str, Any]:
        told = super().told(ctx, zone)
        value = Attribute.value(ctx.features.get(self.column))
        if told["date"] is None and value is not None:
            return {"date": None, "date_is": "unreadable", "value": value}
        return told


class _FirstDate(DateSource):
    @abstractmethod
    def first(self, ctx: EvalContext) -> int | None:
        """When the first event was; None where there was none."""

    def date(self, ctx: EvalContext, zone: Zone) -> WrittenDate | None:
        first = self.first(ctx)
        return None if first is None else date_of(zone.day(first))

    def told_at(self, ctx: EvalContext) -> int:
        first = self.first(ctx)
        assert first is not None
        return first


class FirstEventDate(_FirstDate):
    """The local day of the first event of a type."""

    def __init__(self, types: tuple[str, ...] | None) -> None:
        self._types = types
        self.what = f"first {'activity' if types is None else events_text(types, None)}"

    def bind(self, contact: Registry) -> None:
        self.column = contact.column(First(self._types, None))

    def first(self, ctx: EvalContext) -> int | None:
        state = ctx.features.get(self.column)
        return None if state is None else state[0]


class FirstOrderDate(_FirstDate):
    """The local day of the first order, of those that count."""

    def __init__(self, terms: OrderTerms) -> None:
        self._terms = terms
        self.what = "first order"

    def bind(self, contact: Registry) -> None:
        self.column = contact.column(OrderHistory(self._terms, 1))

    def first(self, ctx: EvalContext) -> int | None:
        return first_of(ctx.features.get(self.column))


class ByClock(Condition):
    """A condition on a date, whose days begin and end by the contact's own clock."""

    def __init__(self, source: DateSource, zone: ZoneRule) -> None:
        self._source = source
        self._zone = zone

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._source.bind(contact)
        self._zone.bind(contact)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(one, ANY) for one in (self._source.column, *self._zone.columns)]

    def _date(self, ctx: EvalContext) -> tuple[WrittenDate | None, Zone]:
        """The date, None where there is none, and the zone of the contact's clock."""
        assert ctx.contact is not None
        zone = self._zone.of(ctx.contact)[0]
        return self._source.date(ctx, zone), zone

    def _told_at(self, ctx: EvalContext) -> int:
        """When the last of the date, of which there is one, and the zone was last told."""
        assert ctx.contact is not None
        states = [ctx.contact.state(column) for column in self._zone.columns]
        told: list[int] = [state[0] for state in states if state is not None]
        return max([self._source.told_at(ctx), *told])
