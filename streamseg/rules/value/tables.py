"""``tables`` of a rule file: when quantile tables are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from streamseg.core.tables.terms import TableTerms
from streamseg.core.values.zones import Zone
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Integer
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record

WEEK: Final = "week"
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK: Final = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_AT: Final = re.compile(rf"(?:({'|'.join(DAYS)}) )?{_CLOCK}", re.ASCII)


class _At(Kind):
    """A time of the day, with a day of the week before it or not; read as (day or None, ms)."""

    sample = '"mon 04:00"'

    def read(self, node: Node, scope: Scope) -> tuple[int | None, int]:
        match = _AT.fullmatch(node.value) if isinstance(node.value, str) else None
        if match is None:
            raise scope.fail(
                node, f"must be a day and a time such as {self.sample}, not {node.kind}"
            )
        day, hours, minutes = match.groups()
        at = (int(hours) * 60 + int(minutes)) * 60_000
        return (None if day is None else DAYS.index(day)), at

    def schema(self) -> JsonSchema:
        return {"type": "string", "pattern": f"^(({'|'.join(DAYS)}) )?{_CLOCK}$"}

    def written(self, value: Any) -> str:
        day, at = value
        minutes = at // 60_000
        clock = f"{minutes // 60:02}:{minutes % 60:02}"
        return f'"{clock}"' if day is None else f'"{DAYS[day]} {clock}"'


TABLES_FIELDS: Fields = {
    "every": Field(Choice(WEEK, "day"), "how often tables are made", WEEK),
    "at": Field(
        _At(),
        "when, in `value.zone`: a weekday and a time with `week`, a time with `day`",
        (0, 4 * 3_600_000),
    ),
    "least": Field(
        Integer(1, 1_000_000_000), "no table is made of fewer contacts that have the figure", 500
    ),
    "drift": Field(
        Integer(0, 50),
        "a cut stays while the share of contacts that reach it is at most this many percentage "
        "points off",
        3,
    ),
}


class TablesKind(Kind):
    """When tables are made; read as fields, checked together."""

    _fields = Record(TABLES_FIELDS)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        values = self._fields.read(node, scope)
        given = node.is_mapping and any(key.value == "at" for key, _ in node.value)
        day, at = values["at"]
        if values["every"] == WEEK and day is None:
            raise scope.fail(node.at("at"), 'no day of the week; write for example "mon 04:00"')
        if values["every"] != WEEK and day is not None and given:
            raise scope.fail(node.at("at"), "`every: day` takes a time alone, such as 04:00")
        return values | {"at": (day if values["every"] == WEEK else None, at)}

    def schema(self) -> JsonSchema:
        return self._fields.schema()


def table_terms(values: Mapping[str, Any] | None, zone: Zone) -> TableTerms:
    """The terms of the fields' values; those that hold without any."""
    if values is None:
        return TableTerms(zone)
    day, at = values["at"]
    return TableTerms(zone, day, at, values["least"], values["drift"])
