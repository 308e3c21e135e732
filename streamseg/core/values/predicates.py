"""Comparisons of values as JSON has them, and of the fields of an event's data.

1 equals 1.0; otherwise values of different types are never equal and never in order; strings
compare by code point. A missing value (absent or null) satisfies only what is said of it below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal
from math import floor
from typing import Any, Final

Number = int | Decimal

MOST_COUNT: Final = 1 << 53
EXACT: Final = Context(prec=2000)  # sums of any finite doubles come out exact
OPERATORS: Final = (
    "eq",
    "ne",
    "in",
    "not_in",
    "gt",
    "gte",
    "lt",
    "lte",
    "exists",
    "contains",
    "prefix",
)


def is_number(value: Any) -> bool:
    """Whether a value is a JSON number (a boolean is not)."""
    return type(value) is int or type(value) is Decimal


def same(one: Any, other: Any) -> bool:
    """Equality of JSON scalars: by type, where all numbers are of one type."""
    if is_number(one):
        return is_number(other) and bool(one == other)
    return type(one) is type(other) and bool(one == other)


def ordered(one: Any, other: Any) -> bool:
    """Whether two values have an order: two numbers, or two strings."""
    if is_number(one):
        return is_number(other)
    return type(one) is str and type(other) is str


def _contains(value: Any, wanted: Any) -> bool:
    if type(value) is str:
        return type(wanted) is str and wanted in value
    return type(value) is list and any(same(element, wanted) for element in value)


_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": same,
    "ne": lambda value, wanted: not same(value, wanted),
    "in": lambda value, wanted: any(same(value, one) for one in wanted),
    "not_in": lambda value, wanted: not any(same(value, one) for one in wanted),
    "gt": lambda value, wanted: ordered(value, wanted) and value > wanted,
    "gte": lambda value, wanted: ordered(value, wanted) and value >= wanted,
    "lt": lambda value, wanted: ordered(value, wanted) and value < wanted,
    "lte": lambda value, wanted: ordered(value, wanted) and value <= wanted,
    "exists": lambda value, wanted: bool(wanted),
    "contains": _contains,
    "prefix": lambda value, wanted: type(value) is str and value.startswith(wanted),
}


_SIGNS: Final = {
    "eq": "=",
    "ne": "≠",
    "gt": ">",
    "gte": "≥",
    "lt": "<",
    "lte": "≤",
    "prefix": "begins with",
}


class Comparison:
    """Operators with their operands; a value passes when all of them hold.

    A missing value passes ``exists: false``, ``ne`` and ``not_in``, and nothing else.
    """

    __slots__ = ("_floor", "_missing", "_parts", "_text", "operands")

    def __init__(self, operands: Mapping[str, Any]) -> None:
        self.operands = dict(operands)
        self._parts = [(_COMPARISONS[name], operand) for name, operand in operands.items()]
        # The two commonest, with no more to them than this, are compared at once.
        alone = len(operands) == 1
        self._text = operands["eq"] if alone and type(operands.get("eq")) is str else None
        self._floor: Number | None = self.floor if alone else None
        self._missing = all(
            name in ("ne", "not_in") or (name == "exists" and not operand)
            for name, operand in operands.items()
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of which a value must be one to pass; empty where it may be another value."""
        wanted = self.operands.get("in", [self.operands.get("eq")])
        return tuple(wanted) if all(type(one) is str for one in wanted) else ()

    @property
    def floor(self) -> Number | None:
        """The least number that passes; None where there may be none."""
        floor = self.operands.get("gte")
        return floor if is_number(floor) else None

    @property
    def words(self) -> str:
        """The comparison for people: ``≥ 200``."""
        return " and ".join(_worded(name, operand) for name, operand in self.operands.items())

    def bounded(self, value: Number | None, *, is_least: bool) -> bool | None:
        """Whether a number passes that is at least (or at most) a value; None: it may or not."""
        if value is None:
            return None
        surely = ("gt", "gte") if is_least else ("lt", "lte")
        never = ("lt", "lte") if is_least else ("gt", "gte")
        truths: list[bool | None] = []
        for name, operand in self.operands.items():
            passes = _COMPARISONS[name](value, operand)
            truths.append(True if passes and name in surely else None)
            if name in never and not passes:
                return False
        return None if None in truths else True

    def changes_after(self, count: int) -> int | None:
        """The next whole number at which it is otherwise than of ``count``; None: there is none, or
        none that any count comes to.
        """
        holds = self(count)
        bounds: set[int] = {
            floor(one)
            for one in _elements(self.operands.values())
            if is_number(one) and -MOST_COUNT < one < MOST_COUNT
        }
        for turn in sorted(bounds | {one + 1 for one in bounds}):
            if turn > count and self(turn) is not holds:
                return turn
        return None

    def __call__(self, value: Any) -> bool:
        if value is None:
            return self._missing
        if self._text is not None:
            return type(value) is str and value == self._text
        if self._floor is not None:
            return is_number(value) and bool(value >= self._floor)
        for compare, operand in self._parts:
            if not compare(value, operand):
                return False
        return True


def _elements(operands: Iterable[Any]) -> list[Any]:
    """Operands, and in place of a list what it lists."""
    found: list[Any] = []
    for operand in operands:
        found += operand if isinstance(operand, list | tuple) else [operand]
    return found


def field_at(data: dict[str, Any], path: Sequence[str]) -> Any:
    """The value at a path of names that goes down through objects; None where there is none."""
    value: Any = data
    for name in path:
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value


class Where:
    """A test of an event's data: every field named must pass its comparison."""

    __slots__ = ("_fields", "text")

    def __init__(self, fields: Mapping[str, Comparison]) -> None:
        self._fields = [(tuple(path.split(".")), test) for path, test in fields.items()]
        self.text = canonical({path: test.operands for path, test in fields.items()})

    @property
    def words(self) -> str:
        """The test for people: ``category = bags and price ≥ 200``."""
        return " and ".join(
            f"{'.'.join(path)} {_worded(name, operand)}"
            for path, test in self._fields
            for name, operand in test.operands.items()
        )

    @property
    def paths(self) -> list[str]:
        """The fields that it looks at."""
        return [".".join(path) for path, _ in self._fields]

    def choice(self) -> tuple[str, tuple[str, ...], Where | None] | None:
        """A field whose value must be one of some texts, these, and what else must hold then;
        None where there is no such field.
        """
        for path, test in self._fields:
            if len(path) == 1 and test.texts:
                rest = {
                    ".".join(one): other
                    for one, other in self._fields
                    if one != path or len(test.operands) > 1
                }
                return path[0], test.texts, Where(rest) if rest else None
        return None

    def __call__(self, data: dict[str, Any]) -> bool:
        for path, test in self._fields:
            value = data.get(path[0]) if len(path) == 1 else field_at(data, path)
            if not test(value):
                return False
        return True


def canonical(value: Any) -> str:
    """A text that is the same for the same value, whatever the order of an object's names."""
    if isinstance(value, Mapping):
        inner = ",".join(f"{name!r}:{canonical(value[name])}" for name in sorted(value))
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(canonical(element) for element in value)}]"
    if is_number(value):
        return format_number(value)
    return repr(value)


def _worded(operator: str, operand: Any) -> str:
    """An operator with its operand, for people."""
    if operator == "exists":
        return "is there" if operand else "is missing"
    if operator == "in":
        return f"is {_listed(operand, 'or')}"
    if operator == "not_in":
        return f"is not {_listed(operand, 'or')}"
    return f"{_SIGNS.get(operator, operator)} {shown(operand)}"


def shown(value: Any) -> str:
    """A value of an event or a rule, for people."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return _listed(value, "and") if value else "an empty list"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {shown(one)}" for name, one in value.items()) or "an object"
    return format_number(value) if is_number(value) else str(value) or "an empty text"


def _listed(values: Sequence[Any], last: str) -> str:
    """Values with commas between them, and a word before the last."""
    *others, end = [shown(one) for one in values]
    return f"{', '.join(others)} {last} {end}" if others else end


def format_number(value: Number) -> str:
    """A number in plain notation, without the zeros that change nothing."""
    if isinstance(value, int):
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact_sum(values: Sequence[Number]) -> Number:
    """The exact sum; an integer where all are integers."""
    total: Number = 0
    for value in values:
        total = add(total, value)
    return total


def add(one: Number, other: Number) -> Number:
    """The exact sum of two numbers."""
    if type(one) is int and type(other) is int:
        return one + other
    return EXACT.add(one, other)


def multiply(one: Number, other: Number) -> Number:
    """The exact product of two numbers."""
    if type(one) is int and type(other) is int:
        return one * other
    return EXACT.multiply(one, other)
