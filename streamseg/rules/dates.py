"""Kinds for dates of contacts: where one comes from, times of the day, days before and after."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from streamseg.core.conditions.dated import (
    AttributeDate,
    DateSource,
    FirstEventDate,
    FirstOrderDate,
)
from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.values.dates import WrittenDate, read_date
from streamseg.core.values.zones import Zone
from streamseg.rules.document import Node
from streamseg.rules.kinds import EventTypes, Text
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Record

ORDER: Final = "order"
MOST_DAYS: Final = 366
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_CLOCK_SECONDS: Final = re.compile(rf"{_CLOCK.pattern}(?::([0-5][0-9]))?")
_OFFSET: Final = re.compile(r"[+-]?\d{1,3}d", re.ASCII)


class Dated(NamedTuple):
    """The source of a date, the zones of contact and shop, and their normal form."""

    source: DateSource
    zone: ZoneRule
    shop: Zone
    normal: Any


class DateOf(Kind):
    """Where a date comes from; read as Dated."""

    sample = "{first: order}"
    _fields = Record(
        {
            "attribute": Field(Text("a path of names"), "an attribute with a date"),
            "first": Field(
                EventTypes(ORDER), "the first `order` (one that counts), or event of a type"
            ),
        },
        at_least_one=True,
    )

    def read(self, node: Node, scope: Scope) -> Dated:
        values = self._fields.read(node, scope)
        if len(node.value) != 1:
            raise scope.fail(node, "name one: an `attribute`, or the `first` event of a type")
        path, first = values["attribute"], values["first"]
        if path is not None:
            return dated(AttributeDate(path), ["attribute", path], scope)
        if first == ORDER:
            return first_order(node, scope)
        return dated(FirstEventDate(first), ["first", first], scope)

    def schema(self) -> JsonSchema:
        return self._fields.schema()

    def normal(self, value: Any) -> Any:
        return value.normal


def dated(source: DateSource, normal: list[Any], scope: Scope) -> Dated:
    """A source with the zones of the file."""
    value = scope.value
    zone = value.contact_zone
    return Dated(source, zone, value.zone, [*normal, zone.text, value.zone.name])


def first_order(node: Node, scope: Scope) -> Dated:
    """The first order, of those that count."""
    terms = scope.value.orders
    return dated(FirstOrderDate(terms), ["first", ORDER, terms.text], scope)


class Clock(Kind):
    """A time of the day; read in ms since midnight. ``seconds`` may be given, or not."""

    sample = "09:00"

    def __init__(self, *, seconds: bool = False) -> None:
        self._form = _CLOCK_SECONDS if seconds else _CLOCK

    def read(self, node: Node, scope: Scope) -> int:
        match = self._form.fullmatch(node.value) if isinstance(node.value, str) else None
        if match is None:
            message = f"must be a time from 00:00 to 23:59, such as 09:00, not {node.kind}"
            raise scope.fail(node, message)
        hours, minutes, *seconds = (int(part or 0) for part in match.groups())
        return ((hours * 60 + minutes) * 60 + sum(seconds)) * 1000

    def schema(self) -> JsonSchema:
        return {"type": "string", "pattern": f"^{self._form.pattern}$", "title": "time of the day"}

    def written(self, value: Any) -> str:
        minutes = value // 60_000
        return f"{minutes // 60:02d}:{minutes % 60:02d}"


class Days(Kind):
    """Whole days of the calendar, 1 or more; read as their number."""

    sample = "1d"

    def read(self, node: Node, scope: Scope) -> int:
        days = _days(node)
        if days is None or not 1 <= days <= MOST_DAYS:
            raise scope.fail(node, f"must be 1d to {MOST_DAYS}d, whole days, not {node.kind}")
        return days

    def schema(self) -> JsonSchema:
        return {"type": "string", "pattern": r"^[0-9]+d$", "title": "days"}

    def written(self, value: Any) -> str:
        return f"{value}d"


class Offset(Kind):
    """Days before (-7d) or after a date; read as their number."""

    sample = "-7d"

    def read(self, node: Node, scope: Scope) -> int:
        days = _days(node)
        if days is None or abs(days) > MOST_DAYS:
            raise scope.fail(node, f"must be days such as -7d, 0d or 3d, not {node.kind}")
        return days

    def schema(self) -> JsonSchema:
        title = "days, before or after"
        return {"type": "string", "pattern": r"^[+-]?[0-9]{1,3}d$", "title": title}


def _days(node: Node) -> int | None:
    if not isinstance(node.value, str) or not _OFFSET.fullmatch(node.value):
        return None
    return int(node.value[:-1])


class DateKind(Kind):
    """A date as written, ``YYYY-MM-DD`` or ``MM-DD``; read as a WrittenDate."""

    sample = "1900-01-01"

    def read(self, node: Node, scope: Scope) -> WrittenDate:
        found = read_date(node.value)
        if found is None:
            raise scope.fail(node, f"must be a date such as 1900-01-01, not {node.kind}")
        return found

    def schema(self) -> JsonSchema:
        return {"type": "string", "title": "a date"}

    def normal(self, value: Any) -> Any:
        return list(value)

    def written(self, value: Any) -> str:
        year = f"{value.year:04d}-" if value.year else ""
        return f"{year}{value.month:02d}-{value.day:02d}"
