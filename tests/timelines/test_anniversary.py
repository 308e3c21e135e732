"""anniversary: a date comes round, by the contact's own clock."""

import pytest

from .by_date import Told, play
from .drawing import refuse

KYIV = "zone: Europe/Kyiv"


def rule(parameters: str = "", more: str = "") -> str:
    given = f"of: {{attribute: birthday}}, {parameters}".rstrip(", ")
    return f"- {{name: b, use: anniversary, with: {{{given}}}, membership: true, {more}}}"


def born(
    date: str, end: str, parameters: str = "", value: str = KYIV, told: str = "2026-12-01"
) -> Told:
    """What is told of a birthday that is known on 1 December 2026."""
    return play(value, rule(parameters), f"{told} told birthday={date}\n{end} end")


def test_19_a_week_before_a_birthday_at_nine() -> None:
    told = born("1990-03-14", "2027-03-10", "offset: -7d, at: '09:00'")
    assert told.lines("rung") == ["2027-03-07T07:00 fired b rung=-7d"]
    assert told.triggers[0]["anchor"] == "2027-03-14"
    assert told.triggers[0]["context"] == {"anniversary": {"date": "2027-03-14", "number": 37}}
    assert told.triggers[0]["why"] == ["anniversary of birthday on 2027-03-14"]
    assert told.stays() == ["2027-03-07T07:00 in b time", "2027-03-08T07:00 out b time"]


@pytest.mark.parametrize(
    ("leap", "fired"),
    [
        ("feb28", ["2027-02-27T22:00 fired b", "2028-02-28T22:00 fired b"]),
        ("mar1", ["2027-02-28T22:00 fired b", "2028-02-28T22:00 fired b"]),
    ],
)
def test_20_29_february(leap: str, fired: list[str]) -> None:
    told = play(
        KYIV,
        rule(f"leap: {leap}", "trigger: {cooldown: 0s}"),
        "2026-12-01 told birthday=1988-02-29; 2028-03-10 end",
    )
    assert told.lines() == fired


@pytest.mark.parametrize(
    ("zone", "date", "at", "fired"),
    [
        ("Europe/Warsaw", "03-28", "02:30", "2027-03-28T01:00"),
        ("Europe/Warsaw", "10-31", "02:30", "2027-10-31T00:30"),
        ("Africa/Cairo", "--04-30", "00:00", "2027-04-29T22:00"),
    ],
)
def test_21_to_23_clocks_that_are_moved(zone: str, date: str, at: str, fired: str) -> None:
    told = born(date, "2027-11-30", f"at: '{at}'", f"zone: {zone}")
    assert told.lines() == [f"{fired} fired b"]


TODAY = """
2026-12-01 view
2027-03-14T08:00 told birthday=1990-03-14
2027-03-14T09:00 told birthday=1990-03-15
2027-03-16 end
"""


def test_24_and_25_a_birthday_told_on_its_day_is_told_and_one_moved_earns_nothing_more() -> None:
    told = play(KYIV, rule(), TODAY)
    assert told.lines() == ["2027-03-14T08:00 fired b"]
    assert told.held_back() == ["2027-03-14T22:00 suppressed b reason=cooldown"]


def test_a_cooldown_of_the_rule_s_own_counts() -> None:
    told = play(KYIV, rule(more="trigger: {cooldown: 0s}"), TODAY)
    assert told.lines() == ["2027-03-14T08:00 fired b", "2027-03-14T22:00 fired b"]


def test_a_birthday_that_comes_back_is_not_told_again() -> None:
    back = TODAY.replace(
        "2027-03-16 end", "2027-03-14T10:00 told birthday=1990-03-14; 2027-03-16 end"
    )
    told = play(KYIV, rule(), back)
    assert (told.lines(), told.held_back()) == (["2027-03-14T08:00 fired b"], [])


def test_nor_is_one_that_comes_back_after_another_was_told() -> None:
    again = TODAY.replace("2027-03-16 end", "2027-03-14T23:00 told birthday=1990-03-14")
    lasting = rule(more="trigger: {cooldown: 0s}").replace("with: {", "with: {lasts: 9d, ")
    told = play(KYIV, lasting, f"{again}; 2028-06-01 end")
    assert told.lines("anchor") == [
        "2027-03-14T08:00 fired b anchor=2027-03-14",
        "2027-03-14T22:00 fired b anchor=2027-03-15",
        "2028-03-13T22:00 fired b anchor=2028-03-14",
    ]


FIRST = "- {name: b, use: anniversary, with: {of: {first: order}, %s}}"


def test_27_the_first_order_s_day_is_that_of_the_contact_s_clock_and_no_anniversary() -> None:
    timeline = "2026-02-10T23:30 order; 2028-01-01 end"
    told = play(KYIV, FIRST % "every: year", timeline)
    assert told.lines() == ["2027-02-10T22:00 fired b"]
    assert told.triggers[0]["anchor"] == "2027-02-11"


def test_of_the_first_event_of_a_type() -> None:
    segment = "- {name: b, use: anniversary, with: {of: {first: page_viewed}}}"
    assert play("", segment, "2026-02-10 view; 2026-03-01 order; 2027-06-01 end").lines() == [
        "2027-02-10T00:00 fired b"
    ]


def test_28_each_month_from_the_31st() -> None:
    timeline = "2027-01-31T12:00 order; 2027-05-15 end"
    told = play("", FIRST % "every: month", timeline)
    assert told.lines() == [
        "2027-02-28T00:00 fired b",
        "2027-03-31T00:00 fired b",
        "2027-04-30T00:00 fired b",
    ]


def test_only_some_of_them() -> None:
    timeline = "2020-01-31T12:00 order; 2027-05-15 end"
    assert play("", FIRST % "which: [5, 1, 2]", timeline).lines() == [
        "2021-01-31T00:00 fired b",
        "2022-01-31T00:00 fired b",
        "2025-01-31T00:00 fired b",
    ]
    assert born("03-14", "2028-01-01", "which: [37]").lines() == []


def test_a_ladder_of_offsets() -> None:
    told = born("1990-03-14", "2027-04-01", "offset: [-7d, 0d, 3d], lasts: 2d")
    assert told.lines("rung") == [
        "2027-03-06T22:00 fired b rung=-7d",
        "2027-03-13T22:00 fired b rung=0d",
        "2027-03-16T22:00 fired b rung=3d",
    ]
    assert {one["anchor"] for one in told.triggers} == {"2027-03-14"}


@pytest.mark.parametrize(
    "date",
    ["1900-01-01", "1970-01-01", "14.03.1990", "1990-02-30", "13-01", "5", "true", "2030-01-01"],
)
def test_what_is_no_date_and_what_forms_fill_in(date: str) -> None:
    assert born(date, "2027-12-01").lines() == []


@pytest.mark.parametrize("date", ["1990-03-14T23:30:00-11:00", "1990-03-14T00:10:00Z"])
def test_the_date_of_an_instant_counts_as_written(date: str) -> None:
    assert born(date, "2027-12-01").lines() == ["2027-03-13T22:00 fired b"]


def test_the_last_day_is_excluded_to_the_millisecond() -> None:
    late = born("1990-03-14", "2027-04-01", told="2027-03-14T22:00")
    assert late.lines() == []
    assert born("1990-03-14", "2027-04-01", told="2027-03-14T21:59:59.999").lines() == [
        "2027-03-14T21:59:59.999 fired b"
    ]


AGE = "- {name: a, when: {attribute: birthday, age: {gte: 25, lt: 35}}, membership: true}"


def test_an_age_changes_at_the_birthday_of_the_contact_s_clock() -> None:
    timeline = "2020-01-01 told birthday=1995-06-10; 2031-01-01 end"
    assert play(KYIV, AGE, timeline).stays() == [
        "2020-06-09T21:00 in a time",
        "2030-06-09T21:00 out a time",
    ]


@pytest.mark.parametrize(
    ("date", "since"), [("2000-02-29", "2025-02-28T00:00"), ("2000-03-01", "2025-03-01T00:00")]
)
def test_of_29_february_it_changes_on_28(date: str, since: str) -> None:
    timeline = f"2025-01-01 told birthday={date}; 2026-01-01 end"
    assert play("", AGE, timeline).stays() == [f"{since} in a time"]


def test_without_a_year_there_is_no_age() -> None:
    segment = "- {name: a, when: {attribute: birthday, age: {ne: 25}}, membership: true}"
    assert play("", segment, "2025-01-01 told birthday=06-10; 2026-01-01 end").stays() == []
    assert play("", segment, "2025-01-01 view; 2026-01-01 end").stays() == []


def test_what_is_wrong_is_told() -> None:
    start = "- {name: b, use: anniversary, with: {of: "
    refuse(f"{start}§{{attribute: a, first: order}}}}}}", "name one")
    refuse(f"{start}{{first: order}}, at: §9:00}}}}", "09:00")
    refuse(f"{start}{{first: order}}, offset: [0d, §-7d]}}}}", "ascend")
    refuse(f"{start}{{first: order}}, lasts: §12h}}}}", "whole days")
    refuse(f"{start}{{first: order}}, ignore: [§soon]}}}}", "1900-01-01")


OWN = "policies: {zone: {attribute: zone, by: {attribute: country, PL: Europe/Warsaw}, \
default: Europe/Kyiv}}"


def test_26_who_moves_to_another_zone_is_in_again_and_not_told_again() -> None:
    timeline = """
    2026-12-01 told birthday=1990-06-10
    2027-06-09T23:00 told zone=America/New_York
    2027-06-12 end
    """
    told = play(OWN, rule(), timeline)
    assert told.lines("anchor") == ["2027-06-09T21:00 fired b anchor=2027-06-10"]
    assert told.held_back() == []
    assert told.stays() == [
        "2027-06-09T21:00 in b time",
        "2027-06-09T23:00 out b event",
        "2027-06-10T04:00 in b time",
        "2027-06-11T04:00 out b time",
    ]


@pytest.mark.parametrize(
    ("told", "fired"),
    [
        ("zone=europe/warsaw", "2027-06-09T22:00"),
        ("country=PL", "2027-06-09T22:00"),
        ("zone=+05:30 country=PL", "2027-06-09T18:30"),
        ("zone=Mars/X country=DE", "2027-06-09T21:00"),
    ],
)
def test_a_contact_s_clock_is_as_the_policies_say(told: str, fired: str) -> None:
    timeline = f"2026-12-01 told birthday=1990-06-10 {told}; 2027-06-12 end"
    assert play(OWN, rule(), timeline).lines() == [f"{fired} fired b"]


def test_the_shop_s_days_are_by_the_default_clock_unless_it_says_others() -> None:
    segment = "- {name: c, when: {cohort: {is: 2026-12}}, trigger: {}}"
    order = "2026-11-30T22:30 order"
    assert play(OWN, segment, order).lines() == ["2026-11-30T22:30 fired c"]
    assert play(f"{OWN}\nvalue: {{orders: {{}}}}", segment, order).lines() == [
        "2026-11-30T22:30 fired c"
    ]
    assert play(f"{OWN}\nvalue: {{zone: UTC}}", segment, order).lines() == []
