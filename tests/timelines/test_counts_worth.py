"""Sums over members: scores, and what a model expects them to be worth."""

from decimal import Decimal

import pytest

from streamseg.core.prediction.crossings import Predictor
from streamseg.core.prediction.curves import Worth
from streamseg.core.prediction.parameters import Parameters
from streamseg.core.values.zones import DAY_MS
from streamseg.rules import RuleErrors, parse_rules

from .counted import Line, counted
from .drawing import rules_file

SUMMED = """{model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614, p: 6.25, q: 3.74, v: 15.44}, \
tables: {every: day, at: "04:00"}, rfm: {buyers: {monetary: [50, 100, 250, 1000]}}, \
kpis: {clv: 365d, scores: true}}"""
SPENDING = (Decimal("6.25"), Decimal("3.74"), Decimal("15.44"))
BUYERS = "- {name: buyers, when: {did: order_placed}}"
FRESH = "- {name: fresh, when: {did: order_placed, within: 16h}}"
CURVE = Predictor(Parameters(*map(Decimal, ("0.525", "43.281", "0.891", "1.614")), SPENDING))


def expected(x: int, recency: int, spent: str) -> Decimal:
    """What the model tells a contact to be worth at an order, to the cent."""
    each = CURVE.model.order_worth(x, Decimal(spent))
    return CURVE.told(Worth(x, recency, 365 * DAY_MS, each), 0, 2)


def census_of(lines: list[Line], segment: str) -> dict[str, Line]:
    (line,) = [one for one in lines if one["segment"] == segment and "members" in one]
    census: dict[str, Line] = line["census"]
    return census


def test_what_members_are_expected_to_be_worth_is_summed_as_of_an_instant() -> None:
    """The order at four itself comes after it."""
    lines = counted(
        BUYERS,
        """
        10:00 order_placed c1 o1 total=40
        11:00 order_placed c2 o2 total=90
        1d+04:00 order_placed c3 o3 total=500
        1d+04:00 order_placed c1 o4 total=500
        1d+05:00 end
        """,
        SUMMED,
        "5s",
    )
    one = expected(0, 0, "0")
    assert census_of(lines, "buyers") == {
        "2026-11-22T04:00:00.000Z": {
            "contacts": 2,
            "predicted": 2,
            "clv": str(2 * one),
            "scores": {
                "rfm.buyers": {
                    "recency": {"5": 2},
                    "frequency": {"1": 2},
                    "monetary": {"1": 1, "2": 1},
                }
            },
        }
    }


def test_who_leaves_by_time_before_it_is_not_summed_and_who_leaves_after_it_is() -> None:
    """c1 is in until three, c2 until half past four; both order again at five."""
    timeline = """
    11:00 order_placed c1 o1 total=40
    12:30 order_placed c2 o2 total=90
    1d+04:00:03 page_viewed c1
    1d+05:00 order_placed c1 o3 total=40
    1d+05:00 order_placed c2 o4 total=40
    1d+06:00 end
    """
    for lateness in ("0s", "5s", "2h"):
        lines = counted(FRESH, timeline, SUMMED, lateness)
        (sums,) = census_of(lines, "fresh").values()
        assert (sums["contacts"], sums["predicted"]) == (1, 1)


def test_each_census_takes_the_place_of_the_one_before() -> None:
    lines = counted(BUYERS, "10:00 order_placed c1 o1 total=40; 9d+05:00 end", SUMMED)
    assert list(census_of(lines, "buyers")) == ["2026-11-30T04:00:00.000Z"]


def test_of_a_segment_with_keys_each_contact_is_summed_once() -> None:
    viewed = "- {name: viewed, per: product, when: {did: product_viewed}}"
    timeline = "10:00 product_viewed c1 p1; 10:01 product_viewed c1 p2; 2d+05:00 end"
    (sums,) = census_of(counted(viewed, timeline, SUMMED), "viewed").values()
    assert sums == {"contacts": 1}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{kpis: {clv: 365d}}", "needs a `model` with `p`, `q` and `v`"),
        ("{kpis: {scores: true}}", "there is no `rfm`"),
        ("{kpis: {clv: 20d}}", "must be from 30d to 1095d"),
    ],
)
def test_what_cannot_be_summed_is_said(value: str, message: str) -> None:
    with pytest.raises(RuleErrors, match=message):
        parse_rules(rules_file(BUYERS, value))
