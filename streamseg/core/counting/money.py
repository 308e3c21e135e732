"""Amounts of money: exact sums, and their form as text in state."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

from streamseg.core.numbers import DIGITS, SUM_DIGITS, pack
from streamseg.core.predicates import Number

NOTHING: Final = Decimal(0)
_ZERO: Final = "0"
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


def amount_of(value: Number) -> tuple[Decimal, str]:
    """A number of an event, rounded to the digits that are kept, and its text for state."""
    text = str(value)
    if len(text) > DIGITS or type(value) is not Decimal or not _is_plain(text):
        return rounded(decimal_of(str(pack(value))))
    return (value, text) if value else (NOTHING, _ZERO)


def decimal_of(text: str) -> Decimal:
    """The amount of a text in state; an empty text is 0."""
    return (Decimal(text) or NOTHING) if text else NOTHING


def rounded(amount: Decimal) -> tuple[Decimal, str]:
    """An amount with as many digits as are kept, and its text for state: a whole one has no
    exponent.
    """
    text = str(amount)
    if len(text) <= DIGITS and _is_plain(text):  # as nearly all are
        return (amount, text) if amount else (NOTHING, text)
    is_whole = "E+" in text or text.lstrip("-").isdigit()
    text = str(pack(int(amount) if is_whole else amount))
    return decimal_of(text), text


def _is_plain(text: str) -> bool:
    """Whether the text of an amount is as it lies in state."""
    return "E" not in text and not text.startswith("-")
