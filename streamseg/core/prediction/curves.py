"""What a model says of a contact as silence goes on, by steps: each falls, and none ever rises.

``steps`` of silence since the last order day: whole seconds of a probability, and whole weeks of
what takes longer to work out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Final

from streamseg.core.prediction.forms import STEP_DAYS, Forms, Real
from streamseg.core.values.zones import DAY_MS

SECOND_MS: Final = 1000
WEEK_MS: Final = 7 * DAY_MS


class Curve(ABC):
    """A figure of a contact with ``x`` order days after the first, the last of them ``recency`` ms
    after it.
    """

    step_ms = SECOND_MS

    def __init__(self, x: int, recency: int) -> None:
        self.x = x
        self.recency = recency

    def told_after(self, silence: int) -> int:
        """The silence that the figure after ``silence`` ms is computed for: whole weeks, where the
        figure goes by weeks.
        """
        return silence // self.step_ms * self.step_ms if self.step_ms == WEEK_MS else silence

    def after(self, forms: Forms, silence: int) -> Real:
        """The figure after ``silence`` ms."""
        first = forms.days(self.recency)
        return self.value(forms, first, forms.days(self.recency + silence))

    @abstractmethod
    def value(self, forms: Forms, recency: Real, age: Real) -> Real:
        """The figure at an age, both in days."""

    @abstractmethod
    def error(self, forms: Forms) -> Real:
        """The error to assume of it."""


class Alive(Curve):
    """The probability that the contact has not dropped out."""

    def value(self, forms: Forms, recency: Real, age: Real) -> Real:
        return forms.alive(self.x, recency, age)

    def error(self, forms: Forms) -> Real:
        return forms.tolerance(self.x)


class Buys(Curve):
    """The probability of an order in the next ``within`` ms."""

    def __init__(self, x: int, recency: int, within: int) -> None:
        super().__init__(x, recency)
        self._within = within

    def value(self, forms: Forms, recency: Real, age: Real) -> Real:
        return forms.buys(self.x, recency, age, forms.days(self._within))

    def error(self, forms: Forms) -> Real:
        return forms.tolerance(self.x)


class Orders(Curve):
    """The orders to expect in the next ``within`` ms."""

    step_ms = WEEK_MS

    def __init__(self, x: int, recency: int, within: int) -> None:
        super().__init__(x, recency)
        self._within = within

    def value(self, forms: Forms, recency: Real, age: Real) -> Real:
        expected = forms.expected(self.x, age, forms.days(self._within))
        return forms.alive(self.x, recency, age) * expected

    def error(self, forms: Forms) -> Real:
        return forms.orders_error(self.x)


class Worth(Curve):
    """What the orders of the next ``within`` ms are worth, in whole steps of 30 days, each order
    ``each``.
    """

    step_ms = WEEK_MS

    def __init__(self, x: int, recency: int, within: int, each: Decimal) -> None:
        super().__init__(x, recency)
        self._steps = within // (STEP_DAYS * DAY_MS)
        self._each = each

    def value(self, forms: Forms, recency: Real, age: Real) -> Real:
        orders = forms.discounted(self.x, age, self._steps)
        return forms.alive(self.x, recency, age) * orders * forms.number(self._each)

    def error(self, forms: Forms) -> Real:
        return forms.orders_error(self.x) * 2 * self._steps * forms.number(self._each)
