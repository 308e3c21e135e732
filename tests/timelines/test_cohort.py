"""cohort: in which period of the shop's calendar a contact began."""

import pytest

from streamseg.core.values.dates import day_of, day_text, period_of, period_text
from streamseg.rules import RuleErrors, parse_rules

from .by_date import play
from .drawing import refuse, rules_file

KYIV = "zone: Europe/Kyiv"


def rule(cohort: str) -> str:
    return f"- {{name: c, when: {{cohort: {{{cohort}}}}}, membership: true}}"


FIRST = "2026-11-30T22:30 order; 2027-02-01 end"


def test_29_a_month_begins_by_the_shop_s_clock() -> None:
    assert play(KYIV, rule("is: 2026-12"), FIRST).stays() == ["2026-11-30T22:30 in c event"]
    assert play("", rule("is: 2026-11"), FIRST).stays() == ["2026-11-30T22:30 in c event"]


def test_29_whole_months_since_then() -> None:
    assert play(KYIV, rule("is: [2026-12], age: {eq: 1}"), FIRST).stays() == [
        "2026-12-31T22:00 in c time",
        "2027-01-31T22:00 out c time",
    ]


def test_30_a_late_order_moves_a_contact_to_the_earlier_cohort() -> None:
    timeline = FIRST.replace("; ", "; 2026-11-29 order; ")
    assert play(KYIV, rule("is: 2026-12"), timeline).stays() == [
        "2026-11-30T22:30 in c event",
        "2026-11-30T22:30 out c event",
    ]
    assert play(KYIV, rule("is: 2026-11"), timeline).stays() == ["2026-11-30T22:30 in c event"]


@pytest.mark.parametrize(
    ("by", "name", "next"),
    [
        ("day", "2026-11-30", "2026-12-01"),
        ("week", "2026-W49", "2026-12-07"),
        ("month", "2026-11", "2026-12-01"),
        ("quarter", "2026-Q4", "2027-01-01"),
        ("year", "2026", "2027-01-01"),
    ],
)
def test_periods(by: str, name: str, next: str) -> None:
    assert play("", rule(f"by: {by}, is: {name}, age: {{gte: 1}}"), FIRST).stays() == [
        f"{next}T00:00 in c time"
    ]


@pytest.mark.parametrize(
    ("day", "week"),
    [("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01"), ("2024-12-30", "2025-W01")],
)
def test_weeks_are_those_of_iso(day: str, week: str) -> None:
    assert play("", rule(f"by: week, is: {week}"), f"{day} order").stays() == [
        f"{day}T00:00 in c event"
    ]


def test_of_an_attribute_the_date_counts_as_written() -> None:
    cohort = rule("of: {attribute: since}, by: year, is: [2019, 2020]")
    assert play(KYIV, cohort, "2026-01-01 told since=2020-12-31T23:59:00Z").stays() == [
        "2026-01-01T00:00 in c event"
    ]
    assert play(KYIV, cohort, "2026-01-01 told since=12-31").stays() == []


def test_what_is_wrong_is_told() -> None:
    refuse(rule("is: §2026-W48"), "is no month", "2026-11")
    refuse("- {name: c, when: {cohort: §{by: week}}}", "say which")


NO_PERIODS = [
    ("day", "2026-02-30"),
    ("day", "2026-02-29"),
    ("day", "2026-13-01"),
    ("week", "2026-W54"),
    ("week", "2025-W53"),
    ("week", "2026-W00"),
    ("month", "2026-13"),
    ("month", "2026-00"),
    ("year", "0000"),
    ("quarter", "0000-Q1"),
]


@pytest.mark.parametrize(("by", "name"), NO_PERIODS)
def test_a_period_that_the_calendar_does_not_have_is_refused(by: str, name: str) -> None:
    refuse(rule(f"by: {by}, is: §'{name}'"), f"the calendar has no {by} '{name}'", "for example")


def test_the_periods_of_the_calendar_are_read() -> None:
    """Of a leap year and others: each name that a day's period has, and no other number of it."""
    for year in (2024, 2025, 2026, 2027):
        first = day_of(year, 1, 1)
        days = range(first, day_of(year + 1, 1, 1))
        for by, numbers in (("week", range(100)), ("month", range(100))):
            mark = "-W" if by == "week" else "-"
            there = {period_text(period_of(day, by), by) for day in days}
            for name in [f"{year}{mark}{number:02d}" for number in numbers]:
                assert is_read(rule(f"by: {by}, is: '{name}'")) == (name in there), name
        for name in [
            f"{year}-{month:02d}-{day:02d}" for month in range(1, 13) for day in (29, 30, 31)
        ]:
            there = {day_text(day) for day in days}
            assert is_read(rule(f"by: day, is: '{name}'")) == (name in there), name


def is_read(segment: str) -> bool:
    try:
        parse_rules(rules_file(segment))
    except RuleErrors:
        return False
    return True
