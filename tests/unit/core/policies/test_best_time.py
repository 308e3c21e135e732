"""The best hour, or what stands in for it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.features.base import States, UpdateContext
from streamseg.core.policies.best_time import QUARTER_MS, BestTime, Engagement
from streamseg.core.policies.quiet import Quiet
from streamseg.core.values.zones import DAY_MS

from .test_quiet import HOUR_MS, instant, zone

KYIV = zone("Europe/Kyiv")
SATURDAY = instant("2026-11-21T12:00+02:00")
CLICKED = Engagement(("message_clicked",), None)


def after(*times: int) -> bytes | None:
    states: States = {}
    for time in times:
        CLICKED.update(states, 0, Event("message_clicked", "c", time, {}), UpdateContext())
    return states.get(0)


def best(within: int = 7 * DAY_MS, otherwise: int | None = None) -> BestTime:
    return BestTime(CLICKED, within, otherwise)


TUESDAYS = [
    instant("2026-11-17T19:10+02:00") - week * 7 * DAY_MS + n * QUARTER_MS
    for week in range(4)
    for n in range(3)
]


def test_twelve_events_tell_the_hours_of_the_week() -> None:
    target = best().target(after(*TUESDAYS), KYIV, None, SATURDAY)
    assert target == instant("2026-11-24T19:00+02:00")


def test_of_a_window_without_that_hour_the_earliest_best_one() -> None:
    assert best(DAY_MS).target(after(*TUESDAYS), KYIV, None, SATURDAY) == SATURDAY


def test_five_events_tell_the_hours_of_the_day() -> None:
    times = [instant("2026-11-16T19:10+02:00") + n * DAY_MS for n in range(5)]
    target = best().target(after(*times), KYIV, None, SATURDAY)
    assert target == instant("2026-11-21T19:00+02:00")


@pytest.mark.parametrize(
    ("otherwise", "expected"),
    [
        (10 * HOUR_MS, "2026-11-22T10:00+02:00"),
        (12 * HOUR_MS, "2026-11-21T12:00+02:00"),
        (13 * HOUR_MS, "2026-11-21T13:00+02:00"),
        (None, "2026-11-21T12:00+02:00"),
    ],
)
def test_with_less_it_is_what_the_file_says(otherwise: int | None, expected: str) -> None:
    target = best(HOUR_MS, otherwise).target(after(*TUESDAYS[:4]), KYIV, None, SATURDAY)
    assert target == instant(expected)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2027-03-28T00:30Z", "2027-03-28T01:00Z"),  # 03:30 is skipped
        ("2026-10-25T00:10Z", "2026-10-25T00:30Z"),  # the first 03:30
        ("2026-10-25T00:40Z", "2026-10-25T01:30Z"),  # the second
        ("2026-10-25T01:40Z", "2026-10-26T01:30Z"),
    ],
)
def test_a_time_that_is_skipped_or_comes_twice(at: str, expected: str) -> None:
    otherwise = 3 * HOUR_MS + HOUR_MS // 2
    assert best(HOUR_MS, otherwise).target(None, KYIV, None, instant(at)) == instant(expected)


def test_an_hour_in_the_night_is_none() -> None:
    night = Quiet(18 * HOUR_MS + HOUR_MS // 2, 8 * HOUR_MS)
    target = best().target(after(*TUESDAYS), KYIV, night, SATURDAY)
    assert target == instant("2026-11-24T18:00+02:00")  # beside the best one, and not quiet


def test_a_past_half_a_year_ago_has_no_weight() -> None:
    old = [one - 168 * DAY_MS for one in TUESDAYS]
    assert best(otherwise=10 * HOUR_MS).target(after(*old), KYIV, None, SATURDAY) == instant(
        "2026-11-22T10:00+02:00"
    )


def test_a_moved_contact_takes_the_hours_along() -> None:
    new_york = zone("America/New_York")
    target = best().target(after(*TUESDAYS), new_york, None, SATURDAY)
    assert target == instant("2026-11-24T12:00-05:00")


def test_an_hour_that_comes_twice_is_two_and_a_skipped_one_none() -> None:
    at_three = [instant("2026-09-01T03:10+03:00") + n * DAY_MS for n in range(5)]
    told = best(DAY_MS).target(after(*at_three), KYIV, None, instant("2026-10-25T00:30Z"))
    assert told == instant("2026-10-25T00:30Z")  # the running one
    told = best(DAY_MS).target(
        after(*[one + 150 * DAY_MS for one in at_three]), KYIV, None, instant("2027-03-27T22:30Z")
    )
    assert told == instant("2027-03-28T00:00Z")  # of 02:00 and 04:00, beside the skipped one


@given(st.lists(st.integers(0, 400), max_size=200), st.randoms())
def test_no_order_of_arrival_matters(quarters: list[int], random: object) -> None:
    times = [one * QUARTER_MS for one in quarters]
    shuffled = times[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    state = after(*shuffled)
    assert state == after(*times)
    assert state is None or len(state) <= 128 * 5


def test_a_quarter_counts_up_to_255() -> None:
    state = after(*[timedelta(minutes=1) // timedelta(milliseconds=1)] * 300)
    assert state is not None
    assert state[-1] == 255


def test_engagements_of_two_contacts_add_up_by_quarter_hour() -> None:
    one, other = after(0, 1, QUARTER_MS), after(2, 3 * QUARTER_MS)
    assert CLICKED.join(one, other, UpdateContext()) == after(0, 1, 2, QUARTER_MS, 3 * QUARTER_MS)


def test_of_two_contacts_255_a_quarter_hour_and_the_last_128_are_kept() -> None:
    many = after(*range(200))
    assert CLICKED.join(many, many, UpdateContext()) == after(*range(255))
    older = after(*(n * QUARTER_MS for n in range(0, 200, 2)))
    newer = after(*(n * QUARTER_MS for n in range(1, 200, 2)))
    wanted = after(*(n * QUARTER_MS for n in range(200)))
    assert CLICKED.join(older, newer, UpdateContext()) == wanted
    assert wanted is not None
    assert len(wanted) == 128 * 5


def test_the_last_128_quarters_are_kept() -> None:
    quarters = [n * QUARTER_MS for n in range(130)]
    assert after(*quarters) == after(*quarters[2:]) != after(*quarters[:128])
    assert after(*reversed(quarters)) == after(*quarters[2:])


def test_a_quarter_weighs_half_after_28_days() -> None:
    at = instant("2026-11-21T12:00Z")
    new = [at - 2 * HOUR_MS - n * DAY_MS for n in range(3)]  # at ten: three times 32

    def target(old: int) -> int:
        at_three = [at + 3 * HOUR_MS - (29 + n) * DAY_MS for n in range(old)]  # 16 each
        return best(DAY_MS).target(after(*new, *at_three), zone("UTC"), None, at)

    assert target(5) == instant("2026-11-22T10:00Z")
    assert target(7) == instant("2026-11-21T15:00Z")


def test_an_hour_that_begins_as_the_window_ends_is_in_it() -> None:
    at_seven = [instant("2026-11-16T19:10+02:00") + n * DAY_MS for n in range(5)]
    noon = instant("2026-11-21T12:00+02:00")
    for within, hour in ((7 * HOUR_MS, 19), (7 * HOUR_MS - 1, 18)):
        target = best(within).target(after(*at_seven), KYIV, None, noon)
        assert target == instant(f"2026-11-21T{hour}:00+02:00")
