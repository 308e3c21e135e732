"""The best hour against another reading of what it is: every minute is looked at, by another clock.

An hour begins where the clock shows a full one. The one that runs at T begins at T.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.policies.quiet import Quiet
from streamseg.core.values.zones import DAY_MS

from .test_best_time import after, best
from .test_quiet import HOUR_MS, MINUTE_MS, instant, zone

# Each with an instant about which its clock is moved: by an hour, by half of one, at midnight.
ZONES = [
    ("Europe/Kyiv", "2026-10-25T01:00Z"),
    ("Europe/Kyiv", "2027-03-28T01:00Z"),
    ("America/New_York", "2027-03-14T07:00Z"),
    ("Australia/Lord_Howe", "2027-04-03T15:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("Asia/Beirut", "2027-03-27T22:00Z"),
    ("Asia/Kathmandu", "2027-03-27T22:00Z"),
]
QUARTER_MS = 15 * MINUTE_MS


@cache
def clock_of(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file)


def shown(name: str, at: int) -> datetime:
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at)).astimezone(clock_of(name))


def slot_of(local: datetime, hours: int) -> tuple[int, int]:
    """The hour of the week, or with 24 the one of any day."""
    return (local.weekday() if hours == 168 else 0), local.hour


def beside(slot: tuple[int, int], hours: int, step: int) -> tuple[int, int]:
    number = (slot[0] * 24 + slot[1] + step) % hours
    return divmod(number, 24)


def is_quiet(local: datetime, quiet: tuple[int, int] | None) -> bool:
    if quiet is None:
        return False
    minute = local.hour * 60 + local.minute
    begin, end = quiet
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def expected(
    times: list[int], name: str, quiet: tuple[int, int] | None, at: int, within: int
) -> int:
    quarters = Counter(time // QUARTER_MS for time in times)
    known = {one: min(quarters[one], 255) for one in sorted(quarters)[-128:]}
    ages = {one: max(at - one * QUARTER_MS, 0) // (28 * DAY_MS) for one in known}
    weighing = [one for one in known if ages[one] < 6]
    events = sum(known[one] for one in weighing)
    if events < 5:
        return at
    hours = 168 if events >= 12 else 24
    own: Counter[tuple[int, int]] = Counter()
    for one in weighing:
        weight = known[one] * 2 ** (5 - ages[one])
        own[slot_of(shown(name, one * QUARTER_MS), hours)] += weight
    minutes = range(at - at % MINUTE_MS + MINUTE_MS, at + within + 1, MINUTE_MS)
    begins = [at, *(one for one in minutes if shown(name, one).minute == 0)]
    scores = {}
    for begin in begins:
        local = shown(name, begin)
        if not is_quiet(local, quiet):
            slot = slot_of(local, hours)
            around = own[beside(slot, hours, -1)] + own[beside(slot, hours, 1)]
            scores[begin] = 2 * own[slot] + around
    return min(scores, key=lambda begin: (-scores[begin], begin), default=at)


def near(moved: str) -> st.SearchStrategy[int]:
    minutes = st.integers(-36 * 60, 12 * 60)
    return minutes.map(lambda minute: instant(moved) + minute * MINUTE_MS)


ages = st.one_of(
    st.integers(0, 40 * 24).map(lambda hour: hour * HOUR_MS),
    st.sampled_from([28, 56, 84, 112, 140, 168]).map(lambda days: days * DAY_MS),
    st.sampled_from([n * 7 * DAY_MS - HOUR_MS for n in range(9)]),
)
engagements = st.tuples(ages, st.integers(1, 4), st.integers(-1, 1)).map(
    lambda drawn: [-drawn[0] + drawn[2] * QUARTER_MS] * drawn[1]
)
half_hours = st.integers(0, 47).map(lambda half: half * 30)
quiets = st.one_of(
    st.none(), st.tuples(half_hours, half_hours).filter(lambda both: both[0] != both[1])
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), st.data(), quiets, st.lists(engagements, max_size=8))
def test_it_is_the_earliest_of_the_highest_score(
    moved: tuple[str, str],
    data: st.DataObject,
    quiet: tuple[int, int] | None,
    drawn: list[list[int]],
) -> None:
    name, about = moved
    at = data.draw(near(about))
    within = data.draw(st.sampled_from([HOUR_MS, 7 * HOUR_MS, DAY_MS, 3 * DAY_MS]))
    times = [at + age for some in drawn for age in some]
    hours = None if quiet is None else Quiet(quiet[0] * MINUTE_MS, quiet[1] * MINUTE_MS)
    target = best(within).target(after(*times), zone(name), hours, at)
    assert target == expected(times, name, quiet, at, within), shown(name, at)
