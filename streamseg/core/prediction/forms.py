"""The closed forms of MBG/NBD, once for floats and for decimals.

The model: while alive a contact orders at a rate from Gamma(r, alpha), in days; at each order they
drop out with a probability from Beta(a, b). Of the contact: ``x``, the order days after the first;
``recency``, days from the first to the last one; ``age``, days from the first one to the instant
asked about.

Batislam, Denizel and Filiztekin, "Empirical validation and comparison of models for customer base
analysis" (2007): a contact who has ordered once may have dropped out, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any, Final

from streamseg.core.prediction.parameters import Parameters
from streamseg.core.values.zones import DAY_MS

Real = Any  # a float or a Decimal, as the forms it is from
STEP_DAYS: Final = 30  # of what is discounted
_ORDERS: Final = 256  # of a contact from which on errors of floats grow


class Forms:
    """The forms under a model's parameters, with so many ``digits``; 0: in floats.

    With decimals the caller has ``context`` be the current one. Errors are far below ``error``,
    which is absolute for a probability.
    """

    def __init__(self, model: Parameters, digits: int) -> None:
        self.context = Context(prec=digits or 28)
        self.number: Callable[[Any], Real] = Decimal if digits else float
        self._log: Callable[[Real], Real] = self.context.ln if digits else math.log
        self._exp: Callable[[Real], Real] = self.context.exp if digits else math.exp
        self._last_digit: Real = self.number(10) ** -digits if digits else 2.0**-53
        self.error: Real = self.number(10) ** (4 - digits) if digits else 1e-12
        self.r: Real = self.number(model.r)
        self.alpha: Real = self.number(model.alpha)
        self.a: Real = self.number(model.a)
        self.b: Real = self.number(model.b)
        self.discount: Real = self.number(model.discount)

    def days(self, milliseconds: int) -> Real:
        """A duration in days."""
        return self.number(milliseconds) / DAY_MS

    def power(self, base: Real, exponent: Real) -> Real:
        """``base``, above 0, to a power; with decimals its steps are correctly rounded."""
        return self._exp(exponent * self._log(base))

    def tolerance(self, x: int) -> Real:
        """The error to assume of a probability after so many order days."""
        return self.error * (1 + x // _ORDERS)

    def alive(self, x: int, recency: Real, age: Real) -> Real:
        """The probability that the contact has not dropped out."""
        left = self.power((self.alpha + recency) / (self.alpha + age), self.r + x)
        return left / (left + self.a / (self.b + x))

    def buys(self, x: int, recency: Real, age: Real, within: Real) -> Real:
        """The probability of an order in the next ``within`` days.

        Nobody drops out but at an order, so until the next one there is nothing else to count.
        """
        waits = self.power((self.alpha + age) / (self.alpha + age + within), self.r + x)
        return self.alive(x, recency, age) * (1 - waits)

    def dies_at(self, x: int, recency: Real, threshold: Real) -> Real | None:
        """The age at which ``alive`` has come down to a threshold; None: it is there at the order.

        An age that no float holds is infinite.
        """
        bracket = (1 - threshold) * (self.b + x) / (threshold * self.a)
        if bracket <= 1:
            return None
        exponent = self._log(bracket) / (self.r + x)
        if exponent > 100:
            return self.number("inf")
        return (self.alpha + recency) * self._exp(exponent) - self.alpha

    def expected(self, x: int, age: Real, within: Real) -> Real:
        """The orders to expect of a living contact in the next ``within`` days.

        The form with 2F1(r+x, b+x+1; a+b+x; z), by Euler's transformation: its terms get small
        sooner, and 1 - z is to the power of a - 1.
        """
        z = within / (self.alpha + age + within)
        rest = (self.alpha + age) / (self.alpha + age + within)
        c = self.a + self.b + x
        series = self._series(self.a + self.b - self.r, self.a - 1, c, z, rest)
        return c / (self.a - 1) * (1 - self.power(rest, self.a - 1) * series)

    def _series(self, a: Real, b: Real, c: Real, z: Real, rest: Real) -> Real:
        """2F1(a, b; c; z); ``rest`` is 1 - z."""
        total = term = self.number(1)
        step = 0
        while abs(term) * z > self._last_digit * rest * abs(total):
            term = term * (a + step) * (b + step) / ((c + step) * (step + 1)) * z
            step += 1
            total += term
        return total

    def orders_error(self, x: int) -> Real:
        """The error to assume of ``expected``, which is a difference of numbers so large."""
        return self.tolerance(x) * (1 + abs((self.a + self.b + x) / (self.a - 1)))

    def discounted(self, x: int, age: Real, steps: int) -> Real:
        """The orders to expect of a living contact in so many steps of 30 days, each worth less."""
        total = before = self.number(0)
        worth = self.number(1)
        for step in range(1, steps + 1):
            expected = self.expected(x, age, self.number(STEP_DAYS * step))
            worth = worth / (1 + self.discount)
            total += (expected - before) * worth
            before = expected
        return total
