"""Amounts of money: exact sums, and their form as text in state.

An amount is a whole number of ``units`` of 10 ** -``decimals``: such add up in a tenth of the time
that decimals take. 80.50 is 8050 units with 2 decimals, and so is what str(Decimal) says of a sum.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

from mypy_extensions import i64

from streamseg.core.values.numbers import DIGITS, SUM_DIGITS, pack
from streamseg.core.values.predicates import Number

NOTHING: Final = Decimal(0)
_exact: Final = Context(prec=SUM_DIGITS)
_ZERO: Final = "0"
_POINT: Final = ord(".")
_SHORT: Final = 18  # digits that fit a machine word
_NEAR: Final = 40  # decimals by which amounts may differ and still add up as whole numbers
_POWERS: Final[list[int]] = [10**more for more in range(_NEAR + 1)]
_AFTER_POINT: Final = [f".{cents:02d}" for cents in range(100)]


class Amount:
    """An amount, and its ``text`` in state. Of its square, ``squared`` are the units."""

    __slots__ = ("_value", "decimals", "squared", "text", "units")

    def __init__(self, text: bytes, units: int, decimals: int) -> None:
        self.text = text
        self.units = units
        self.decimals = decimals
        self.squared = 0
        self._value = 0.0

    def square(self) -> int:
        """The units of its square, of twice as many decimals."""
        if not self.squared:
            self.squared = self.units * self.units
        return self.squared

    def value(self) -> float:
        """About how much it is, for metrics."""
        if not self._value and self.units:
            self._value = float(self.text.decode())
        return self._value


class Sum:
    """An exact sum of amounts."""

    __slots__ = ("_text", "decimals", "units")

    def __init__(self, text: str = _ZERO) -> None:
        self._text = text
        self.units = self.decimals = 0
        if text != _ZERO:
            self.units, self.decimals = _parts_of(Decimal(text))

    def text(self) -> str:
        """The sum, as it lies in state."""
        if not self._text:
            self._text = text_of(self.units, self.decimals)
        return self._text

    def add(self, units: int, decimals: int) -> None:
        """Add an amount."""
        self._text = ""
        if decimals == self.decimals:
            self.units += units
        elif not self.units and decimals > self.decimals:
            self.units, self.decimals = units, decimals
        else:
            self.units, self.decimals = _sum_of(self.units, self.decimals, units, decimals)


def plus(one: Decimal, other: Decimal) -> Decimal:
    """The exact sum of two decimals."""
    return _exact.add(one, other)


def amount_of(value: Number) -> Amount:
    """A number of an event, rounded to the digits that are kept."""
    text = str(value)
    if len(text) > DIGITS or type(value) is not Decimal or not _is_plain(text):
        text = _rounded(Decimal(str(pack(value))))
    return amount_of_text(text if value else _ZERO)


def amount_in(state: bytes, at: int, end: int) -> Amount:
    """The amount of a text in state; an empty text is 0."""
    first: i64 = at
    last: i64 = end
    units: i64 = 0
    point: i64 = -1
    if last - first > _SHORT:
        return _long_amount(state[at:end])
    for place in range(first, last):
        byte: i64 = state[place]
        if 48 <= byte <= 57:
            units = units * 10 + byte - 48
        elif byte == _POINT and point < 0:
            point = place
        else:
            return _long_amount(state[at:end])
    return Amount(state[at:end], units, 0 if point < 0 else last - point - 1)


def added(one: Amount, other: Amount) -> Amount:
    """The sum, with as many digits as are kept of one amount."""
    units, decimals = one.units + other.units, one.decimals
    if decimals != other.decimals:
        units, decimals = _sum_of(one.units, decimals, other.units, other.decimals)
    text = text_of(units, decimals)
    if len(text) <= DIGITS and _is_plain(text):  # as nearly all are
        return Amount(text.encode(), units, decimals)
    return amount_of_text(_rounded(Decimal(text)))


def _sum_of(one: int, decimals: int, other: int, of_other: int) -> tuple[int, int]:
    """The sum of units of different decimals, and its decimals."""
    more = of_other - decimals
    if 0 < more <= _NEAR:
        return one * _POWERS[more] + other, of_other
    if -_NEAR <= more < 0:
        return one + other * _POWERS[-more], decimals
    return _parts_of(_exact.add(_decimal_of(one, decimals), _decimal_of(other, of_other)))


def text_of(units: int, decimals: int) -> str:
    """An amount as a text: what str says of the same decimal."""
    if units >= 0:
        if decimals == 0:
            return str(units)
        if decimals == 1:
            return str(units // 10) + _AFTER_POINT[units % 10 * 10][:2]
        if decimals == 2:
            return str(units // 100) + _AFTER_POINT[units % 100]
        if decimals == 4:
            cents = units // 100
            return str(cents // 100) + _AFTER_POINT[cents % 100] + _AFTER_POINT[units % 100][1:]
    return str(_decimal_of(units, decimals))


def amount_of_text(text: str) -> Amount:
    """The amount of a text of state; an empty text is 0."""
    raw = text.encode()
    return amount_in(raw, 0, len(raw))


def _long_amount(text: bytes) -> Amount:
    units, decimals = _parts_of(Decimal(text.decode()))
    return Amount(text, units, decimals)


def _rounded(amount: Decimal) -> str:
    """The text for state of an amount that has too many digits, a sign or an exponent: a whole one
    has no exponent.
    """
    text = str(amount)
    is_whole = "E+" in text or text.lstrip("-").isdigit()
    return str(pack(int(amount) if is_whole else amount))


def _is_plain(text: str) -> bool:
    """Whether the text of an amount is as it lies in state."""
    return "E" not in text and not text.startswith("-")


def _parts_of(amount: Decimal) -> tuple[int, int]:
    """The units and decimals of a decimal."""
    sign, digits, exponent = amount.as_tuple()
    units = int("".join(map(str, digits)))
    assert type(exponent) is int
    return -units if sign else units, -exponent


def _decimal_of(units: int, decimals: int) -> Decimal:
    return Decimal(units).scaleb(-decimals, _exact)
