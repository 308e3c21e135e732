"""CDNOW's customers: the parameters that papers and other programs publish come out."""

from decimal import Decimal

import numpy as np
import pytest

from bench.calibration.data import cdnow
from streamseg.core.prediction.forms import Forms
from streamseg.core.prediction.parameters import Parameters
from streamseg.fit.customers import Customers, customers_at
from streamseg.fit.fitting import hold_out
from streamseg.fit.likelihood import fit_orders, fit_spending

DAY = 86_400_000
OCTOBER = 875_620_800_001  # just after the last order of 1997-09-30
CDNOW = cdnow()
KNOWN = customers_at(OCTOBER, CDNOW)
# To the end of a day, as the papers count; in weeks.
IN_WEEKS = Customers(KNOWN.repeats, KNOWN.recency / 7, np.round(KNOWN.age) / 7, KNOWN.spent)


def test_the_parameters_in_weeks_are_the_published_ones() -> None:
    """Of BTYDplus and lifetimes."""
    found, likelihood = fit_orders(IN_WEEKS)
    assert len(KNOWN.repeats) == 2357
    assert found == pytest.approx([0.525, 6.183, 0.891, 1.614], abs=6e-4)
    assert likelihood == pytest.approx(-9582.13, abs=0.01)


def test_what_the_customer_of_the_paper_will_order() -> None:
    r, alpha, a, b = (Decimal(one) for one in fit_orders(IN_WEEKS)[0])
    forms = Forms(Parameters(r, alpha, a, b), 0)
    assert forms.alive(2, 30.43, 38.86) == pytest.approx(0.7061, abs=6e-5)
    orders = forms.alive(2, 30.43, 38.86) * forms.expected(2, 38.86, 39.0)
    assert orders == pytest.approx(1.2627, abs=6e-5)


def test_the_parameters_of_spending_are_the_published_ones() -> None:
    """Of Fader and Hardie's note: 6.25, 3.74, 15.44."""
    spenders = KNOWN.only((KNOWN.repeats > 0) & (KNOWN.spent > 0))
    p, q, v = fit_spending(spenders)
    assert [p, q, v] == pytest.approx([6.249, 3.745, 15.448], abs=6e-3)
    model = Parameters(1, 1, 2, 1, (Decimal(p), Decimal(q), Decimal(v)))
    worth = [
        model.order_worth(x, x * Decimal(mean))
        for x, mean in ((2, "22.35"), (1, "11.77"), (0, "0"))
    ]
    assert [float(one) for one in worth] == pytest.approx([24.6586, 18.9115, 35.1710], abs=6e-3)


def test_the_hold_out_of_weeks_40_to_78() -> None:
    outcomes = hold_out(CDNOW, OCTOBER + 273 * DAY, [28, 91, 182, 273])
    assert [one.orders for one in outcomes] == [214, 726, 1387, 1882]
    assert [round(one.expected) for one in outcomes] == [199, 608, 1125, 1577]
    briers = [(one.brier, one.base_brier) for one in outcomes]
    assert briers[0] == pytest.approx((0.0541, 0.0647), abs=6e-5)
    assert briers[1] == pytest.approx((0.1102, 0.1415), abs=6e-5)
    assert all(one.is_good for one in outcomes)
