"""A number in quotes where numbers are compared, or a number where texts are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from streamseg.core.values.predicates import is_number
from streamseg.rules.document import Node
from streamseg.rules.lint.uses import Compared, Uses, listed

_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_ORDERS: Final = ("gt", "gte", "lt", "lte")
_EQUALS: Final = ("eq", "ne", "in", "not_in")


def wrongly_quoted(uses: Sequence[Uses]) -> Iterator[tuple[Node, str]]:
    """Operands that are of another type than what they are compared with."""
    everywhere = [one for segment in uses for one in segment.compared]
    numeric = {_subject(one) for one in everywhere if _compares_numbers(one)}
    for one in everywhere:
        for operator, node in one.operands.items():
            if operator in _ORDERS or operator in _EQUALS:
                for operand in listed(node):
                    message = _doubt(one, operator, operand, _subject(one) in numeric)
                    if message:
                        yield operand, message


def _doubt(one: Compared, operator: str, operand: Node, is_numeric: bool) -> str | None:
    value = operand.value
    if one.kind == "text":
        if is_number(value) and operator in _EQUALS:
            return (
                f"{one.name} is a text, and {value} a number: they are never equal; write '{value}'"
            )
        return None
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return None
    if one.kind in ("number", "whole") or is_numeric or operator in _ORDERS:
        plain = value.replace(",", ".")
        return f"{value!r} in quotes is a text, and no number compares with it; write {plain}"
    return None


def _compares_numbers(one: Compared) -> bool:
    return any(is_number(each.value) for node in one.operands.values() for each in listed(node))


def _subject(one: Compared) -> tuple[object, ...]:
    """What is compared, wherever it stands."""
    kind, *_, name = one.subject
    return (kind, one.subject[1], name) if kind == "field" else (kind, name)
