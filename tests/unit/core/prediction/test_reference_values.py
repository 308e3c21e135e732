"""What papers and other programs say of CDNOW's customers, to the digits that they print."""

from decimal import Decimal

import mpmath
import pytest

from streamseg.core.prediction.crossings import NEVER, Predictor
from streamseg.core.prediction.curves import Alive, Buys, Curve, Orders, Worth
from streamseg.core.prediction.parameters import Parameters

from .by_mpmath import SHOP, Shop, alive, buys, buys_by_integration, orders, orders_by_integration

DAY = 86_400_000
WEEK = 7 * DAY
CDNOW = Parameters(
    *(Decimal(one) for one in SHOP),
    spending=(Decimal("6.25"), Decimal("3.74"), Decimal("15.44")),
    discount=Decimal("0.01"),
)


@pytest.fixture(params=[(0, 28, 50), (28,), (50,)], ids=["floats", "28 digits", "50 digits"])
def predictor(request: pytest.FixtureRequest) -> Predictor:
    return Predictor(CDNOW, request.param)


@pytest.mark.parametrize(
    ("curve", "silence", "decimals", "told"),
    [
        (Alive(2, 213 * DAY), 59 * DAY, 6, ".706215"),
        (Buys(2, 213 * DAY, 30 * DAY), 59 * DAY, 6, ".144827"),
        (Buys(2, 213 * DAY, 90 * DAY), 59 * DAY, 6, ".331618"),
        (Orders(2, 213 * DAY, 90 * DAY), 59 * DAY, 6, ".472092"),
        (Worth(2, 213 * DAY, 365 * DAY, Decimal("24.6586")), 59 * DAY, 3, "36.789"),
        (Buys(0, 0, 90 * DAY), 0, 4, ".2873"),
        (Buys(1, 30 * DAY, 90 * DAY), 0, 4, ".5260"),
        (Alive(0, 0), 0, 4, ".6443"),
    ],
)
def test_figures_of_one_customer(
    predictor: Predictor, curve: Curve, silence: int, decimals: int, told: str
) -> None:
    assert predictor.told(curve, silence, decimals) == Decimal(told)


@pytest.mark.parametrize(
    ("x", "days", "threshold", "seconds"),
    [
        (0, 0, ".5", 7_856_004),
        (5, 210, ".5", 9_571_441),
        (20, 280, ".5", 4_694_660),
        (0, 0, ".7", 0),
    ],
)
def test_the_second_at_which_an_order_may_have_been_the_last(
    predictor: Predictor, x: int, days: int, threshold: str, seconds: int
) -> None:
    assert predictor.alive_until(x, days * DAY, Decimal(threshold)) == seconds * 1000


@pytest.mark.parametrize(
    ("x", "days", "threshold", "seconds"),
    [
        (0, 0, ".2", 2_539_651),
        (0, 0, ".34", 0),
        (1, 30, ".34", 3_849_106),
        (1, 30, ".2", 9_055_847),
    ],
)
def test_the_second_at_which_churn_gets_likely(
    predictor: Predictor, x: int, days: int, threshold: str, seconds: int
) -> None:
    assert predictor.falls_at(Buys(x, days * DAY, 90 * DAY), Decimal(threshold)) == seconds * 1000


def test_in_weeks_the_customer_of_the_paper_has_so_many_orders_to_come() -> None:
    """1.2627 with unrounded parameters; of those that are printed the last digit is another."""
    weeks = Parameters(*map(Decimal, (".525", "6.183", ".891", "1.614")))
    recency, age = Decimal("30.43"), Decimal("38.86")
    forms = Predictor(weeks, (28,))._forms[0]
    expected = forms.alive(2, recency, age) * forms.expected(2, age, Decimal(39))
    assert abs(expected - Decimal("1.2627")) < Decimal("0.0005")
    assert abs(forms.alive(2, recency, age) - Decimal(".7061")) < Decimal("0.0002")


@pytest.mark.parametrize(
    ("x", "mean", "worth"), [(2, "22.35", "24.6586"), (1, "11.77", "18.9115"), (0, "0", "35.1710")]
)
def test_what_an_order_is_worth(x: int, mean: str, worth: str) -> None:
    """With the parameters as printed, within 0.2 % of what unrounded ones give."""
    found = CDNOW.order_worth(x, x * Decimal(mean))
    assert abs(found / Decimal(worth) - 1) < Decimal("0.002")


def test_a_threshold_that_silence_takes_a_century_to_reach_is_never_reached(
    predictor: Predictor,
) -> None:
    assert predictor.alive_until(0, 0, Decimal("0.0001")) == NEVER
    assert predictor.falls_at(Buys(0, 0, 90 * DAY), Decimal("0.00000001")) == NEVER
    assert predictor.falls_at(Orders(0, 0, 90 * DAY), Decimal("0.00000001")) == NEVER


def test_the_closed_forms_are_what_integration_over_the_posterior_gives() -> None:
    with mpmath.workdps(30):
        for shop in (SHOP, Shop("2.5", "12", "1.7", "3.1")):
            for x, recency, age in ((0, 0, 0), (2, 213, 272), (9, 100, 400)):
                of_one = shop, x, recency, age, 90
                assert mpmath.almosteq(buys(*of_one), buys_by_integration(*of_one), 1e-8)
                assert mpmath.almosteq(orders(*of_one), orders_by_integration(*of_one), 1e-6)
        assert mpmath.nstr(alive(SHOP, 2, 213, 272), 6) == "0.706215"
