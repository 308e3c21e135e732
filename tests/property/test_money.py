"""Amounts that add up as whole numbers are what sums of decimals would be, to the last digit."""

from decimal import Context, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.counting.money import Sum, added, amount_of, amount_of_text
from streamseg.core.values.numbers import DIGITS, SUM_DIGITS

from .scale import examples

exact = Context(prec=SUM_DIGITS)
prices = st.decimals(0, 10**7, allow_nan=False, allow_infinity=False, places=2)
ODD = ("0", "0.00", "7", "0.5", "1e2", "1E-7", "-3.10", "9007199254740993", "1e300", "1e-300")
LONG = ("0.123456789", "12345678901234567.89", "9" * DIGITS, "0." + "3" * 60, "-1E+22")
odd = st.sampled_from([*ODD, *LONG]).map(Decimal)
numbers = st.one_of(prices, prices, odd, st.integers(0, 10**15))


@settings(max_examples=examples(300))
@given(st.lists(numbers, max_size=20))
def test_a_sum_is_that_of_decimals(values: list[Decimal | int]) -> None:
    total, squares, expected, of_squares = Sum(), Sum(), Decimal(0), Decimal(0)
    for value in values:
        amount = amount_of(value)
        text = amount.text.decode()
        assert amount_of_text(text).units == amount.units
        assert abs(Decimal(text) - Decimal(value)) <= abs(Decimal(value)) * Decimal(
            f"1e-{DIGITS - 1}"
        )
        total.add(amount.units, amount.decimals)
        squares.add(amount.square(), 2 * amount.decimals)
        expected = exact.add(expected, Decimal(text))
        of_squares = exact.add(of_squares, exact.multiply(Decimal(text), Decimal(text)))
        assert (Sum(total.text()).units, Sum(total.text()).decimals) == (
            total.units,
            total.decimals,
        )
    assert total.text() == str(expected)
    assert Decimal(squares.text()) == of_squares


@settings(max_examples=examples(300))
@given(numbers, numbers)
def test_two_amounts_add_up_with_the_digits_that_are_kept(
    one: Decimal | int, other: Decimal | int
) -> None:
    first, second = amount_of(one), amount_of(other)
    both = added(first, second)
    exactly = exact.add(Decimal(first.text.decode()), Decimal(second.text.decode()))
    assert Decimal(both.text.decode()) == Context(prec=DIGITS).plus(exactly)
    assert len(both.text) <= DIGITS + 12
