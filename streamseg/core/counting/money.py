"""Amounts of money: exact sums, and their form as text in state."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

from streamseg.core.numbers import DIGITS, SUM_DIGITS, pack
from streamseg.core.predicates import Number

NOTHING: Final = Decimal(0)
_exact: Final = Context(prec=SUM_DIGITS)


def plus(one: Decimal, other: Decimal) -> Decimal:
    """The exact sum; the common case of adding to 0 is fast."""
    if one is NOTHING:
        return other
    return one if other is NOTHING else _exact.add(one, other)


def minus(one: Decimal, other: Decimal) -> Decimal:
    """The exact difference."""
    return one if other is NOTHING else _exact.subtract(one, other)


def square(one: Decimal) -> Decimal:
    """The exact square."""
    return _exact.multiply(one, one)


def amount_of(value: Number) -> Decimal:
    """A number of an event, rounded to the digits that are kept."""
    text = str(value)
    if type(value) is Decimal and len(text) <= DIGITS:
        return value or NOTHING
    return decimal_of(str(pack(value)))


def decimal_of(text: str) -> Decimal:
    """The amount of a text in state; an empty text is 0."""
    return (Decimal(text) or NOTHING) if text else NOTHING


def text_of(amount: Decimal) -> str:
    """An amount for state, with as many digits as are kept; whole ones without an exponent."""
    text = str(amount)
    if len(text) <= DIGITS and "E" not in text and not text.startswith("-"):
        return text  # as nearly all are
    is_whole = "E+" in text or text.lstrip("-").isdigit()
    return str(pack(int(amount) if is_whole else amount))
