"""When an alert is raised, and when it is cleared; in a replay, and the same after restarts."""

from typing import Any

import pytest

from streamseg.rules import RuleErrors, parse_rules
from tests.replaying import run_replay

from .drawing import events, rules_file

SEARCHED = "- {name: s, when: {did: searched}}"


def rules(alert: str, segments: str) -> str:
    return rules_file(segments).replace(
        "segments:", f"value: {{alerts: {{a: {alert}}}}}\nsegments:", 1
    )


def told(alert: str, timeline: str, segments: str = SEARCHED) -> list[str]:
    """What a timeline has an alert tell; the same where it is restarted after every event."""
    records, until = events(timeline)
    text = rules(alert, segments)
    whole, restarted = (
        run_replay(text, records, until=until, restart_every=every) for every in (None, 1)
    )
    assert whole.dlq == []
    assert restarted.alerts == whole.alerts, "a restart after every event changed what is told"
    return [shown(one) for one in whole.alerts]


def shown(alert: dict[str, Any]) -> str:
    kind = alert["type"].removeprefix("alert.")
    return f"{alert['at'][11:16]} {kind} {alert['value']} {alert['limit']}"


def everybody(count: int, clock: str, first: int = 0) -> str:
    """So many contacts search at a time."""
    return "; ".join(f"{clock} searched c{number} a" for number in range(first, first + count))


def test_59_too_few_for_five_minutes_and_cleared_ten_percent_above() -> None:
    timeline = [
        everybody(500, "11:00"),
        "12:05 contact_erased c0",
        everybody(2, "12:11", 500),
        everybody(49, "12:20", 502),
        "12:30 end",
    ]
    assert told("{segment: s, members: {lt: 500}, clear: 10%}", "; ".join(timeline)) == [
        "12:10 raised 499 500",
        "12:20 cleared 550 550",
    ]


def test_what_is_so_for_less_than_it_must_be_raises_nothing() -> None:
    alert = "{segment: s, members: {gt: 1}, for: 5m}"
    drawn = "10:00 searched c1 a; 10:01 searched c2 a; 10:06 contact_erased c2; 11:00 end"
    assert told(alert, drawn) == []
    assert told(alert, drawn.replace("10:06", "10:06:00.001")) == [
        "10:06 raised 2 1",
        "10:07 cleared 1 1",
    ]


def test_a_minute_is_decided_when_it_is_over_and_has_all_that_came_by_then() -> None:
    alert = "{segment: s, members: {gt: 1}, for: 0s}"
    drawn = f"{everybody(2, '10:00')}; {{}} end"
    assert told(alert, drawn.format("10:00")) == []
    assert told(alert, drawn.format("10:00:00.001")) == ["10:00 raised 2 1"]


def test_what_time_alone_brings_about_is_counted_as_of_its_minute() -> None:
    alert = "{segment: s, members: {lt: 1}, for: 0s}"
    segment = "- {name: s, when: {did: searched, within: 30m}}"
    drawn = "10:00 searched c1 a; 2d+10:00 end"
    assert told(alert, drawn, segment) == ["10:30 raised 0 1"]


def test_a_drop_is_seen_against_as_long_ago() -> None:
    alert = "{segment: s, change: {within: 1h, drop: 20%}, for: 0s}"
    leaves = "; ".join(f"11:30 contact_erased c{number}" for number in range(2))
    drawn = f"{everybody(10, '10:00')}; {leaves}; 1d+10:00 end"
    assert told(alert, drawn) == ["11:30 raised 8 8", "12:30 cleared 8 6.4"]


def test_a_rise_of_nothing_is_none() -> None:
    alert = "{segment: s, change: {within: 5m, rise: 50%}, for: 0s}"
    assert told(alert, "09:00 page_viewed c9; 10:00 searched c1 a; 10:30 end") == []
    drawn = "09:00 searched c0 a; 10:00 searched c1 a; 10:30 end"
    assert told(alert, drawn) == ["10:00 raised 2 1.5", "10:05 cleared 2 3"]


def test_61_a_dozen_where_there_was_nothing_is_no_surge() -> None:
    drawn = [
        "08:00 page_viewed x",
        everybody(12, "56d+10:03"),
        everybody(12, "56d+10:08", 12),
        "56d+11:00 end",
    ]
    assert told("{segment: s, surge: entered}", "; ".join(drawn)) == []
    found = told("{segment: s, surge: entered, least: 12}", "; ".join(drawn))
    assert found == ["10:10 raised 12 5", "10:20 cleared 0 2.5"]


def test_a_slump_of_what_fires_is_seen_where_enough_fires_usually() -> None:
    usual = "; ".join(
        f"{day}d+10:{minute:02d} searched c{number} a"
        for day in range(7)
        for minute in range(4, 60, 5)
        for number in range(25)
    )
    drawn = f"{usual}; 7d+10:11 end"
    fired = "- {name: s, on: searched}"
    assert told("{segment: s, slump: fired, k: 4}", drawn, fired) == ["10:10 raised 0 5"]
    assert told("{segment: s, slump: fired, k: 4, least: 26}", drawn, fired) == []


def test_activity_is_what_members_do_whatever_it_is() -> None:
    alert = "{segment: s, surge: activity, least: 1}"
    usual = "; ".join(f"{day}d+10:01 page_viewed c1" for day in range(7))
    member = "09:00 searched c1 a"

    def busy(what: str) -> str:
        minutes = [f"7d+10:0{minute} {what}" for minute in range(1, 10)]
        return f"{member}; {usual}; {'; '.join(minutes)}; 7d+10:10:01 end"

    assert told(alert, busy("page_viewed c1")) == []
    assert told(alert, busy("page_viewed c2")) == []
    assert told(alert, busy("message_sent c1 email")) == []
    records, until = events(busy("page_viewed c1"))
    twice = [one for record in records for one in (record, record)]
    result = run_replay(rules(alert, SEARCHED), twice, until=until)
    assert [shown(one) for one in result.alerts] == ["10:10 raised 8 5.17"]


def test_minutes_before_the_first_record_are_none_of_a_table() -> None:
    """The minutes of a partition begin in 1970, its first census with its first record."""
    weekly = "tables: {every: week, at: 'mon 04:00', least: 300}"
    rfm = "rfm: {b: {monetary: {quantiles: 5, fallback: [1, 2, 3, 4]}}}"
    best = "- {name: b, when: {rfm: {monetary: {gte: 5}}}}"
    few = "{segment: s, members: {lt: 2}}"
    records, until = events("10:00 page_viewed c1; 10:20 searched c1 a; 10:30 end")
    without = rules(few, SEARCHED)
    ranked = rules(few, f"{SEARCHED}\n{best}").replace("value: {", f"value: {{{weekly}, {rfm}, ")
    told = [run_replay(text, records, until=until).alerts for text in (ranked, without)]
    assert told[0] == told[1] != []


@pytest.mark.parametrize(
    ("alert", "segments", "message"),
    [
        (
            "{segment: s, surge: entered, for: 5m}",
            SEARCHED,
            "`for` is only for `members` and `change`",
        ),
        ("{segment: s, members: {lt: 5}, k: 3}", SEARCHED, "`k` is only for `surge` and `slump`"),
        ("{segment: s, members: {lt: 0}}", SEARCHED, "never fewer than 0"),
        (
            "{segment: s, change: {within: 1h, drop: 5%}, clear: 1%}",
            SEARCHED,
            "`clear` is only for `members`",
        ),
        ("{segment: s, surge: entered, k: 0}", SEARCHED, "`k` is above 0"),
        ("{segment: s, surge: entries}", SEARCHED, "allowed: entered, fired, activity"),
        ("{segment: s, surge: entered, zone: Europe/Kiyv}", SEARCHED, "did you mean"),
        ("{segment: s, surge: entered, slump: fired}", SEARCHED, "`surge` or `slump`"),
        ("{segment: s, members: {lt: 5}}", "- {name: s, on: searched}", "it has no members"),
        ("{segment: s, surge: entered}", "- {name: s, on: searched}", "it has no members"),
        (
            "{segment: s, surge: activity}",
            "- {name: s, per: query, when: {did: searched}}",
            "keys have no activity",
        ),
    ],
)
def test_an_alert_that_cannot_be_is_an_error(alert: str, segments: str, message: str) -> None:
    with pytest.raises(RuleErrors, match=message):
        parse_rules(rules(alert, segments))


ALERTS = """\
version: 1
value:
  alerts:
    few: {segment: nobody, members: {lt: 3}}
    odd: {segment: finder, members: {lt: 3}, for: soon}
    two: {segment: lost, surge: entered, slump: fired}
segments:
- {name: s, when: {did: searched, within: 1x}}
- {name: finder, on: searched}
"""


def test_alerts_and_segments_are_wrong_at_once() -> None:
    with pytest.raises(RuleErrors) as raised:
        parse_rules(ALERTS)
    told = [(error.line, error.message.split(";")[0]) for error in raised.value.errors]
    assert [line for line, _ in told] == [4, 5, 5, 6, 6, 8]
    assert told[0] == (4, "no segment 'nobody'")
    assert told[1] == (5, "finder has `on:`, so it has no members: use a surge or slump of `fired`")
    assert told[3] == (6, "give either `members`, `change`, `surge` or `slump`")
    assert told[4] == (6, "no segment 'lost'")


def test_without_segments_no_alert_s_segment_is_missed() -> None:
    head, _, _ = ALERTS.partition("    odd:")
    for segments in ("", "segments: 7\n"):
        with pytest.raises(RuleErrors) as raised:
            parse_rules(head + segments)
        assert [("no segment" in one.message) for one in raised.value.errors] == [False]
