"""How likely a model makes what was seen, and the parameters that make it most likely.

MBG/NBD: Batislam, Denizel and Filiztekin (2007). Gamma-Gamma: Fader and Hardie (2013).

The textbook's differences of log-gammas lose all digits where parameters get large, and then a
search "converges" there. Order days are whole numbers, so sums of logarithms stand for them.
Parameters are sought within a box, from four beginnings, which must agree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from streamseg.core.errors import StreamsegError
from streamseg.fit.customers import Customers, Floats
from streamseg.fit.holdout import rounded

_LEAST: Final = -7.0  # of the logarithm of a parameter
_MOST: Final = 7.0
_MOST_ALPHA: Final = 12.0
_AGREE: Final = 1e-4
_STARTS: Final = (
    (0.0, 3.0, 0.0, 0.0),
    (-1.0, 4.0, 0.0, 1.0),
    (1.0, 2.0, -1.0, 1.0),
    (0.5, 5.0, 1.0, 2.0),
)
_SPENDING_STARTS: Final = ((0.0, 1.0, 1.0), (2.0, 1.0, 3.0), (1.0, 2.0, 4.0), (1.5, 0.5, 2.0))
SMALLEST_MEAN: Final = 1e-6  # of |a - 1|, where the mean number of orders is not defined


class FitError(StreamsegError):
    """There is nothing to fit, or what is found cannot be relied on."""


def of_orders(model: Floats, of: Customers) -> float:
    """The log-likelihood of the orders; ``model`` is r, alpha (in days), a, b."""
    r, alpha, a, b = model
    x = of.repeats
    steps = np.arange(x.max() + 1)
    stays = np.cumsum(np.log((b + steps) / (a + b + steps)))
    ways = np.concatenate(([0.0], np.cumsum(np.log(r + steps[:-1]))))
    living = r * np.log(alpha) - (r + x) * np.log(alpha + of.age)
    gone = np.log(a / (b + x)) + (r + x) * np.log((alpha + of.age) / (alpha + of.recency))
    return float(np.sum(stays[x] + ways[x] + living + np.logaddexp(0.0, gone)))


def of_spending(model: Floats, of: Customers) -> float:
    """The log-likelihood of what those with repeats spent; ``model`` is p, q, v."""
    p, q, v = model
    shape = p * of.repeats
    mean = of.spent / of.repeats
    return float(
        np.sum(
            gammaln(shape + q)
            - gammaln(shape)
            - gammaln(q)
            + q * np.log(v)
            + (shape - 1) * np.log(mean)
            + shape * np.log(of.repeats)
            - (shape + q) * np.log(of.spent + v)
        )
    )


def fit_orders(of: Customers) -> tuple[Floats, float]:
    """r, alpha, a, b, and their log-likelihood. Raises FitError."""
    box = [(_LEAST, _MOST), (0.0, _MOST_ALPHA), (_LEAST, _MOST), (_LEAST, _MOST)]
    model, likelihood = _most_likely(of_orders, of, _STARTS, box, "orders")
    if abs(float(rounded(model[2])) - 1) < SMALLEST_MEAN:  # as it is written
        raise FitError("a is 1, where no number of orders can be expected")
    return model, likelihood


def fit_spending(of: Customers) -> Floats:
    """p, q, v, fitted to those who have repeats. Raises FitError."""
    box = [(_LEAST, _MOST), (_LEAST, _MOST), (_LEAST, _MOST_ALPHA + _MOST)]
    model, _ = _most_likely(of_spending, of, _SPENDING_STARTS, box, "amounts")
    if model[1] <= 1:
        raise FitError(
            f"q is {model[1]:.4g}: what an order is worth has no mean; "
            "leave the amounts out with --no-amounts"
        )
    return model


def _most_likely(
    likelihood: Callable[[Floats, Customers], float],
    of: Customers,
    starts: tuple[tuple[float, ...], ...],
    box: list[tuple[float, float]],
    what: str,
) -> tuple[Floats, float]:
    """The parameters at which a likelihood is largest, and that likelihood. Raises FitError."""
    count = len(of.repeats)

    def loss(logarithms: Floats) -> float:
        return -likelihood(np.exp(logarithms), of) / count

    found = [_search(loss, np.array(start), box) for start in starts]
    best = min(found, key=loss)
    apart = max(float(np.max(np.abs(one - best))) for one in found)
    if apart > _AGREE:
        raise FitError(
            f"the model of {what} cannot be told from these {count:,} contacts: searches from "
            f"four beginnings end {apart:.2g} apart"
        )
    model = np.exp(best)
    return model, likelihood(model, of)


def _search(
    loss: Callable[[Floats], float], start: Floats, box: list[tuple[float, float]]
) -> Floats:
    """The logarithms of parameters at which a loss is least."""
    for _ in range(2):  # begun anew, the search forgets a curvature that was wrong
        found = minimize(
            loss,
            start,
            method="L-BFGS-B",
            jac="3-point",
            bounds=box,
            options={"maxiter": 500, "ftol": 1e-15, "gtol": 1e-9},
        )
        start = found.x
    best: Floats = start
    return best
