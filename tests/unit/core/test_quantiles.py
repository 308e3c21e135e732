"""Quantiles of histograms: bins, cuts, and which cuts stay."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.tables.mail import Census, Population, TableMail
from streamseg.core.tables.quantiles import SCALES, Bins, add_bins, fresh_cuts, next_cuts, reaching
from streamseg.core.values.predicates import Number
from streamseg.formats.signals import encode_table_mail

DAY = 86_400_000
SUMS, COUNTS, DAYS = SCALES["monetary"], SCALES["frequency"], SCALES["recency"]


def bins_of(values: list[Number], dimension: str = "monetary") -> Bins:
    bins: Bins = {}
    for value in values:
        add_bins(bins, {SCALES[dimension].bin_of(value): 1})
    return bins


@pytest.mark.parametrize(
    ("value", "edge"),
    [
        (Decimal("337.4"), 330),
        (330, 330),
        (9, 9),
        (Decimal("9.99"), Decimal("9.9")),
        (Decimal("0.0337"), Decimal("0.033")),
        (1_000_000, 1_000_000),
        (1_099_999, 1_000_000),
        (99, 99),
        (100, 100),
        (0, 0),
        (-5, 0),
        (Decimal("1E-12"), 0),
    ],
)
def test_a_sum_lies_in_the_bin_of_its_first_two_digits(value: Number, edge: Number) -> None:
    assert SUMS.edge_of(SUMS.bin_of(value)) == edge


@pytest.mark.parametrize(
    ("value", "edge"),
    [(1, 1), (57, 57), (99, 99), (100, 100), (109, 100), (110, 110), (1234, 1200)],
)
def test_a_count_up_to_99_is_a_bin_of_its_own(value: int, edge: int) -> None:
    assert COUNTS.edge_of(COUNTS.bin_of(value)) == edge


def test_silence_lies_in_bins_of_whole_days() -> None:
    assert DAYS.edge_of(DAYS.bin_of(3 * DAY - 1)) == 2 * DAY
    assert DAYS.edge_of(DAYS.bin_of(3 * DAY)) == 3 * DAY


money = st.one_of(
    st.integers(-10, 10**7),
    st.decimals("-1", "100000", places=2, allow_nan=False, allow_infinity=False),
)
values_of = {
    "monetary": money,
    "frequency": st.integers(1, 5_000),
    "recency": st.integers(0, 400 * DAY),
}
populations = st.sampled_from(sorted(values_of)).flatmap(
    lambda name: st.tuples(st.just(name), st.lists(values_of[name], min_size=1, max_size=60))
)


@given(populations)
def test_a_value_reaches_an_edge_just_where_its_bin_does(case: tuple[str, list[Number]]) -> None:
    scale = SCALES[case[0]]
    edges = [scale.edge_of(scale.bin_of(value) + step) for value in case[1] for step in (0, 1)]
    for value in case[1]:
        place = scale.bin_of(value)
        assert scale.edge_of(place) <= max(value, 0) < scale.edge_of(place + 1)
        for edge in edges:
            if edge > 0:
                assert (value >= edge) == (scale.edge_of(place) >= edge)


@given(populations, st.integers(2, 9))
def test_a_cut_is_the_least_edge_that_few_enough_reach(
    case: tuple[str, list[Number]], scores: int
) -> None:
    dimension, values = case
    scale, bins = SCALES[dimension], bins_of(values, dimension)
    cuts = fresh_cuts(bins, scale, scores)
    assert list(cuts) == sorted(cuts)
    for k, cut in enumerate(cuts, start=1):
        most = Fraction(len(values) * (scores - k), scores)
        assert sum(value >= cut for value in values) <= most
        below = scale.edge_of(scale.bin_of(cut) - 1)  # the edge before it
        if below > 0 or dimension != "monetary":
            assert sum(value >= below for value in values) > most


@given(populations, st.integers(1, 16), st.randoms(use_true_random=False))
def test_however_values_are_split_their_histograms_add_up_to_the_same(
    case: tuple[str, list[Number]], parts: int, chance: Random
) -> None:
    dimension, values = case
    split: list[list[Number]] = [[] for _ in range(parts)]
    for value in values:
        chance.choice(split).append(value)
    whole: Bins = {}
    for part in chance.sample(split, parts):
        add_bins(whole, bins_of(part, dimension))
    assert whole == bins_of(values, dimension)


def test_equal_values_have_equal_scores_and_scores_are_skipped() -> None:
    bins = bins_of([1] * 80 + [2] * 20, "frequency")
    assert fresh_cuts(bins, COUNTS, 5) == (2, 2, 2, 2)


def test_14_a_cut_stays_while_its_share_is_within_the_drift() -> None:
    old = (50, 100, 250, 1000)
    spread = [10] * 20 + [60] * 20 + [120] * 18 + [300] * 22 + [2000] * 20
    assert reaching(bins_of(spread), SUMS, 250) == 42  # of 100, and it is to be 40
    assert next_cuts(bins_of(spread), SUMS, old, drift=3) is None
    spread = [10] * 20 + [60] * 20 + [120] * 16 + [300] * 24 + [2000] * 20
    assert reaching(bins_of(spread), SUMS, 250) == 44
    assert next_cuts(bins_of(spread), SUMS, old, drift=3) == (50, 100, 310, 1000)


def test_cuts_that_would_not_ascend_all_change() -> None:
    bins = bins_of(list(range(1000, 2000, 10)))  # a hundred sums
    # 55 % reach 1450, which may stay by itself; 9000 nobody reaches, and 1400 takes its place.
    old = (1450, 9000, 9000, 9000)
    assert next_cuts(bins, SUMS, old, drift=30) == (1200, 1400, 1600, 1800)
    assert next_cuts(bins, SUMS, (1300, 9000, 9000, 9000), drift=15) == (1300, 1400, 1600, 1800)


@given(st.lists(money, min_size=1, max_size=80), st.lists(money, min_size=4, max_size=4))
def test_what_was_just_cut_stays_as_it_is_of_the_same_contacts(
    values: list[Number], old: list[Number]
) -> None:
    bins = bins_of(values)
    cuts = next_cuts(bins, SUMS, sorted(old), drift=0)
    if cuts is not None:
        assert next_cuts(bins, SUMS, cuts, drift=0) is None


def test_the_census_of_a_partition_is_a_small_record_however_many_it_counts() -> None:
    """All figures that there are, of a year, a thousand orders, a cent to ten millions; 30,000
    contacts have each: some millions in one partition.
    """
    figures: dict[str, list[Number]] = {
        "recency": [days * DAY for days in range(366)],
        "frequency": list(range(1, 1001)),
        "monetary": [Decimal(lead).scaleb(e) for e in range(-3, 7) for lead in range(10, 100)],
    }
    bins = {name: dict.fromkeys(bins_of(values, name), 30_000) for name, values in figures.items()}
    of = "orders total UAH, cancelled within 60d, within 365d, 5 scores, by quantiles"
    census = Census(1_800_000_000_000, 15, {"rfm.buyers": Population(of, 11_000_000, bins)})
    assert sum(map(len, encode_table_mail(TableMail(0, census)))) < 10_000
