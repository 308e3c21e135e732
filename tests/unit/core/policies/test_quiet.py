"""Quiet hours on the local clock, through both nights on which it is moved."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.policies.quiet import Quiet
from streamseg.core.values.zones import DAY_MS, Zone
from streamseg.rules.zones import known_zones

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone(name: str) -> Zone:
    found = known_zones().find(name)
    assert found is not None
    return found


def instant(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * HOUR_MS + int(minutes) * MINUTE_MS


def quiet(begin: str, end: str, days: frozenset[int] | None = None) -> Quiet:
    return Quiet(clock(begin), clock(end), days)


@pytest.mark.parametrize(
    ("hours", "entered", "released"),
    [
        (("22:00", "08:00"), "2026-11-21T22:00+02:00", "2026-11-22T08:00+02:00"),
        (("22:00", "08:00"), "2026-11-21T08:00+02:00", "2026-11-21T08:00+02:00"),
        (("22:00", "08:00"), "2026-11-21T21:59:59.999+02:00", "2026-11-21T21:59:59.999+02:00"),
        (("22:00", "08:00"), "2026-10-24T19:30Z", "2026-10-25T06:00Z"),  # 10.5 h, not 9.5
        (("22:00", "03:30"), "2027-03-28T00:30Z", "2027-03-28T01:00Z"),  # 03:30 is skipped
        (("22:00", "03:30"), "2026-10-25T00:10Z", "2026-10-25T00:30Z"),  # 03:10, the first time
        (("22:00", "03:30"), "2026-10-25T01:10Z", "2026-10-25T01:30Z"),  # and the second
        (("13:00", "14:00"), "2026-11-21T11:30Z", "2026-11-21T12:00Z"),
        (("13:00", "14:00"), "2026-11-21T11:00Z", "2026-11-21T12:00Z"),
        (("13:00", "14:00"), "2026-11-21T12:00Z", "2026-11-21T12:00Z"),
    ],
)
def test_it_opens_at_the_first_instant_that_is_not_quiet(
    hours: tuple[str, str], entered: str, released: str
) -> None:
    assert quiet(*hours).opens(zone("Europe/Kyiv"), instant(entered)) == instant(released)


def test_days_are_those_on_which_the_night_begins() -> None:
    weekend = quiet("22:00", "08:00", frozenset({5, 6}))
    kyiv = zone("Europe/Kyiv")
    friday_night, saturday_night = "2026-11-20T23:00+02:00", "2026-11-21T23:00+02:00"
    monday_morning = "2026-11-23T07:00+02:00"
    assert weekend.opens(kyiv, instant(friday_night)) == instant(friday_night)
    assert weekend.opens(kyiv, instant(saturday_night)) == instant("2026-11-22T08:00+02:00")
    assert weekend.opens(kyiv, instant(monday_morning)) == instant("2026-11-23T08:00+02:00")


NIGHTS = [
    ("Europe/Kyiv", "2026-10-24T20:00Z", "2027-03-27T20:00Z"),
    ("America/New_York", "2026-10-31T22:00Z", "2027-03-13T22:00Z"),
    ("Australia/Lord_Howe", "2027-04-03T10:00Z", "2026-10-03T10:00Z"),  # by half an hour
    ("Asia/Beirut", "2026-10-24T18:00Z", "2027-03-27T18:00Z"),  # at midnight
    ("Antarctica/Troll", "2026-10-24T20:00Z", "2027-03-27T20:00Z"),  # by two hours
]


@pytest.mark.parametrize(("name", "longer", "shorter"), NIGHTS)
def test_both_nights_on_which_the_clock_is_moved(name: str, longer: str, shorter: str) -> None:
    """Every minute of the night, and every end of it, against the clock that zoneinfo shows."""
    for night in (longer, shorter):
        begin = instant(night)
        with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            shown = ZoneInfo.from_file(file)
        minutes = [begin + n * MINUTE_MS for n in range(18 * 60)]
        clocks = [
            (EPOCH + timedelta(milliseconds=one)).astimezone(shown).strftime("%H:%M")
            for one in minutes
        ]
        assert any(one > other for one, other in pairwise(clocks))
        for end in ("00:15", "01:00", "01:45", "02:00", "02:15", "02:30", "03:00", "08:00"):
            hours = quiet("22:00", end)
            is_open = [not (one >= "22:00" or one < end) for one in clocks]
            for at, entered in enumerate(minutes[: 6 * 60 : 7]):
                first = next(n for n in range(at * 7, len(minutes)) if is_open[n])
                expected = minutes[first] if first > at * 7 else entered
                assert hours.opens(zone(name), entered) == expected, (end, clocks[at * 7])


@given(
    st.sampled_from([name for name, _, _ in NIGHTS]),
    st.integers(0, 2_000_000_000),
    st.integers(0, 47),
    st.integers(1, 47),
)
def test_all_before_it_is_quiet_and_it_is_not(name: str, second: int, begin: int, of: int) -> None:
    half = HOUR_MS // 2
    hours = Quiet(begin * half, (begin + of) % 48 * half)
    found, start = zone(name), second * 1000
    opens = hours.opens(found, start)
    assert start <= opens <= start + DAY_MS + 2 * HOUR_MS
    assert not hours.covers(found.local(opens))
    for at in range(start, opens, 10 * MINUTE_MS):
        assert hours.covers(found.local(at))
    if opens > start:
        assert hours.covers(found.local(opens - 1))
