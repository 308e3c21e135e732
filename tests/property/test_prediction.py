"""Crossings and figures are those of the real numbers, whatever they are worked out with."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any

import mpmath
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mpf

from streamseg.core.prediction.crossings import LIMIT_MS, NEVER, Predictor
from streamseg.core.prediction.curves import Alive, Buys, Curve, Orders, Worth
from streamseg.core.prediction.parameters import Parameters

from ..unit.core.prediction import by_mpmath
from ..unit.core.prediction.by_mpmath import Shop, days, part
from .scale import examples

DAY = 86_400_000
EXAMPLES = examples(200)


def written(least: str, most: str, places: int = 6) -> st.SearchStrategy[str]:
    return st.decimals(least, most, places=places).map(str)


# Within what a fit may give; `a` not next to 1, where nothing can be expected.
shops = st.builds(
    Shop,
    written("0.01", "20"),
    written("1", "400"),
    written("0.05", "30").filter(lambda a: abs(Decimal(a) - 1) > Decimal("0.001")),
    written("0.05", "30"),
)
thresholds = st.integers(1, 99).map(lambda percent: Fraction(percent, 100))
recencies = st.integers(0, 1500 * DAY)
orders = st.integers(0, 60)
tenths = st.integers(1, 50).map(lambda one: Fraction(one, 10))
windows = st.integers(1, 365).map(lambda one: one * DAY)


def engine(shop: Shop, *digits: int) -> Predictor:
    return Predictor(Parameters(*map(Decimal, shop)), digits or (0, 28, 50))


def of(shop: Shop, kind: str, x: int, recency: int, silence: int, within: int) -> Any:
    """A figure by mpmath."""
    told = (shop, x, days(recency), days(recency + silence))
    if kind == "alive":
        return by_mpmath.alive(*told)
    return getattr(by_mpmath, kind)(*told, days(within))


@settings(max_examples=EXAMPLES)
@given(shops, orders, recencies, thresholds)
def test_alive_crosses_in_the_second_that_is_told(
    shop: Shop, x: int, recency: int, threshold: Fraction
) -> None:
    recency = recency if x else 0
    found = engine(shop).alive_until(
        x, recency, Decimal(threshold.numerator) / threshold.denominator
    )
    check_crossing(shop, "alive", x, recency, 0, threshold, found, 1000)


@settings(max_examples=EXAMPLES)
@given(shops, orders, recencies, windows, thresholds)
def test_buys_crosses_in_the_second_that_is_told(
    shop: Shop, x: int, recency: int, within: int, threshold: Fraction
) -> None:
    recency = recency if x else 0
    found = engine(shop).falls_at(
        Buys(x, recency, within), Decimal(threshold.numerator) / threshold.denominator
    )
    check_crossing(shop, "buys", x, recency, within, threshold, found, 1000)


@settings(max_examples=EXAMPLES // 4)
@given(shops, st.integers(0, 20), recencies, windows, tenths)
def test_orders_cross_in_the_week_that_is_told(
    shop: Shop, x: int, recency: int, within: int, threshold: Fraction
) -> None:
    recency = recency if x else 0
    found = engine(shop).falls_at(
        Orders(x, recency, within), Decimal(threshold.numerator) / threshold.denominator
    )
    check_crossing(shop, "orders", x, recency, within, threshold, found, 7 * DAY)


def check_crossing(
    shop: Shop,
    kind: str,
    x: int,
    recency: int,
    within: int,
    threshold: Fraction,
    found: int,
    step: int,
) -> None:
    with mpmath.workdps(60):

        def above(silence: int) -> bool:
            value = of(shop, kind, x, recency, silence, within) - part(threshold)
            assume(abs(value) > mpf(10) ** -40)  # equal, by chance: either is right
            return bool(value > 0)

        if found == NEVER:
            assert above(LIMIT_MS // step * step)
            return
        assert found % step == 0
        assert not above(found)
        assert found == 0 or above(found - step)


@settings(max_examples=EXAMPLES)
@given(shops, orders, recencies, windows, thresholds)
def test_47_floats_and_decimals_tell_the_same(
    shop: Shop, x: int, recency: int, within: int, threshold: Fraction
) -> None:
    recency = recency if x else 0
    level = Decimal(threshold.numerator) / threshold.denominator
    buys = Buys(x, recency, within)
    both, exact = engine(shop), engine(shop, 50)
    assert both.alive_until(x, recency, level) == exact.alive_until(x, recency, level)
    assert both.falls_at(buys, level) == exact.falls_at(buys, level)
    worth = Worth(x, recency, within, Decimal("33.5"))
    curves: list[Curve] = [Alive(x, recency), buys, Orders(x, recency, within), worth]
    for curve in curves:
        assert both.told(curve, within) == exact.told(curve, within)


@settings(max_examples=EXAMPLES)
@given(shops, orders, recencies, windows, st.integers(0, 400 * 86_400))
def test_47_what_floats_cannot_tell_apart_decimals_do(
    shop: Shop, x: int, recency: int, within: int, seconds: int
) -> None:
    """The figure of a second is the threshold, but for less than a float can hold."""
    recency = recency if x else 0
    silence = 1000 * seconds
    both, exact = engine(shop), engine(shop, 50)
    forms = exact._forms[0]
    step = Decimal(10) ** -34
    for curve in (Alive(x, recency), Buys(x, recency, within)):
        with localcontext(forms.context):
            figure = curve.after(forms, silence)
        for rounding, later in ((ROUND_CEILING, 0), (ROUND_FLOOR, 1000)):
            with localcontext(forms.context):
                threshold = figure.quantize(step, rounding)
            assume(Decimal("1e-6") < threshold < 1 and threshold != figure)
            falls_at = exact.falls_at(curve, threshold)
            assert both.falls_at(curve, threshold) == falls_at
            assert falls_at == silence + later
            if isinstance(curve, Alive):
                assert both.alive_until(x, recency, threshold) == falls_at


@settings(max_examples=EXAMPLES)
@given(shops, orders, recencies, windows)
def test_nothing_rises_in_silence(shop: Shop, x: int, recency: int, within: int) -> None:
    recency = recency if x else 0
    forms = engine(shop, 50)._forms[0]
    curves: list[Curve] = [
        Alive(x, recency),
        Buys(x, recency, within),
        Orders(x, recency, within),
        Worth(x, recency, within, Decimal(20)),
    ]
    for curve in curves:
        values = [curve.after(forms, step * 30 * DAY) for step in (0, 1, 2, 5, 12, 40, 100)]
        assert values == sorted(values, reverse=True)
