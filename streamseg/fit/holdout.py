"""Compares the predictions of a model with the orders that came after it was fitted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from streamseg.core.prediction.forms import Forms
from streamseg.core.prediction.parameters import Parameters
from streamseg.fit.customers import Customers, Floats, Whole

_GROUPS: Final = 10
_MOST_OFF: Final = 0.25  # of the number of orders


class Outcome(msgspec.Struct, frozen=True):
    """What was predicted for a number of days, and what came.

    ``brier`` is the mean square of probability less outcome, ``base_brier`` that of giving
    everybody the same, right, probability. ``calibration_error`` is how far the mean probability of
    each tenth is from the share that ordered. ``ranking`` and ``recency_ranking`` are the chances
    that one who ordered is put above one who did not, by the model and by silence alone.
    """

    days: int
    orders: int
    expected: float
    buyers: float
    mean_probability: float
    brier: float
    base_brier: float
    calibration_error: float
    ranking: float
    recency_ranking: float

    @property
    def is_good(self) -> bool:
        """Whether it says more than the base rate does, and totals are within a quarter."""
        off = abs(self.expected - self.orders)
        return self.brier < self.base_brier and off <= _MOST_OFF * self.orders


def hold_against(model: Parameters, of: Customers, ordered: Whole, days: int) -> Outcome:
    """What the model says of each contact's next ``days``, and what they did: ``ordered``."""
    bought = ordered > 0
    chances = probabilities(model, of, days)
    rate = float(bought.mean())
    return Outcome(
        days=days,
        orders=int(ordered.sum()),
        expected=float(expectations(model, of, days).sum()),
        buyers=rate,
        mean_probability=float(chances.mean()),
        brier=float(np.mean((chances - bought) ** 2)),
        base_brier=rate * (1 - rate),
        calibration_error=sum(
            len(group) / len(chances) * abs(float(chances[group].mean() - bought[group].mean()))
            for group in tenths(chances)
        ),
        ranking=ranking(chances, bought),
        recency_ranking=ranking(-of.silence, bought),
    )


def probabilities(model: Parameters, of: Customers, days: int) -> Floats:
    """The probability of an order of each contact in the next days."""
    forms = Forms(model, 0)
    return np.array([forms.buys(*one, float(days)) for one in _each(of)])


def expectations(model: Parameters, of: Customers, days: int) -> Floats:
    """The orders to expect of each contact in the next days."""
    forms = Forms(model, 0)
    return np.array(
        [
            forms.alive(x, recency, age) * forms.expected(x, age, float(days))
            for x, recency, age in _each(of)
        ]
    )


def _each(of: Customers) -> list[tuple[int, float, float]]:
    return list(zip(of.repeats.tolist(), of.recency.tolist(), of.age.tolist(), strict=True))


def tenths(chances: Floats) -> list[Whole]:
    """The contacts, by their places, in ten groups from the least likely on."""
    groups = np.array_split(np.argsort(chances, kind="stable"), _GROUPS)
    return [group for group in groups if len(group)]


def ranking(scores: Floats, bought: npt.NDArray[np.bool_]) -> float:
    """The chance that a contact who bought has the higher score (ties count half); 0.5 is luck."""
    buyers = int(bought.sum())
    others = len(bought) - buyers
    if not buyers or not others:
        return 0.5
    ranks = rankdata(scores)
    return float((ranks[bought].sum() - buyers * (buyers + 1) / 2) / (buyers * others))


_COLUMNS: Final[tuple[tuple[str, Callable[[Outcome], str]], ...]] = (
    ("days", lambda one: f"{one.days}"),
    ("orders", lambda one: f"{one.orders:,}"),
    ("expected", lambda one: f"{one.expected:,.0f}"),
    ("buyers", lambda one: f"{one.buyers:.1%}"),
    ("mean probability", lambda one: f"{one.mean_probability:.1%}"),
    ("Brier", lambda one: f"{one.brier:.4f}"),
    ("of the base rate", lambda one: f"{one.base_brier:.4f}"),
    ("off by", lambda one: f"{100 * one.calibration_error:.1f} points"),
    ("ranks", lambda one: f"{one.ranking:.3f}"),
    ("recency only", lambda one: f"{one.recency_ranking:.3f}"),
)


def table(outcomes: list[Outcome]) -> list[list[str]]:
    """A heading and a row for each outcome, for people."""
    return [[name for name, _ in _COLUMNS]] + [
        [form(one) for _, form in _COLUMNS] for one in outcomes
    ]


def rounded(value: float) -> Decimal:
    """A figure with 6 significant digits."""
    return Decimal(f"{value:.6g}")


def as_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome for a file of a model."""
    return {
        name: value if isinstance(value, int) else float(f"{value:.6g}")
        for name, value in msgspec.structs.asdict(outcome).items()
    }
