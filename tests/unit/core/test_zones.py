"""Local clocks: gaps, repeated hours, names."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.values.zones import DAY_MS, HOUR_MS, Zone
from streamseg.rules.zones import known_zones


def zone(name: str) -> Zone:
    found = known_zones().find(name)
    assert found is not None
    return found


def local(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1000


@pytest.mark.parametrize(
    ("name", "shown", "expected"),
    [
        ("Europe/Kyiv", "2027-03-07T09:00", "2027-03-07T07:00Z"),
        ("Europe/Warsaw", "2027-03-28T02:30", "2027-03-28T01:00Z"),  # skipped: after the gap
        ("Europe/Warsaw", "2027-10-31T02:30", "2027-10-31T00:30Z"),  # twice: the first
        ("Africa/Cairo", "2027-04-30T00:00", "2027-04-29T22:00Z"),  # midnight is skipped
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00Z"),  # the whole day is
        ("Europe/Kyiv", "9999-12-31T12:00", "9999-12-31T10:00Z"),
        ("+05:45", "2027-01-01T00:00", "2026-12-31T18:15Z"),
        ("-0330", "2027-01-01T00:00", "2027-01-01T03:30Z"),
    ],
)
def test_a_local_time_is_its_first_instant(name: str, shown: str, expected: str) -> None:
    assert zone(name).instant(local(shown)) == instant(expected)


def test_a_zone_is_found_by_its_name_in_any_case_a_link_or_an_offset() -> None:
    zones = known_zones()
    assert zone("europe/KIEV").local(0) == zone("Europe/Kyiv").local(0)
    assert "+02:00" in zones
    assert [name for name in ("Mars/X", "", "+2", "+02:60", "+19:00", "Z") if name in zones] == []


@given(
    st.sampled_from(["Europe/Warsaw", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran"]),
    st.integers(0, 4_000_000_000),
)
def test_before_its_first_instant_the_clock_shows_an_earlier_time(name: str, second: int) -> None:
    found = zone(name)
    shown = second * 1000
    first = found.instant(shown)
    assert found.local(first) >= shown
    for back in (1, 60_000, HOUR_MS, 2 * HOUR_MS, DAY_MS):
        assert found.local(first - back) < shown


@given(st.integers(-4_000_000_000, 8_000_000_000))
def test_the_clock_shows_what_zoneinfo_says(second: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    told = moment.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=UTC)
    found = zone("America/New_York")
    assert found.local(second * 1000) == told.timestamp() * 1000
    assert found.day(second * 1000) == told.timestamp() * 1000 // DAY_MS


@pytest.mark.parametrize(
    "name",
    ["Europe/Kyiv", "Australia/Lord_Howe", "America/New_York", "Antarctica/Troll", "Asia/Gaza"],
)
def test_an_offset_that_is_known_by_the_hour_is_that_of_each_instant(name: str) -> None:
    """Whatever was asked before, in the hour of a move and beside it."""
    asked = zone(name)
    begin = instant("2026-01-01T00:00:00+00:00")
    hours = [begin + number * HOUR_MS for number in range(366 * 24)]
    moves = [at for at in hours if offset_of(name, at) != offset_of(name, at + HOUR_MS)]
    assert len(moves) == 2
    for move in moves:
        minutes = range(move - 2 * HOUR_MS, move + 3 * HOUR_MS, 60_000)
        for one in [*minutes, *reversed(minutes)]:
            assert asked.offset(one) == offset_of(name, one)


def offset_of(name: str, at: int) -> int:
    offset = datetime.fromtimestamp(at / 1000, ZoneInfo(name)).utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)
