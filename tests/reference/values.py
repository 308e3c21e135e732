"""Durations, exact numbers and the operators of `where`, `attribute` and the figures."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

Json = Any
"""A value as it stands in a rule or in an event; None is missing, everywhere."""

UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
OPERATORS = {
    "eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "exists", "contains", "prefix",
}  # fmt: skip


def duration_ms(text: str) -> int:
    """`90s`, `1h`, `30d` in milliseconds."""
    found = re.fullmatch(r"(\d+)(ms|s|m|h|d|w)", text)
    assert found, f"not a duration: {text!r}"
    return int(found[1]) * UNIT_MS[found[2]]


def rfc3339(time_ms: int) -> str:
    """An instant as the output writes it: UTC, three decimals, `Z`."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def instant_ms(time: int | str) -> int:
    """A time of an event: milliseconds, or RFC 3339 (more than three decimals are cut)."""
    if isinstance(time, int):
        return time
    found = re.fullmatch(r"(.*\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", time)
    assert found, f"not a time: {time!r}"
    seconds = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00"))
    return int(seconds.timestamp()) * 1000 + int((found[2] or "").ljust(3, "0")[:3])


def is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def exact(number: float) -> Fraction:
    """The number as it is written: 0.1 is one tenth."""
    return Fraction(repr(number))


def share(text: str | float) -> Fraction:
    """`10%` is one tenth."""
    assert isinstance(text, str)
    assert text.endswith("%")
    return Fraction(text[:-1]) / 100


def kind(value: Json) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if is_number(value) else type(value).__name__


def same(one: Json, other: Json) -> bool:
    """1 equals 1.0; otherwise different types are never equal."""
    if kind(one) != kind(other):
        return False
    return exact(one) == exact(other) if is_number(one) else bool(one == other)


def in_order(one: Json, operator: str, other: Json) -> bool:
    """Whether two numbers or two strings stand so; different types are never in order."""
    if kind(one) != kind(other) or kind(one) not in ("number", "str"):
        return False
    if is_number(one):
        one, other = exact(one), exact(other)
    return bool(
        {"gt": one > other, "gte": one >= other, "lt": one < other, "lte": one <= other}[operator]
    )


def contains(value: Json, part: Json) -> bool:
    """A substring, or an element of an array."""
    if isinstance(value, list):
        return any(same(element, part) for element in value)
    return isinstance(value, str) and isinstance(part, str) and part in value


def satisfies(value: Json, operator: str, x: Json) -> bool:
    """Whether a value that is not missing compares so."""
    match operator:
        case "eq":
            return same(value, x)
        case "ne":
            return not same(value, x)
        case "in":
            return any(same(value, each) for each in x)
        case "not_in":
            return not any(same(value, each) for each in x)
        case "exists":
            return bool(x)
        case "contains":
            return contains(value, x)
        case "prefix":
            return isinstance(value, str) and isinstance(x, str) and value.startswith(x)
    return in_order(value, operator, x)


def operators_of(wanted: Json) -> Mapping[str, Json]:
    """A value stands for `eq`; a mapping is of operators."""
    return wanted if isinstance(wanted, dict) else {"eq": wanted}


def field(data: Json, path: str) -> Json:
    """What stands at the path (dots go down); None where nothing does."""
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def where_matches(data: Mapping[str, Json], where: Mapping[str, Json] | None) -> bool:
    return all(value_matches(field(data, path), wanted) for path, wanted in (where or {}).items())


def value_matches(value: Json, wanted: Json) -> bool:
    """Missing, it satisfies `exists: false`, `ne` and `not_in`."""
    operators = operators_of(wanted)
    if value is None:
        return all(
            op in ("ne", "not_in") or (op == "exists" and x is False) for op, x in operators.items()
        )
    return all(satisfies(value, op, x) for op, x in operators.items())


def figure_matches(figure: Fraction, operators: Mapping[str, Json]) -> bool:
    """For counts, totals and aggregates, which are exact already."""

    def compares(op: str, x: Json) -> bool:
        match op:
            case "in" | "not_in":
                return any(figure == exact(each) for each in x) is (op == "in")
            case "eq" | "ne":
                return (figure == exact(x)) is (op == "eq")
            case "gt" | "gte":
                return figure > exact(x) or (op == "gte" and figure == exact(x))
            case _:
                return figure < exact(x) or (op == "lte" and figure == exact(x))

    return all(compares(op, x) for op, x in operators.items())
