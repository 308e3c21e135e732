"""The model once more, by mpmath and by integration: nothing of it is the engine's."""

from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
from mpmath import mpf

DAY_MS = 86_400_000


class Shop(NamedTuple):
    """A model's parameters as they are written."""

    r: str
    alpha: str
    a: str
    b: str


SHOP = Shop(".525", "43.281", ".891", "1.614")


def alive(shop: Shop, x: int, recency: Any, age: Any) -> Any:
    r, alpha, a, b = map(mpf, shop)
    return 1 / (1 + a / (b + x) * ((alpha + age) / (alpha + recency)) ** (r + x))


def buys(shop: Shop, x: int, recency: Any, age: Any, within: Any) -> Any:
    r, alpha = mpf(shop.r), mpf(shop.alpha)
    waits = ((alpha + age) / (alpha + age + within)) ** (r + x)
    return alive(shop, x, recency, age) * (1 - waits)


def buys_by_integration(shop: Shop, x: int, recency: Any, age: Any, within: Any) -> Any:
    """Over the rate, whose posterior in a living contact is Gamma(r + x, alpha + age)."""
    shape, rate = mpf(shop.r) + x, mpf(shop.alpha) + age

    def density(rate_of_one: Any) -> Any:
        return rate**shape * rate_of_one ** (shape - 1) * mpmath.exp(-rate * rate_of_one)

    def told(rate_of_one: Any) -> Any:
        return density(rate_of_one) * (1 - mpmath.exp(-rate_of_one * within))

    one = mpmath.quad(told, [0, shape / rate, 10 * shape / rate, mpmath.inf])
    return alive(shop, x, recency, age) * one / mpmath.gamma(shape)


def orders(shop: Shop, x: int, recency: Any, age: Any, within: Any) -> Any:
    r, alpha, a, b = map(mpf, shop)
    rest = ((alpha + age) / (alpha + age + within)) ** (r + x)
    series = mpmath.hyp2f1(r + x, b + x + 1, a + b + x, within / (alpha + age + within))
    return alive(shop, x, recency, age) * (a + b + x) / (a - 1) * (1 - rest * series)


def orders_by_integration(shop: Shop, x: int, recency: Any, age: Any, within: Any) -> Any:
    """Over the probability of dropping out, whose posterior is Beta(a, b + x + 1)."""
    r, alpha, a, b = map(mpf, shop)

    def told(p: Any) -> Any:
        stays = ((alpha + age) / (alpha + age + p * within)) ** (r + x)
        return p ** (a - 2) * (1 - p) ** (b + x) * (1 - stays)

    integral = mpmath.quad(told, [0, 0.01, 0.1, 0.5, 0.9, 1])
    return alive(shop, x, recency, age) * integral / mpmath.beta(a, b + x + 1)


def days(milliseconds: int) -> Any:
    return mpf(milliseconds) / DAY_MS


def part(threshold: Fraction) -> Any:
    return mpf(threshold.numerator) / threshold.denominator
