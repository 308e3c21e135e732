"""Of whole years and periods no instant is awaited at which nothing changes."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.timers import BUCKET_BITS
from streamseg.core.values.dates import day_of
from streamseg.core.values.predicates import Comparison
from streamseg.core.values.zones import DAY_MS
from tests.unit.core.shop import Log, commit, restored

numbers = st.one_of(
    st.integers(-2, 12),
    st.decimals(-2, 12, places=1),
    st.sampled_from([Decimal("1e30"), Decimal("1e99999999")]),
)
comparisons = st.dictionaries(
    st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]), numbers, min_size=1
)
lists = st.fixed_dictionaries({"in": st.lists(numbers, min_size=1)})


@given(st.one_of(comparisons, lists), st.integers(0, 12))
def test_a_comparison_turns_at_the_first_whole_number_of_which_it_is_otherwise(
    operands: dict[str, Any], count: int
) -> None:
    compare = Comparison(operands)
    others = (one for one in range(count + 1, 20) if compare(one) is not compare(count))
    turn = compare.changes_after(count)
    assert (turn if turn is not None and turn < 20 else None) == next(others, None)


COHORT = "{cohort: {of: {attribute: date}, age: {%s}}}"
AGE = "{attribute: date, age: {%s}}"


def instant(year: int, month: int) -> int:
    return day_of(year, month, 14) * DAY_MS


def awaited(condition: str, written: str, told: int, read_until: int = 0) -> int | None:
    """The bucket of timers before which nothing is done for a contact of whom a date is told."""
    rules = f"version: 1\nsegments: [{{name: s, when: {condition}, membership: true}}]"
    partition = restored({}, rules)
    partition.apply(Event("contact_updated", "c", told, {"date": written}), None)
    if read_until:
        partition.advance(read_until, None)
    commit(partition, Log())
    return bucket(partition.due)


def bucket(instant: int | None) -> int | None:
    return None if instant is None else instant >> BUCKET_BITS


@pytest.mark.parametrize(
    ("condition", "next_turn"),
    [
        (COHORT % "gte: 3", day_of(2026, 6, 1)),
        (COHORT % "eq: 0", day_of(2026, 4, 1)),
        (COHORT % "gt: 1000000", None),
        (COHORT % "gte: 0", None),
        (AGE % "gte: 3", instant(2029, 3) // DAY_MS),
        (AGE % "gt: 300", instant(2327, 3) // DAY_MS),
        (AGE % "lt: 200000", None),
    ],
)
def test_the_next_instant_is_that_at_which_it_turns(condition: str, next_turn: int | None) -> None:
    due = awaited(condition, "2026-03-14", instant(2026, 3))
    assert due == bucket(None if next_turn is None else next_turn * DAY_MS)


def test_of_a_date_to_come_it_is_that_date() -> None:
    told = "2026-12-14", instant(2026, 3)
    assert awaited(COHORT % "gte: 0", *told) == bucket(day_of(2026, 12, 1) * DAY_MS)
    assert awaited(COHORT % "gte: 1", *told) == bucket(day_of(2027, 1, 1) * DAY_MS)
    assert awaited(AGE % "lt: 3", *told) == bucket(instant(2026, 12))


def test_after_the_last_turn_there_is_none() -> None:
    assert awaited(COHORT % "gte: 3", "2026-03-14", instant(2026, 3), instant(2026, 7)) is None
    assert awaited(AGE % "gte: 3", "2026-03-14", instant(2026, 3), instant(2030, 1)) is None
