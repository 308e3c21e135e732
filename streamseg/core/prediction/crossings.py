"""When silence takes a figure down to a threshold: the same on every machine.

Instants are defined by real numbers: the least whole second (or week) of silence at which the
figure is not above the threshold. Floats find it; where their error could make it another, decimals
of 28 digits do, and then of 50. What logarithms and powers of floats are differs from machine to
machine in the last bit; those of decimals are correctly rounded.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from streamseg.core.prediction.curves import SECOND_MS, Curve
from streamseg.core.prediction.forms import Forms, Real
from streamseg.core.prediction.parameters import Parameters
from streamseg.core.values.zones import DAY_MS

NEVER: Final = -1
LIMIT_MS: Final = 36_525 * DAY_MS  # a crossing beyond 100 years never comes
_FIRST_MS: Final = 2**20 * SECOND_MS  # 12 days, at which a search begins
_DAY_SECONDS: Final = DAY_MS // SECOND_MS
_DIGITS: Final = (0, 28, 50)
_ROUNDED_TO: Final = 4  # decimals of a probability that is told


class Predictor:
    """Answers by a model. ``digits``: what it is worked out with, one after the other while the
    error of one could matter; 0: floats.
    """

    def __init__(self, model: Parameters, digits: tuple[int, ...] = _DIGITS) -> None:
        self.model = model
        self._forms = [Forms(model, one) for one in digits]

    def alive_until(self, x: int, recency: int, threshold: Decimal) -> int:
        """The ms of silence after which ``alive`` is not above a threshold; NEVER."""
        for forms in self._forms:
            with localcontext(forms.context):
                silence, is_sure = _dies(forms, x, recency, threshold)
            if is_sure or forms is self._forms[-1]:
                break
        return silence

    def falls_at(self, curve: Curve, threshold: Decimal) -> int:
        """The ms of silence after which a figure is not above a threshold; NEVER."""
        for forms in self._forms:
            with localcontext(forms.context):
                step, is_sure = _falls(forms, curve, forms.number(threshold))
            if is_sure or forms is self._forms[-1]:
                break
        return NEVER if step < 0 else step * curve.step_ms

    def told(self, curve: Curve, silence: int, decimals: int = _ROUNDED_TO) -> Decimal:
        """A figure after ``silence`` ms, rounded, to even from half way."""
        last = Decimal(1).scaleb(-decimals)
        for forms in self._forms:
            with localcontext(forms.context):
                value = curve.after(forms, silence)
                exact = Decimal(value)
                rounded = exact.quantize(last)
                beside = abs(abs(exact - rounded) - last / 2)
                is_sure = beside > Decimal(curve.error(forms))
            if is_sure or forms is self._forms[-1]:
                break
        return rounded


def _dies(forms: Forms, x: int, recency: int, threshold: Decimal) -> tuple[int, bool]:
    """As `Predictor.alive_until`, and whether no error of these forms could make it another."""
    first = forms.days(recency)
    age = forms.dies_at(x, first, forms.number(threshold))
    if age is None:
        bracket_error = abs(forms.alive(x, first, first) - forms.number(threshold))
        return 0, bracket_error > forms.tolerance(x)
    if age > first + LIMIT_MS // DAY_MS + 1:
        return NEVER, True
    seconds = (age - first) * _DAY_SECONDS
    error = forms.error * (forms.alpha + age) * _DAY_SECONDS + forms.number(forms.error) * 10**6
    is_sure = abs(seconds - round(seconds)) > error
    silence = max(0, math.ceil(seconds)) * SECOND_MS
    return (NEVER if silence > LIMIT_MS else silence), is_sure


def _falls(forms: Forms, curve: Curve, threshold: Real) -> tuple[int, bool]:
    """The first step at which a figure is not above a threshold, and whether no error of these
    forms could make it another.
    """
    error = curve.error(forms)
    low, last = 0, LIMIT_MS // curve.step_ms
    before = _above(forms, curve, low, threshold)
    if before <= 0:
        return low, before < -error
    high = max(1, _FIRST_MS // curve.step_ms)
    while (after := _above(forms, curve, high, threshold)) > 0:
        if high == last:
            return NEVER, after > error
        low, before = high, after
        high = min(2 * high, last)
    return _between(forms, curve, threshold, _Bracket(low, high, before, after))


class _Bracket(NamedTuple):
    """Two steps, and how far above the threshold the figure is: above 0 at ``low`` only."""

    low: int
    high: int
    before: Real
    after: Real


def _between(forms: Forms, curve: Curve, threshold: Real, bracket: _Bracket) -> tuple[int, bool]:
    """As `_falls`, within a bracket: by interpolation, and each third time in the middle."""
    low, high, before, after = bracket
    turn = 0
    while high - low > 1:
        turn += 1
        middle = (low + high) // 2
        if turn % 3:
            middle = low + int((high - low) * before / (before - after))
            middle = min(max(middle, low + 1), high - 1)
        above = _above(forms, curve, middle, threshold)
        if above > 0:
            low, before = middle, above
        else:
            high, after = middle, above
    error = curve.error(forms)
    return high, before > error and after < -error


def _above(forms: Forms, curve: Curve, step: int, threshold: Real) -> Real:
    return curve.after(forms, step * curve.step_ms) - threshold
