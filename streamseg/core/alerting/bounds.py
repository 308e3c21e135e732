"""Bounds on the size of a segment, and on its change."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from streamseg.core.counting.terms import Alert

_WHOLE: Final = Decimal(100)


class Verdict(NamedTuple):
    """Whether a bound is passed, and the bound."""

    is_passed: bool
    limit: Decimal


def verdict_on(
    alert: Alert, members: int, before: int | None, *, is_raised: bool
) -> Verdict | None:
    """Whether a size passes the alert's bound; ``before`` is the size ``within`` ago.

    A raised alert has another bound, at which it is cleared. None: there is not enough history.
    """
    if alert.within is None:
        return _of_size(alert, members, is_raised=is_raised)
    if before is None:
        return None
    share = alert.limit if alert.bound == "rise" else -alert.limit
    limit = before * (1 + share / _WHOLE)
    is_far = members >= limit if alert.bound == "rise" else members <= limit
    return Verdict(before > 0 and is_far, limit)


def _of_size(alert: Alert, members: int, *, is_raised: bool) -> Verdict:
    is_low = alert.bound == "lt"
    limit = alert.limit
    if is_raised:
        limit *= 1 + (alert.clear if is_low else -alert.clear) / _WHOLE
    return Verdict(members < limit if is_low else members > limit, limit)
