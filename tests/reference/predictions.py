"""What is predicted of a contact, read off the list of their orders, by mpmath.

Days are those of UTC. Figures are those of the last whole second (``orders``: week) of silence, as
instants are defined.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import mpmath
from mpmath import mpf

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS


class Order(NamedTuple):
    """An order, and when it was cancelled."""

    time: int
    amount: int = 0
    cancelled: int | None = None


class Model(NamedTuple):
    """Parameters as they are written, in days."""

    r: str = "0.525"
    alpha: str = "43.281"
    a: str = "0.891"
    b: str = "1.614"


class Past(NamedTuple):
    """Order days after the first; days from the first to the last; the last, in ms."""

    x: int
    recency: Any
    last: int


def past(orders: Sequence[Order], instant: int, cancelled_within: int) -> Past | None:
    """What of the orders counts at an instant."""
    counted = [
        one.time
        for one in orders
        if one.time <= instant
        and (
            one.cancelled is None
            or one.cancelled > instant
            or abs(one.cancelled - one.time) > cancelled_within
        )
    ]
    days = sorted({time // DAY_MS: time for time in sorted(counted, reverse=True)}.values())
    if not days:
        return None
    return Past(len(days) - 1, mpf(days[-1] - days[0]) / DAY_MS, days[-1])


def figure(model: Model, of: Past, kind: str, within: int, instant: int) -> Any:
    """`alive`, `buys` or `orders` (`within` in ms) of a past."""
    r, alpha, a, b = map(mpf, model)
    step = WEEK_MS if kind == "orders" else 1000
    silence = mpf((instant - of.last) // step * step) / DAY_MS
    age, days, x = of.recency + silence, mpf(within) / DAY_MS, of.x
    alive = 1 / (1 + a / (b + x) * ((alpha + age) / (alpha + of.recency)) ** (r + x))
    rest = ((alpha + age) / (alpha + age + days)) ** (r + x)
    if kind == "alive":
        return alive
    if kind == "buys":
        return alive * (1 - rest)
    return alive * expected(model, x, age, days)


def expected(model: Model, x: int, age: Any, days: Any) -> Any:
    """The orders of a living contact within so many days."""
    r, alpha, a, b = map(mpf, model)
    rest = ((alpha + age) / (alpha + age + days)) ** (r + x)
    series = mpmath.hyp2f1(r + x, b + x + 1, a + b + x, days / (alpha + age + days))
    return (a + b + x) / (a - 1) * (1 - rest * series)


class Spending(NamedTuple):
    """What an order is worth, and how much less each 30 days later."""

    p: str = "6.25"
    q: str = "3.74"
    v: str = "15.44"
    discount: str = "0.01"


def clv(model: Model, spending: Spending, of: Past, spent: int, within: int, instant: int) -> Any:
    """What the orders within so many ms are worth; `spent` is that of the days after the first."""
    p, q, v, discount = map(mpf, spending)
    weeks = (instant - of.last) // WEEK_MS * WEEK_MS
    age = of.recency + mpf(weeks) / DAY_MS
    alive = figure(model, of, "alive", 0, of.last + weeks)
    weight = p * of.x / (p * of.x + q - 1)
    mean = mpf(spent) / of.x if of.x else mpf(0)
    each = weight * mean + (1 - weight) * v * p / (q - 1)
    steps = range(1, within // (30 * DAY_MS) + 1)
    orders = [expected(model, of.x, age, mpf(30 * step)) for step in (0, *steps)]
    later = (orders[n] - orders[n - 1] for n in steps)
    return alive * each * sum(one / (1 + discount) ** n for n, one in enumerate(later, start=1))
