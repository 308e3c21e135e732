"""Operators with their operands, and tests of an event's data made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from streamseg.core.values.predicates import OPERATORS, Comparison, Where, is_number
from streamseg.rules.document import Node
from streamseg.rules.kinds import Boolean, ListOf, NumberKind, Text
from streamseg.rules.reading import Bad, JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record, pairs_of

NUMERIC = ("eq", "ne", "gt", "gte", "lt", "lte")


class Scalar(Kind):
    """A text, a number or a boolean."""

    sample = "sale"

    def read(self, node: Node, scope: Scope) -> Any:
        if isinstance(node.value, str | bool) or is_number(node.value):
            return node.value
        hint = "; for a missing one write `exists: false`" if node.value is None else ""
        raise scope.fail(node, f"must be a text, a number or a boolean, not {node.kind}{hint}")

    def schema(self) -> JsonSchema:
        return {"type": ["string", "number", "boolean"]}


class Orderable(Kind):
    """A number or a text."""

    sample = "5"

    def read(self, node: Node, scope: Scope) -> Any:
        if isinstance(node.value, str) or is_number(node.value):
            return node.value
        raise scope.fail(node, f"must be a number or a text, not {node.kind}")

    def schema(self) -> JsonSchema:
        return {"type": ["string", "number"]}


class Percentage(Kind):
    """A share such as ``10%``, read as the number before the sign."""

    sample = "10%"

    def read(self, node: Node, scope: Scope) -> Any:
        text = node.value
        if isinstance(text, str) and text.endswith("%"):
            try:
                share = Decimal(text[:-1])
            except ArithmeticError:
                share = Decimal("nan")
            if share.is_finite() and share >= 0:
                return share
        raise scope.fail(node, f"must be a percentage such as 10%, not {node.kind}")

    def schema(self) -> JsonSchema:
        return {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?%$", "title": "percentage"}

    def written(self, value: Any) -> str:
        return f"{value}%"


_DOCS = {
    "eq": "equal to this; 1 equals 1.0, values of different types are never equal",
    "ne": "not equal to this, or missing",
    "in": "equal to one of these",
    "not_in": "equal to none of these, or missing",
    "gt": "greater",
    "gte": "greater or equal",
    "lt": "less",
    "lte": "less or equal",
    "exists": "true: the value is there; false: it is missing",
    "contains": "a text that contains this text, or an array that contains this element",
    "prefix": "a text that begins with this",
}
_OPERANDS: dict[str, Kind] = {
    "eq": Scalar(),
    "ne": Scalar(),
    "in": ListOf(Scalar()),
    "not_in": ListOf(Scalar()),
    "gt": Orderable(),
    "gte": Orderable(),
    "lt": Orderable(),
    "lte": Orderable(),
    "exists": Boolean(),
    "contains": Scalar(),
    "prefix": Text(),
}


def operator_fields(operators: Iterable[str] = OPERATORS, kind: Kind | None = None) -> Fields:
    """Fields for operators, with operands of a kind (by default the operator's own)."""
    return {name: Field(kind or _OPERANDS[name], _DOCS[name]) for name in operators}


def operands_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The operators that are given among the values of a mapping, in a fixed order."""
    return {name: values[name] for name in OPERATORS if values.get(name) is not None}


class Operands(Record):
    """A mapping of operators, at least one; read as a dict of operands."""

    def __init__(self, operators: Iterable[str] = OPERATORS, kind: Kind | None = None) -> None:
        super().__init__(operator_fields(operators, kind), at_least_one=True)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        if not node.is_mapping and not isinstance(node.value, list) and "eq" in self.fields:
            raise scope.fail(node, f"must be operators, such as {{eq: …}}, not {node.kind}")
        return operands_of(super().read(node, scope))


def numeric_operands() -> Operands:
    """Operators that compare a number."""
    return Operands(NUMERIC, NumberKind())


class ValueOrOperands(Kind):
    """A value (equal to it), or operators; read as a dict of operands."""

    _scalar = Scalar()
    _operands = Operands()

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        if node.is_mapping:
            return self._operands.read(node, scope)
        if isinstance(node.value, list):
            raise scope.fail(node, "must be a value or operators; for one of several write `in:`")
        return {"eq": self._scalar.read(node, scope)}

    def schema(self) -> JsonSchema:
        return {"anyOf": [self._scalar.schema(), self._operands.schema()]}


class WhereKind(Kind):
    """Fields of an event's data (a dot leads into an object), each with a comparison; read as a
    Where.
    """

    sample = "{price: {gte: 100}}"

    _value = ValueOrOperands()

    def read(self, node: Node, scope: Scope) -> Where:
        given = pairs_of(node, scope)
        if not given:
            raise scope.fail(node, "an empty test; name a field, or leave it out")
        tests = {}
        bad = False
        for name, (_, value) in given.items():
            try:
                tests[name] = Comparison(self._value.read(value, scope))
            except Bad:
                bad = True
        if bad:
            raise Bad
        return Where(tests)

    def schema(self) -> JsonSchema:
        return {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": self._value.schema(),
        }

    def normal(self, value: Any) -> Any:
        return value.text
