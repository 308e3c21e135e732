"""BG/NBD and Pareto/NBD, which MBG/NBD is compared with: nothing in the product uses them.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, and their note of the same
year on Pareto/NBD.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, hyp2f1

from streamseg.fit.customers import Customers, Floats


def bg_likelihood(model: Floats, of: Customers) -> float:
    """The log-likelihood of BG/NBD; ``model`` is r, alpha, a, b."""
    r, alpha, a, b = model
    x, repeats = of.repeats, of.repeats > 0
    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stays = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    gone = np.where(
        repeats,
        np.log(a / (b + np.maximum(x, 1) - 1)) - (r + x) * np.log(alpha + of.recency),
        -np.inf,
    )
    living = -(r + x) * np.log(alpha + of.age)
    return math.fsum((rates + stays + np.logaddexp(living, gone)).tolist())


def bg_alive(model: Floats, x: int, recency: float, age: float) -> float:
    """The probability that a contact is alive; 1 for one without a repeat."""
    r, alpha, a, b = model
    if x == 0:
        return 1.0
    odds = a / (b + x - 1) * ((alpha + age) / (alpha + recency)) ** (r + x)
    return float(1 / (1 + odds))


def bg_orders(model: Floats, of: Customers, within: float) -> float:
    """How many orders are expected of all contacts together within a time."""
    r, alpha, a, b = model
    x, until = of.repeats, alpha + of.age
    longer = until + within
    growth = hyp2f1(r + x, b + x, a + b + x - 1, within / longer) * (until / longer) ** (r + x)
    alive = [
        bg_alive(model, *one)
        for one in zip(x.tolist(), of.recency.tolist(), of.age.tolist(), strict=True)
    ]
    return math.fsum(((a + b + x - 1) / (a - 1) * (1 - growth) * np.array(alive)).tolist())


def pareto_likelihood(model: Floats, of: Customers) -> float:
    """The log-likelihood of Pareto/NBD; ``model`` is r, alpha, s, beta, with beta above alpha."""
    r, alpha, s, beta = model
    x = of.repeats

    def gone(at: Floats) -> Floats:
        both = r + s + x
        share = (beta - alpha) / (beta + at)
        found: Floats = np.log(hyp2f1(both, r + x, both + 1, share)) - both * np.log(beta + at)
        return found

    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    living = -(r + x) * np.log(alpha + of.age) - s * np.log(beta + of.age)
    first, last = gone(of.recency), gone(of.age)
    with np.errstate(divide="ignore"):  # of who ordered at the very end it is impossible
        ended = np.log(s / (r + s + x)) + first + np.log1p(-np.exp(last - first))
    return math.fsum((rates + np.logaddexp(living, ended)).tolist())
