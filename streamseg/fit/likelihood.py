"""The likelihood of the observed orders under a model, and the parameters that maximise it.

MBG/NBD: Batislam, Denizel and Filiztekin (2007). Gamma-Gamma: Fader and Hardie (2013).

The textbook's differences of log-gammas lose all digits where parameters get large, and then a
search "converges" there. Order days are whole numbers, so sums of logarithms stand for them.
Parameters are sought within a box, from four beginnings, which must agree.

The last digits of a search depend on which instructions the processor has, as those of a matrix
product do. So what it ends with is only near the maximum: Newton's steps lead from there to where
the slopes vanish, up to what a float can tell. Six digits of that are written.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

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
_STEPS: Final = 3  # of Newton: the error of one is a hundred-millionth of the one before
_WIDTH: Final = 1e-4  # in which the slopes of slopes are measured
SMALLEST_MEAN: Final = 1e-6  # of |a - 1|, where the mean number of orders is not defined


class FitError(StreamsegError):
    """There is nothing to fit, or what is found cannot be relied on."""


class Likelihood(NamedTuple):
    """A log-likelihood of parameters, and its slopes by their logarithms; ``what`` it is of."""

    what: str
    of: Callable[[Floats, Customers], float]
    slopes: Callable[[Floats, Customers], Floats]


def of_orders(model: Floats, of: Customers) -> float:
    """The log-likelihood of the orders; ``model`` is r, alpha (in days), a, b."""
    r, alpha, a, b = model
    x = of.repeats
    steps = np.arange(x.max() + 1)
    stays = np.cumsum(np.log((b + steps) / (a + b + steps)))
    ways = np.concatenate(([0.0], np.cumsum(np.log(r + steps[:-1]))))
    living = r * np.log(alpha) - (r + x) * np.log(alpha + of.age)
    return _sum(stays[x] + ways[x] + living + np.logaddexp(0.0, _gone(model, of)))


def slopes_of_orders(model: Floats, of: Customers) -> Floats:
    """How the log-likelihood of the orders grows with the logarithms of r, alpha, a, b."""
    r, alpha, a, b = model
    x = of.repeats
    steps = np.arange(x.max() + 1)
    ways = np.concatenate(([0.0], np.cumsum(1 / (r + steps[:-1]))))
    stays, leaves = np.cumsum(1 / (b + steps)), np.cumsum(1 / (a + b + steps))
    until, silent = alpha + of.age, alpha + of.recency
    share = 1 / (1 + np.exp(-_gone(model, of)))
    by_r = ways[x] + np.log(alpha / until) + share * np.log(until / silent)
    by_alpha = r / alpha - (r + x) / until + share * (r + x) * (1 / until - 1 / silent)
    by_a = share / a - leaves[x]
    by_b = stays[x] - leaves[x] - share / (b + x)
    return _times(model, by_r, by_alpha, by_a, by_b)


def _gone(model: Floats, of: Customers) -> Floats:
    """The logarithm of how much likelier it is that a contact is gone than that they are not."""
    r, alpha, a, b = model
    x = of.repeats
    odds: Floats = np.log(a / (b + x)) + (r + x) * np.log((alpha + of.age) / (alpha + of.recency))
    return odds


def of_spending(model: Floats, of: Customers) -> float:
    """The log-likelihood of what those with repeats spent; ``model`` is p, q, v."""
    p, q, v = model
    shape = p * of.repeats
    mean = of.spent / of.repeats
    return _sum(
        gammaln(shape + q)
        - gammaln(shape)
        - gammaln(q)
        + q * np.log(v)
        + (shape - 1) * np.log(mean)
        + shape * np.log(of.repeats)
        - (shape + q) * np.log(of.spent + v)
    )


def slopes_of_spending(model: Floats, of: Customers) -> Floats:
    """How the log-likelihood of what they spent grows with the logarithms of p, q, v."""
    p, q, v = model
    shape, whole = p * of.repeats, of.spent + v
    by_p = of.repeats * (digamma(shape + q) - digamma(shape) + np.log(of.spent / whole))
    by_q = digamma(shape + q) - digamma(q) + np.log(v / whole)
    by_v = q / v - (shape + q) / whole
    return _times(model, by_p, by_q, by_v)


def _times(model: Floats, *slopes: Floats) -> Floats:
    """The slopes by the logarithms of parameters, of those of each contact by the parameters."""
    found: Floats = model * np.array([_sum(one) for one in slopes])
    return found


def _sum(terms: Floats) -> float:
    """The sum, rounded once: in any order the same."""
    return math.fsum(terms.tolist())


ORDERS: Final = Likelihood("orders", of_orders, slopes_of_orders)
SPENDING: Final = Likelihood("amounts", of_spending, slopes_of_spending)


def fit_orders(of: Customers) -> tuple[Floats, float]:
    """r, alpha, a, b, and their log-likelihood. Raises FitError."""
    box = [(_LEAST, _MOST), (0.0, _MOST_ALPHA), (_LEAST, _MOST), (_LEAST, _MOST)]
    model, likelihood = _most_likely(ORDERS, of, _STARTS, box)
    if abs(float(rounded(model[2])) - 1) < SMALLEST_MEAN:  # as it is written
        raise FitError("a is 1, where no number of orders can be expected")
    return model, likelihood


def fit_spending(of: Customers) -> Floats:
    """p, q, v, fitted to those who have repeats. Raises FitError."""
    box = [(_LEAST, _MOST), (_LEAST, _MOST), (_LEAST, _MOST_ALPHA + _MOST)]
    model, _ = _most_likely(SPENDING, of, _SPENDING_STARTS, box)
    if model[1] <= 1:
        raise FitError(
            f"q is {model[1]:.4g}: what an order is worth has no mean; "
            "leave the amounts out with --no-amounts"
        )
    return model


def _most_likely(
    likelihood: Likelihood,
    of: Customers,
    starts: tuple[tuple[float, ...], ...],
    box: list[tuple[float, float]],
) -> tuple[Floats, float]:
    """The parameters at which a likelihood is largest, and that likelihood. Raises FitError."""
    count = len(of.repeats)

    def loss(logarithms: Floats) -> float:
        return -likelihood.of(np.exp(logarithms), of) / count

    def slopes(logarithms: Floats) -> Floats:
        return -likelihood.slopes(np.exp(logarithms), of) / count

    found = [_search(loss, slopes, np.array(start), box) for start in starts]
    best = min(found, key=loss)
    apart = max(float(np.max(np.abs(one - best))) for one in found)
    if apart > _AGREE:
        raise FitError(
            f"the model of {likelihood.what} cannot be told from these {count:,} contacts: "
            f"searches from four beginnings end {apart:.2g} apart"
        )
    model = np.exp(_led_to_the_end(slopes, best, box))
    return model, likelihood.of(model, of)


def _search(
    loss: Callable[[Floats], float],
    slopes: Callable[[Floats], Floats],
    start: Floats,
    box: list[tuple[float, float]],
) -> Floats:
    """The logarithms of parameters at which a loss is least."""
    for _ in range(2):  # begun anew, the search forgets a curvature that was wrong
        found = minimize(
            loss,
            start,
            method="L-BFGS-B",
            jac=slopes,
            bounds=box,
            options={"maxiter": 500, "ftol": 1e-15, "gtol": 1e-9},
        )
        start = found.x
    best: Floats = start
    return best


def _led_to_the_end(
    slopes: Callable[[Floats], Floats], start: Floats, box: list[tuple[float, float]]
) -> Floats:
    """Where the slopes vanish, from close to it; a parameter at the edge of the box stays there."""
    low, high = np.array(box).T
    free = (low < start) & (start < high)
    at = start.copy()
    for _ in range(_STEPS):
        at[free] -= np.linalg.solve(_curvature(slopes, at)[free][:, free], slopes(at)[free])
    return at


def _curvature(slopes: Callable[[Floats], Floats], at: Floats) -> Floats:
    """The slopes of the slopes."""
    ways = _WIDTH * np.eye(len(at))
    found: Floats = np.array([(slopes(at + way) - slopes(at - way)) / (2 * _WIDTH) for way in ways])
    return found
