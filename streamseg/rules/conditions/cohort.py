"""``cohort``: in which period of the shop's calendar a contact began."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from streamseg.core.conditions.cohort import Cohort
from streamseg.core.values.dates import BY_DAY, BY_MONTH, BY_QUARTER, BY_WEEK, BY_YEAR
from streamseg.core.values.predicates import Comparison
from streamseg.rules.comparisons import numeric_operands
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.dates import Dated, DateOf, first_order
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, ListOf
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Record

_PERIODS = {
    BY_DAY: (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "2026-11-30"),
    BY_WEEK: (r"[0-9]{4}-W[0-9]{2}", "2026-W48"),
    BY_MONTH: (r"[0-9]{4}-[0-9]{2}", "2026-11"),
    BY_QUARTER: (r"[0-9]{4}-Q[1-4]", "2026-Q4"),
    BY_YEAR: (r"[0-9]{4}", "2026"),
}


class _Period(Kind):
    """The name of a period; a year may be a number."""

    sample = "2026-11"

    def read(self, node: Node, scope: Scope) -> str:
        if type(node.value) is int or isinstance(node.value, str):
            return str(node.value)
        raise scope.fail(node, f"must be a period such as {self.sample}, not {node.kind}")

    def schema(self) -> JsonSchema:
        return {"type": ["string", "integer"]}


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    cohort, place = values["cohort"], node.at("cohort")
    if cohort["is"] is None and cohort["age"] is None:
        raise scope.fail(place, "say which: `is`, or how old with `age`")
    by = cohort["by"]
    pattern, example = _PERIODS[by]
    for name in cohort["is"] or ():
        if not re.fullmatch(pattern, name):
            message = f"{name!r} is no {by}; write for example {example}"
            raise scope.fail(place.at("is"), message)
        if not _exists(name, by):
            message = f"the calendar has no {by} {name!r}; write for example {example}"
            raise scope.fail(place.at("is"), message)


def _exists(name: str, by: str) -> bool:
    """Whether the calendar has a period of such a name; weeks are those of ISO 8601."""
    first = {BY_DAY: name, BY_WEEK: name, BY_MONTH: f"{name}-01"}
    try:
        date.fromisoformat(first.get(by, f"{name[:4]}-01-01"))
    except ValueError:
        return False
    return True


def _build(values: Mapping[str, Any]) -> Cohort:
    cohort = values["cohort"]
    dated: Dated = cohort["of"]
    names = None if cohort["is"] is None else frozenset(cohort["is"])
    age = Comparison(cohort["age"]) if cohort["age"] else None
    return Cohort(dated.source, cohort["by"], names, age, dated.shop)


SPEC = ConditionSpec(
    word="cohort",
    doc="The contact's first order (or another date) lies in one of the given periods of the "
    "shop's calendar, and as many whole periods ago as given.",
    fields={
        "cohort": Field(
            Record(
                {
                    "of": Field(
                        DateOf(),
                        "which date (default: the date of the first order)",
                        absent=first_order,
                    ),
                    "by": Field(Choice(*_PERIODS), "the length of a period", BY_MONTH),
                    "is": Field(
                        ListOf(_Period(), or_one=True),
                        "the period, or a list of periods: 2026-11-30, 2026-W48, 2026-11, "
                        "2026-Q4, 2026",
                    ),
                    "age": Field(numeric_operands(), "how many whole periods ago the period was"),
                },
                at_least_one=True,
            ),
            "which periods",
            required=True,
        )
    },
    build=_build,
    check=_check,
    example="{cohort: {by: month, is: [2026-11], age: {gte: 1}}}",
)
