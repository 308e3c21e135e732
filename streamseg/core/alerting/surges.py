"""The usual count of an hour, and the limit for a surge or slump: by medians, which the campaign of
one day does not distort.

history  37 38 39 40 41 42 44 120     mean 50, deviation 28: mean + 5 deviations is 192
median   40.5                         median of the distances from it: 2
spread   max(1.4826 x 2, √40.5, 1) = 6.36     limit 40.5 + 5 x 6.36 = 72.3
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final, NamedTuple

from streamseg.core.counting.terms import Alert

_exact: Final = Context(prec=28, rounding=ROUND_HALF_EVEN)
_OF_NORMAL: Final = Decimal("1.4826")  # of a normal distribution: deviation by median distance
_HALF: Final = Decimal("0.5")
_ONE: Final = Decimal(1)


class Usual(NamedTuple):
    """The usual count of an hour's buckets, and its spread."""

    median: Decimal
    spread: Decimal


def usual_of(history: Sequence[Decimal]) -> Usual:
    """The usual count by the mean buckets of some hours; there must be one."""
    middle = _median(history)
    distance = _median([abs(one - middle) for one in history])
    spread = max(_exact.multiply(_OF_NORMAL, distance), _exact.sqrt(middle), _ONE)
    return Usual(middle, spread)


def mean_of(total: int, buckets: int) -> Decimal:
    """The mean bucket of an hour."""
    return _exact.divide(Decimal(total), Decimal(buckets))


def limit_of(alert: Alert, usual: Usual, *, is_raised: bool) -> Decimal:
    """The limit that a bucket has to pass, to raise the alert or (``is_raised``) to clear it."""
    away = _exact.multiply(alert.k, usual.spread)
    if is_raised:
        away = _exact.multiply(away, _HALF)
    return usual.median + away if alert.bound == "surge" else usual.median - away


def speaks_against(
    alert: Alert, count: int, usual: Usual, limit: Decimal, *, is_raised: bool
) -> bool:
    """Whether a bucket speaks against the present state of the alert, raised or not."""
    is_surge = alert.bound == "surge"
    if is_raised:
        return count < limit if is_surge else count > limit
    if is_surge:
        return count > limit and count >= alert.least
    return count < limit and usual.median >= alert.least


def _median(values: Sequence[Decimal]) -> Decimal:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return _exact.divide(ordered[middle - 1] + ordered[middle], Decimal(2))
