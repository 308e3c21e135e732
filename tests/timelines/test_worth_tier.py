"""tier of clv: what a contact's orders to come are worth, as `predict` says it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .by_date import play
from .predicted import BEGIN, MODEL, WITH_WORTH, day
from .test_lifecycle import stages
from .test_predict import refuse

TIER = "tier: {of: clv, tiers: {fair: 10, good: 30}}"
MOVES = "- {name: m, use: tier_moved}"
PREDICTED = """
- {name: fair, when: {predict: {clv: {within: 365d, gte: 10}}}, membership: true}
- {name: good, when: {predict: {clv: {within: 365d, gte: 30}}}, membership: true}
"""
SAME = """
- {name: fair, when: {tier: [fair, good]}, membership: true}
- {name: good, when: {tier: good}, membership: true}
"""


def test_in_silence_it_goes_down_from_tier_to_tier_and_an_order_takes_it_up() -> None:
    timeline = f"{BEGIN} order 10; {day(10)} order 90; {day(900)} order 90; 2040-01-01 end"
    moves = stages(timeline, f"{WITH_WORTH}\n{TIER}", MOVES)
    assert [move.partition(" ")[2] for move in moves] == [
        "none → good",
        "good → fair",
        "fair → none",
        "none → good",
        "good → fair",
        "fair → none",
    ]
    assert moves[0] == "2026-01-01T00:00 none → good"


def test_the_figures_go_with_a_move() -> None:
    (fired,) = play(f"{WITH_WORTH}\n{TIER}", MOVES, f"{BEGIN} order 10").triggers
    tier = fired["context"]["tier"]
    assert tier["name"] == "good"
    assert tier["clv"] > 30


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(1, 200)),
        min_size=1,
        max_size=5,
        unique_by=lambda one: one[0],
    )
)
def test_a_tier_is_what_predict_says_at_every_instant(orders: list[tuple[int, int]]) -> None:
    lines = [f"{day(number)} order {total}" for number, total in sorted(orders)]
    timeline = "; ".join([*lines, "2040-01-01 end"])
    value = f"{WITH_WORTH}\n{TIER}"
    assert play(value, SAME, timeline).stays() == play(value, PREDICTED, timeline).stays()


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("tier: {of: §clv, tiers: {good: 30}}", "needs a `model` with `p`"),
        (f"{MODEL}\ntier: {{of: §clv, tiers: {{good: 30}}}}", "`p`, `q` and `v`"),
        (f"{WITH_WORTH}\ntier: {{of: clv, tiers: {{good: 30}}, within: §20d}}", "from 30d"),
        (
            f"{WITH_WORTH}\ntier: {{of: clv, tiers: {{good: 30}}, keep: §1d}}",
            "not reached for good",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_at_its_place(value: str, word: str) -> None:
    refuse(value, "- {name: p, use: welcome}", word)
