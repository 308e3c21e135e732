"""A model is found again in a shop that follows it, and refused where there is none to find."""

from decimal import Decimal

import mpmath
import numpy as np
import pytest

from streamseg.fit import likelihood
from streamseg.fit.customers import Customers, Floats, customers_at
from streamseg.fit.fitting import fit, hold_out
from streamseg.fit.holdout import Outcome
from streamseg.fit.likelihood import FitError, of_orders, of_spending
from streamseg.fit.orders import OrderDay

from .shop import BEGIN, DAY, TRUE, shop

END = BEGIN + 400 * DAY
SHOP = shop()


def test_the_parameters_of_a_shop_are_found_again() -> None:
    fitted = fit(SHOP, END, Decimal("0.01"))
    assert fitted.contacts == len(SHOP)
    for name, true in TRUE.items():
        assert float(getattr(fitted.model, name)) == pytest.approx(true, rel=0.35), name
    assert fitted.model.q > 1
    assert fitted.warnings == []


def test_the_hold_out_of_such_a_shop_is_good() -> None:
    short, long = hold_out(SHOP, END, [90, 30])
    assert (short.days, long.days) == (30, 90)
    assert short.is_good
    assert long.is_good
    assert long.expected == pytest.approx(long.orders, rel=0.12)
    assert long.calibration_error < 0.03
    assert long.ranking > 0.7


def test_the_likelihood_is_that_of_integration_over_what_contacts_are_like() -> None:
    r, alpha, a, b = 0.7, 20.0, 0.9, 2.5
    found = of_orders(np.array([r, alpha, a, b]), _one(repeats=3, recency=50.0, age=120.0))
    told = _by_integration(r, alpha, a, b, 3, 50.0, 120.0)
    assert found == pytest.approx(float(mpmath.log(told)), abs=1e-7)


def _by_integration(
    r: float, alpha: float, a: float, b: float, x: int, recency: float, age: float
) -> mpmath.mpf:
    """The probability density of x orders after the first: silent since, or gone at the last."""

    def rates(until: float) -> mpmath.mpf:
        def one(rate: float) -> mpmath.mpf:
            return rate ** (r - 1 + x) * mpmath.exp(-(alpha + until) * rate)

        return alpha**r / mpmath.gamma(r) * mpmath.quad(one, [0, 0.05, 0.5, mpmath.inf])

    alive = mpmath.beta(a, b + x + 1) / mpmath.beta(a, b)
    gone = mpmath.beta(a + 1, b + x) / mpmath.beta(a, b)
    return alive * rates(age) + gone * rates(recency)


def test_the_likelihood_of_spending_is_that_of_integration_over_means() -> None:
    p, q, v = 3.0, 4.0, 20.0
    found = of_spending(np.array([p, q, v]), _one(repeats=2, spent=50.0))

    def one(rate: float) -> mpmath.mpf:  # the mean of 2 amounts, each Gamma(p, rate)
        density = (2 * rate) ** (2 * p) * 25 ** (2 * p - 1) * mpmath.exp(-2 * rate * 25)
        prior = v**q * rate ** (q - 1) * mpmath.exp(-v * rate) / mpmath.gamma(q)
        return density / mpmath.gamma(2 * p) * prior

    told = mpmath.log(mpmath.quad(one, [0, 0.1, 1, mpmath.inf]))
    assert found == pytest.approx(float(told), abs=1e-7)


@pytest.mark.parametrize(
    ("of", "model"),
    [(likelihood.ORDERS, (0.7, 20.0, 0.9, 2.5)), (likelihood.SPENDING, (3.0, 4.0, 20.0))],
    ids=["orders", "spending"],
)
def test_the_slopes_are_those_of_the_likelihood(
    of: likelihood.Likelihood, model: tuple[float, ...]
) -> None:
    known = customers_at(END, SHOP)
    seen = known.only(known.repeats > 0)
    at, width = np.log(np.array(model)), 1e-5
    by_width = [
        (of.of(np.exp(at + way), seen) - of.of(np.exp(at - way), seen)) / (2 * width)
        for way in width * np.eye(len(at))
    ]
    assert of.slopes(np.exp(at), seen) == pytest.approx(by_width, rel=1e-6)


def test_what_is_found_is_where_the_slopes_vanish() -> None:
    """From elsewhere than where a search ends, and whoever comes first, it is the same point."""
    known = customers_at(END, SHOP)
    backwards = customers_at(END, SHOP[::-1])
    found, _ = likelihood.fit_orders(known)
    assert likelihood.fit_orders(backwards)[0] == pytest.approx(found, rel=1e-11)
    slopes = likelihood.slopes_of_orders(found, known) / len(known.repeats)
    assert np.max(np.abs(slopes)) < 1e-13


def test_a_parameter_at_the_edge_of_its_box_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    top = np.array([9.0, 3.0, 0.5, 1.0])  # of logarithms; r is sought up to 7

    def of(model: Floats, of: Customers) -> float:
        return -len(of.repeats) * float(np.sum((np.log(model) - top) ** 2))

    def slopes(model: Floats, of: Customers) -> Floats:
        return -2 * len(of.repeats) * (np.log(model) - top)

    hill = likelihood.Likelihood("orders", of, slopes)
    monkeypatch.setattr(likelihood, "ORDERS", hill)
    found, _ = likelihood.fit_orders(customers_at(END, SHOP))
    assert np.log(found) == pytest.approx([7, *top[1:]], abs=1e-12)


def _one(repeats: int, recency: float = 1.0, age: float = 2.0, spent: float = 0.0) -> Customers:
    return Customers(np.array([repeats]), *(np.array([one]) for one in (recency, age, spent)))


def test_what_is_known_at_an_instant_is_what_was_before_it() -> None:
    days = [OrderDay(BEGIN + day * DAY, Decimal(10)) for day in (0, 10, 30)]
    of = customers_at(BEGIN + 20 * DAY, [days, days[2:]])
    assert [column.tolist() for column in of] == [[1], [10.0], [20.0], [10.0]]


@pytest.mark.parametrize(
    ("contacts", "end", "said"),
    [
        (SHOP[:499], END, "499 contacts"),
        (SHOP, BEGIN + 150 * DAY, "180d or more"),
        ([days[:2] for days in SHOP], END, "3 days"),
    ],
    ids=["few contacts", "few days", "no rhythm"],
)
def test_too_little_is_refused(contacts: list[list[OrderDay]], end: int, said: str) -> None:
    with pytest.raises(FitError, match=said):
        fit(contacts, end, Decimal(0))


def test_amounts_of_which_no_mean_exists_are_refused() -> None:
    wild = [
        [OrderDay(day.time, Decimal(10) ** (number % 9)) for day in days]
        for number, days in enumerate(SHOP)
    ]
    with pytest.raises(FitError, match="no-amounts"):
        fit(wild, END, Decimal(0))
    assert not fit(wild, END, Decimal(0), amounts=False).model.tells_worth


def test_who_orders_more_and_spends_more_is_warned_of_and_so_are_orders_for_nothing() -> None:
    bigger = [
        [
            OrderDay(day.time, day.amount * len(days) ** 2 if number % 50 else Decimal(0))
            for day in days
        ]
        for number, days in enumerate(SHOP)
    ]
    correlated, for_nothing = fit(bigger, END, Decimal(0)).warnings
    assert "correlation" in correlated
    assert "no positive amount" in for_nothing


def test_searches_that_end_apart_are_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models are as likely as each other: which search ends where is chance."""

    def with_two_tops(model: Floats, of: Customers) -> float:
        r, *others = np.log(model)
        return -len(of.repeats) * float((r * r - 1) ** 2 + np.sum(np.square(others)))

    def slopes(model: Floats, of: Customers) -> Floats:
        r, *others = np.log(model)
        return -len(of.repeats) * np.array([4 * r * (r * r - 1), *(2 * one for one in others)])

    hills = likelihood.Likelihood("orders", with_two_tops, slopes)
    monkeypatch.setattr(likelihood, "ORDERS", hills)
    with pytest.raises(FitError, match="searches from four beginnings end 2 apart"):
        fit(SHOP, END, Decimal(0), amounts=False)


def test_a_number_of_orders_that_cannot_be_expected_is_no_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = np.array([0.5, 40.0, 1.0, 1.5])
    monkeypatch.setattr(likelihood, "_most_likely", lambda *_: (found, -1.0))
    for a in (1 + 5e-7, 1 + 3e-6, 1 - 4e-7):  # a model is written with 6 digits
        found[2] = a
        with pytest.raises(FitError, match="a is 1"):
            fit(SHOP, END, Decimal(0), amounts=False)
    found[2] = 1 + 1e-5
    assert float(fit(SHOP, END, Decimal(0), amounts=False).model.a) > 1


def outcome(**figures: float) -> Outcome:
    usual = {"days": 90, "orders": 400, "expected": 400.0, "buyers": 0.2, "mean_probability": 0.2}
    usual |= {"brier": 0.12, "base_brier": 0.16, "calibration_error": 0.0}
    return Outcome(**(usual | {"ranking": 0.7, "recency_ranking": 0.7} | figures))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figures", "is_good"),
    [
        ({}, True),
        ({"expected": 300.0}, True),  # a quarter off is within a quarter
        ({"expected": 299.9}, False),
        ({"expected": 500.0}, True),
        ({"expected": 500.1}, False),
        ({"brier": 0.16}, False),  # no better than the base rate
        ({"brier": 0.1599}, True),
    ],
)
def test_what_is_good_enough_by_totals_and_by_the_base_rate(
    figures: dict[str, float], is_good: bool
) -> None:
    assert outcome(**figures).is_good == is_good
