"""How much more a trigger brings than none: the difference of two groups, with two intervals.

Newcombe's hybrid score interval is right for one look at a fixed day (R. G. Newcombe, "Interval
estimation for the difference between independent proportions", Statistics in Medicine 17 (1998),
873-890, method 10). A dashboard is looked at every day, so what is called proven rests on the other
one, which holds at all instants together: an asymptotic confidence sequence (I. Waudby-Smith, D.
Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic
confidence sequences", Annals of Statistics 52 (2024)), tight at about 5,000 exposures.
"""

from __future__ import annotations

from math import log, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

LEAST_CONVERTED: Final = 30  # in both groups together; of fewer there is no interval
ALPHA: Final = 0.05
TIGHT_AT: Final = 5_000


class Group(NamedTuple):
    """One of two groups: exposures, how many converted, and their revenue.

    ``revenue_squared`` is the sum of the squares of each exposure's revenue.
    """

    exposures: int
    converted: int
    revenue: float = 0.0
    revenue_squared: float = 0.0

    @property
    def rate(self) -> float:
        """Converted of exposures."""
        return self.converted / self.exposures

    @property
    def mean(self) -> float:
        """Revenue of an exposure."""
        return self.revenue / self.exposures

    @property
    def variance(self) -> float:
        """Variance of the revenue of an exposure (of the sample: n - 1)."""
        n = self.exposures
        return max(0.0, self.revenue_squared - n * self.mean**2) / (n - 1)


class Interval(NamedTuple):
    """An interval with its ends."""

    low: float
    high: float

    @property
    def is_proven(self) -> bool:
        """Whether it says on which side of 0 the difference is."""
        return self.low > 0 or self.high < 0


class Lift(NamedTuple):
    """A difference, what one look says of it, and what all looks together say of it.

    The intervals are None where too few converted to tell.
    """

    difference: float
    newcombe: Interval | None
    always: Interval | None

    @property
    def is_proven(self) -> bool:
        """Whether the difference is surely not 0, however often one looks."""
        return self.always is not None and self.always.is_proven


def lift_of_rates(fired: Group, control: Group, alpha: float = ALPHA) -> Lift | None:
    """The lift of the rate of conversion; None where a group is empty."""
    if not fired.exposures or not control.exposures:
        return None
    difference = fired.rate - control.rate
    if fired.converted + control.converted < LEAST_CONVERTED:
        return Lift(difference, None, None)
    variance = sum(one.rate * (1 - one.rate) / one.exposures for one in (fired, control))
    always = _always_valid(difference, variance, fired, control, alpha)
    return Lift(difference, newcombe(fired, control, alpha), always)


def lift_of_revenue(fired: Group, control: Group, alpha: float = ALPHA) -> Lift | None:
    """The lift of the revenue of an exposure, with Welch's variance; it has no fixed interval."""
    if min(fired.exposures, control.exposures) < 2:
        return None
    difference = fired.mean - control.mean
    if fired.converted + control.converted < LEAST_CONVERTED:
        return Lift(difference, None, None)
    variance = sum(one.variance / one.exposures for one in (fired, control))
    return Lift(difference, None, _always_valid(difference, variance, fired, control, alpha))


def newcombe(fired: Group, control: Group, alpha: float = ALPHA) -> Interval:
    """The interval of the difference of two rates, from the Wilson interval of each."""
    difference = fired.rate - control.rate
    low, high = wilson(fired, alpha)
    control_low, control_high = wilson(control, alpha)
    return Interval(
        difference - sqrt((fired.rate - low) ** 2 + (control_high - control.rate) ** 2),
        difference + sqrt((high - fired.rate) ** 2 + (control.rate - control_low) ** 2),
    )


def wilson(group: Group, alpha: float = ALPHA) -> Interval:
    """The score interval of a rate (E. B. Wilson, JASA 22 (1927), 209-212)."""
    z, n, p = NormalDist().inv_cdf(1 - alpha / 2), group.exposures, group.rate
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(middle - half, middle + half)


def _always_valid(
    difference: float, variance: float, fired: Group, control: Group, alpha: float
) -> Interval:
    """The interval that holds at all instants together; ``variance`` is of the difference."""
    n = fired.exposures + control.exposures
    r = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / TIGHT_AT  # rho squared
    half = sqrt(n * variance) * sqrt(2 * (n * r + 1) * log(sqrt(n * r + 1) / alpha) / (n * n * r))
    return Interval(difference - half, difference + half)
