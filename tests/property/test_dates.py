"""Who is in by a date at an instant is so by its definition, read off the contact's own clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replaying import run_replay

from .scale import examples

Record = dict[str, Any]

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MS = timedelta(milliseconds=1)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["Europe/Kyiv", "Europe/Warsaw", "Africa/Cairo", "America/New_York", "Pacific/Apia"]


def clock(instant: datetime, zone: str) -> datetime:
    """What the clock shows."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def first_instant(shown: datetime, zone: str) -> datetime:
    """The first instant at which the clock shows that or later: minutes are tried one by one."""
    instant = shown.replace(tzinfo=UTC) - timedelta(hours=27)
    while clock(instant, zone) < shown:
        instant += MINUTE
    return instant


def on_day(written: date, year: int, months: int, leap: str) -> date:
    """The date's anniversary in a year (and month)."""
    month = months % 12 + 1
    if months < 0:
        if (written.month, written.day) == (2, 29) and leap == "mar1":
            return date(year, 2, 28) + DAY if is_common(year) else date(year, 2, 29)
        month = written.month
    day = written.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def is_common(year: int) -> bool:
    return date(year, 12, 31).timetuple().tm_yday == 365


def anniversaries(written: date, rule: Record, near: date) -> list[tuple[int, date]]:
    """Numbers and days of those around a day."""
    if rule["every"] == "year":
        found = [
            (year - written.year, on_day(written, year, -1, rule["leap"]))
            for year in range(near.year - 2, near.year + 3)
        ]
    else:
        since = written.year * 12 + written.month - 1
        months = range(near.year * 12 + near.month - 4, near.year * 12 + near.month + 4)
        found = [(one - since, on_day(written, one // 12, one % 12, "")) for one in months]
    return [(n, day) for n, day in found if n >= 1 and n in rule.get("which", [n])]


def is_in(written: date, rule: Record, zone: str, instant: datetime) -> bool:
    at = timedelta(hours=int(rule["at"][:2]), minutes=int(rule["at"][3:]))
    offset, lasts = int(rule["offset"][:-1]) * DAY, int(rule["lasts"][:-1]) * DAY
    for _, day in anniversaries(written, rule, instant.date() - offset):
        shown = datetime.combine(day, datetime.min.time()) + offset + at
        if abs(shown - instant.replace(tzinfo=None)) > lasts + 3 * DAY:
            continue
        if first_instant(shown, zone) <= instant < first_instant(shown + lasts, zone):
            return True
    return False


def stays(rules: str, events: list[Record], until: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when the contact was in."""
    found: list[tuple[datetime, datetime]] = []
    for one in run_replay(rules, events, until=milliseconds(until)).membership:
        if one["type"] == "segment.entered":
            found.append(
                (datetime.fromisoformat(one["entered_at"]), datetime.max.replace(tzinfo=UTC))
            )
        else:
            found[-1] = found[-1][0], datetime.fromisoformat(one["exited_at"])
    return found


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // MS


dates = st.one_of(
    st.dates(date(1960, 1, 1), date(2026, 6, 1)),
    st.sampled_from([date(1988, 2, 29), date(2024, 2, 29), date(2025, 3, 28), date(2010, 12, 31)]),
)
rules = st.fixed_dictionaries(
    {
        "every": st.sampled_from(["year", "month"]),
        "offset": st.sampled_from(["0d", "-7d", "3d", "40d"]),
        "at": st.sampled_from(["00:00", "02:30", "09:00", "23:59"]),
        "lasts": st.sampled_from(["1d", "2d", "20d"]),
        "leap": st.sampled_from(["feb28", "mar1"]),
    },
    optional={"which": st.sampled_from([[1, 2, 3, 5], [40, 41], [12]])},
)


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(dates, rules, st.sampled_from(ZONES), st.integers(0, 2 * 365 * 24 * 60), st.data())
def test_an_anniversary_has_come_by_its_definition(
    written: date, rule: Record, zone: str, minute: int, data: st.DataObject
) -> None:
    told = datetime(2026, 7, 1, tzinfo=UTC)
    given_ = ", ".join(f"{name}: {value!r}" for name, value in rule.items())
    text = (
        f"version: 1\nvalue: {{zone: {zone}}}\nsegments:\n  - {{name: a, use: anniversary, "
        f"membership: true, with: {{of: {{attribute: day}}, {given_}}}}}\n"
    )
    event = {
        "type": "contact_updated",
        "contact": "c",
        "time": milliseconds(told),
        "data": {"day": written.isoformat()},
    }
    found = stays(text, [event], told + 800 * DAY)
    edges = [edge for stay in found for edge in stay if edge.year < 9999]
    asked = [told + minute * MINUTE]
    if edges:
        edge = data.draw(st.sampled_from(edges))
        asked += [edge, edge - MS]
    for instant in asked:
        if instant >= told:
            inside = any(begin <= instant < end for begin, end in found)
            assert inside is is_in(written, rule, zone, instant), instant


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(dates, st.sampled_from(ZONES), st.integers(0, 400 * 24 * 60), st.integers(0, 66))
def test_an_age_is_that_of_the_contact_s_clock(
    written: date, zone: str, minute: int, years: int
) -> None:
    told = datetime(2026, 7, 1, tzinfo=UTC)
    text = (
        f"version: 1\nvalue: {{zone: {zone}}}\nsegments:\n  - {{name: a, membership: true, "
        f"when: {{attribute: day, age: {{gte: {years}}}}}}}\n"
    )
    event = {
        "type": "contact_updated",
        "contact": "c",
        "time": milliseconds(told),
        "data": {"day": written.isoformat()},
    }
    instant = told + minute * MINUTE
    found = stays(text, [event], told + 401 * DAY)
    today = clock(instant, zone).date()
    had = on_day(written, today.year, -1, "feb28") <= today
    age = today.year - written.year - (0 if had else 1)
    assert any(begin <= instant < end for begin, end in found) is (age >= years)


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(
    st.integers(1_704_067_200, 1_798_000_000).map(lambda one: datetime.fromtimestamp(one, UTC)),
    st.sampled_from(ZONES),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.integers(1, 3),
    st.integers(0, 900 * 24 * 60),
)
def test_a_cohort_is_so_many_periods_old(
    first: datetime, zone: str, by: str, age: int, minute: int
) -> None:
    text = (
        f"version: 1\nvalue: {{zone: {zone}}}\nsegments:\n  - {{name: a, membership: true, "
        f"when: {{cohort: {{by: {by}, age: {{gte: {age}}}}}}}}}\n"
    )
    event = {
        "type": "order_placed",
        "contact": "c",
        "time": milliseconds(first),
        "data": {"order": "o"},
    }
    instant = first + minute * MINUTE
    found = stays(text, [event], first + 901 * DAY)

    def period(moment: datetime) -> int:
        day = clock(moment, zone).date()
        return {
            "day": day.toordinal(),
            "week": (day.toordinal() - 1) // 7,  # the first day of all was a Monday
            "month": day.year * 12 + day.month,
            "quarter": day.year * 4 + (day.month - 1) // 3,
            "year": day.year,
        }[by]

    inside = any(begin <= instant < end for begin, end in found)
    assert inside is (period(instant) - period(first) >= age)
