"""cohort: in which period of the shop's calendar a contact began."""

import pytest

from .by_date import play
from .drawing import refuse

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
