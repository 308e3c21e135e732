"""Fits a model to order days, and describes the result."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

import msgspec
import numpy as np

from streamseg.core.prediction.parameters import MBG_NBD, Parameters
from streamseg.core.values.timestamps import format_duration, format_time
from streamseg.core.values.zones import DAY_MS
from streamseg.fit.customers import Customers, customers_at, orders_between
from streamseg.fit.holdout import Outcome, as_json, hold_against, rounded
from streamseg.fit.likelihood import FitError, fit_orders, fit_spending
from streamseg.fit.orders import OrderDay

LEAST_CONTACTS: Final = 500
LEAST_SPAN: Final = 180 * DAY_MS
_LEAST_REPEATS: Final = 2
_LEAST_SPENDERS: Final = 50
_MOST_CORRELATION: Final = 0.3

Contacts = Sequence[list[OrderDay]]


class TooFew(FitError):
    """There are too few orders for a model."""


class Fitted(msgspec.Struct):
    """A model and where it is from: ``contacts`` with orders, their first and the end (ms)."""

    model: Parameters
    contacts: int
    begin: int
    end: int
    log_likelihood: float
    without_amount: int = 0
    correlation: float | None = None
    outcomes: list[Outcome] = []

    @property
    def warnings(self) -> list[str]:
        """What should be known before the model is used."""
        said = []
        if self.correlation is not None and self.correlation > _MOST_CORRELATION:
            said.append(
                f"who orders more often spends more (correlation {self.correlation:.2f}): the "
                "model takes both for independent, so `clv` is too low for the best customers"
            )
        if self.without_amount:
            said.append(
                f"{self.without_amount:,} contacts have repeats of no positive amount; they were "
                "left out of what an order is worth"
            )
        return said

    def document(self) -> dict[str, Any]:
        """The model as a file has it, its hash over all that is before it."""
        model = self.model
        names = ("r", "alpha", "a", "b", *(("p", "q", "v") if model.tells_worth else ()))
        told: dict[str, Any] = {"model": MBG_NBD}
        told |= {name: float(getattr(model, name)) for name in names}
        told |= {
            "discount": float(model.discount),
            "contacts": self.contacts,
            "from": format_time(self.begin),
            "to": format_time(self.end),
            "log_likelihood": round(self.log_likelihood, 2),
            "holdout": [as_json(one) for one in self.outcomes],
        }
        return told | {"hash": blake2b(msgspec.json.encode(told), digest_size=8).hexdigest()}


def fit(contacts: Contacts, end: int, discount: Decimal, *, amounts: bool = True) -> Fitted:
    """The model of all order days before ``end`` (ms). Raises FitError, TooFew of too little."""
    of = customers_at(end, contacts)
    begin = min((days[0].time for days in contacts), default=end)
    _check(of, end - begin)
    found, likelihood = fit_orders(of)
    r, alpha, a, b = map(rounded, found)
    model = Parameters(r, alpha, a, b, discount=discount)
    fitted = Fitted(model, len(of.repeats), begin, end, likelihood)
    if not amounts:
        return fitted
    repeating, spends = of.repeats > 0, of.spent > 0
    spenders = of.only(repeating & spends)
    fitted.without_amount = int((repeating & ~spends).sum())
    if len(spenders.repeats) >= _LEAST_SPENDERS:
        p, q, v = map(rounded, fit_spending(spenders))
        fitted.model = Parameters(r, alpha, a, b, (p, q, v), discount)
        mean = spenders.spent / spenders.repeats
        fitted.correlation = float(np.corrcoef(spenders.repeats, mean)[0, 1])
    return fitted


def _check(of: Customers, span: int) -> None:
    count = len(of.repeats)
    if count < LEAST_CONTACTS:
        raise TooFew(f"{count:,} contacts with an order; a model needs {LEAST_CONTACTS} or more")
    if span < LEAST_SPAN:
        found, least = format_duration(span // DAY_MS * DAY_MS), format_duration(LEAST_SPAN)
        raise TooFew(f"orders of {found}; a model needs those of {least} or more")
    if of.repeats.max() < _LEAST_REPEATS:
        raise TooFew("nobody has ordered on 3 days; there is nothing to learn a rhythm from")


def _refuse_nobody(contacts: int) -> None:
    if not contacts:
        raise TooFew("0 contacts with an order")


def hold_out(
    contacts: Contacts, end: int, horizons: Sequence[int], model: Parameters | None = None
) -> list[Outcome]:
    """What a model fitted to what was known before the longest of ``horizons`` (days), or the one
    that is given, says of the days since. Raises FitError; TooFew where too little was known then.
    """
    _refuse_nobody(len(contacts))
    longest = max(horizons)
    begin = end - longest * DAY_MS
    of = customers_at(begin, contacts)
    try:
        if model is None:
            model = fit(contacts, begin, Decimal(0), amounts=False).model
        _refuse_nobody(len(of.repeats))
    except TooFew as error:
        raise TooFew(
            f"before the last {longest}d, which are held out: {error}; "
            "hold out fewer days with --holdout"
        ) from None
    return [
        hold_against(model, of, orders_between(begin, begin + days * DAY_MS, contacts), days)
        for days in sorted(horizons)
    ]
