"""Lift: intervals against published and worked values, and how often they cry wolf."""

from math import isclose
from random import Random

import pytest

from streamseg.kpis.lift import Group, lift_of_rates, lift_of_revenue, newcombe


@pytest.mark.parametrize(
    ("fired", "control", "low", "high"),
    [  # (exposures, converted); Newcombe 1998, Table II, method 10
        ((70, 56), (80, 48), 0.0524, 0.3339),
        ((10, 9), (10, 3), 0.1705, 0.8090),
        ((7, 6), (7, 2), 0.0582, 0.8062),
        ((56, 5), (29, 0), -0.0381, 0.1926),
        ((10, 0), (20, 0), -0.1611, 0.2775),
        ((10, 0), (10, 0), -0.2775, 0.2775),
        ((10, 10), (20, 0), 0.6791, 1.0),
        ((10, 10), (10, 0), 0.6075, 1.0),
    ],
)
def test_newcombes_interval_is_the_published_one(
    fired: tuple[int, int], control: tuple[int, int], low: float, high: float
) -> None:
    found = newcombe(Group(*fired), Group(*control))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_56_what_one_look_shows_is_not_proven_yet() -> None:
    lift = lift_of_rates(Group(900, 90), Group(500, 30))
    assert lift is not None
    assert lift.newcombe is not None
    assert lift.always is not None
    assert round(lift.difference, 6) == 0.04
    assert [round(100 * end, 1) for end in lift.newcombe] == [1.0, 6.8]
    assert [round(100 * end, 1) for end in lift.always] == [-0.7, 8.7]
    assert lift.newcombe.is_proven
    assert not lift.is_proven


@pytest.mark.parametrize(
    ("fired", "control", "fixed", "always"),
    [  # Newcombe's by statsmodels 0.14, `confint_proportions_2indep(method="newcomb")`
        ((900, 90), (500, 30), (0.009751, 0.067688), (-0.007008, 0.087008)),
        ((3911, 391), (900, 120), (-0.058784, -0.010496), (-0.070710, 0.003992)),
        ((40000, 1234), (40000, 1100), (0.001018, 0.005686), (-0.000584, 0.007284)),
        ((90, 31), (300, 2), (0.246143, 0.440612), (0.130773, 0.544783)),
    ],
)
def test_56_both_intervals_are_right_to_the_sixth_digit(
    fired: tuple[int, int],
    control: tuple[int, int],
    fixed: tuple[float, float],
    always: tuple[float, float],
) -> None:
    lift = lift_of_rates(Group(*fired), Group(*control))
    assert lift is not None
    assert lift.newcombe is not None
    assert lift.always is not None
    assert tuple(round(end, 6) for end in lift.newcombe) == fixed
    assert tuple(round(end, 6) for end in lift.always) == always
    assert lift.is_proven == (always[0] > 0)


def test_of_fewer_than_thirty_converted_there_is_no_interval() -> None:
    lift = lift_of_rates(Group(900, 20), Group(500, 9))
    assert lift is not None
    assert (lift.newcombe, lift.always, lift.is_proven) == (None, None, False)


def test_without_a_control_group_there_is_no_lift() -> None:
    assert lift_of_rates(Group(900, 90), Group(0, 0)) is None
    assert lift_of_revenue(Group(900, 90), Group(1, 0)) is None


def test_revenue_that_is_0_or_1_has_nearly_the_interval_of_a_rate() -> None:
    # Welch's variance divides by n - 1, that of a rate by n.
    rates = lift_of_rates(Group(900, 90), Group(500, 30))
    revenue = lift_of_revenue(Group(900, 90, 90.0, 90.0), Group(500, 30, 30.0, 30.0))
    assert rates is not None
    assert revenue is not None
    assert rates.always is not None
    assert revenue.always is not None
    for one, other in zip(rates.always, revenue.always, strict=True):
        assert isclose(one, other, abs_tol=1e-4)


def test_who_looks_every_day_is_seldom_deceived() -> None:
    """60 daily looks at two groups of one rate: the fixed interval deceives in a third of runs."""
    random, runs = Random(7), 60
    fixed = always = 0
    for _ in range(runs):
        counts = [0, 0]
        deceived = [False, False]
        for day in range(1, 61):
            for group in (0, 1):
                counts[group] += sum(random.random() < 0.2 for _ in range(40))
            lift = lift_of_rates(Group(40 * day, counts[0]), Group(40 * day, counts[1]))
            assert lift is not None
            if lift.newcombe is not None and lift.always is not None:
                deceived[0] |= lift.newcombe.is_proven
                deceived[1] |= lift.is_proven
        fixed, always = fixed + deceived[0], always + deceived[1]
    assert fixed >= runs // 6
    assert always <= runs // 20
