"""Alerts decided from the reports of several partitions, whenever those come."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from streamseg.core.alerting.surges import limit_of, usual_of
from streamseg.core.alerting.watch import Watch
from streamseg.core.counting.terms import Alert
from streamseg.core.identity.identity_state import Home
from streamseg.core.identity.mail import Report
from streamseg.core.messages.outcomes import AlertNews
from streamseg.core.partition import Partition
from streamseg.core.values.zones import UTC_ZONE, Zones
from streamseg.formats.alerts import encode_alert
from streamseg.rules import parse_rules
from streamseg.rules.zones import known_zones

MINUTE = 60_000
HOUR = 60 * MINUTE
WEEK = 168 * HOUR
START = 1_795_392_000_000  # Monday 2026-11-23T00:00Z
HISTORY = (41, 38, 44, 40, 39, 120, 42, 37)  # entries in five minutes, week by week

FEW = Alert("few", "s", "lt", Decimal(500), None, 0, Decimal(0))


def surge(least: int = 20, bound: str = "surge", **terms: Any) -> Alert:
    nothing = Decimal(0)
    return Alert(
        "a", "s", bound, nothing, None, 0, nothing, measure="entered", least=least, **terms
    )


class Decider:
    """A watch with its changelog; ``told`` is what it told. Times are minutes since the start."""

    def __init__(self, *alerts: Alert, partitions: int = 1) -> None:
        self.log: dict[bytes, bytes] = {}
        self.told: list[AlertNews] = []
        self.partitions = partitions
        self.restart(*alerts)

    def restart(self, *alerts: Alert) -> None:
        self.watch = Watch(alerts, self.partitions)
        for key, value in self.log.items():
            assert key[:1] == b"a"
            self.watch.load(key[1:], value)
        self.watch.loaded()
        self.watch.begin()

    def report(
        self, first: int, last: int, count: int, partition: int = 0, wall: int | None = None
    ) -> None:
        """A partition has ``count`` members, and as many have entered, as of some minutes."""
        counts = {"s": [count, count, 0, 0]}
        told = Report(partition, START + first * MINUTE, START + last * MINUTE, counts)
        self.watch.receive(told, None if wall is None else START + wall * MINUTE)

    def begin(self, last: int, partition: int = 0) -> None:
        """A partition that was new has counted nothing until a minute."""
        self.watch.receive(Report(partition, 0, START + last * MINUTE, {"s": [0, 0, 0, 0]}), None)

    def commit(self) -> list[tuple[str, int, Any, Any]]:
        """What is told since the last commit: kind, minute, value and limit."""
        told, self.watch.outcomes = self.watch.outcomes, []
        for key, value in self.watch.take():
            if value is None:
                self.log.pop(key)
            else:
                self.log[key] = value
        self.watch.install()
        return [
            (one.type.removeprefix("alert."), (one.at - START) // MINUTE, one.value, one.limit)
            for one in told
        ]


def weeks(decider: Decider, counts: tuple[int, ...], per_week: int = 1) -> int:
    """In the first hour of each week so many enter in every five minutes; how many in all."""
    total, step = 0, 168 * 60 // per_week
    for number, count in enumerate(counts):
        begin = number * step
        for bucket in range(12):
            total += count
            minute = begin + 5 * bucket + 1
            decider.report(minute, minute + 4, total)
        decider.report(begin + 61, begin + step, total)
        decider.commit()
    return total


def test_60_the_limit_is_by_the_median_and_the_distances_from_it() -> None:
    usual = usual_of([Decimal(one) for one in HISTORY])
    assert usual.median == Decimal("40.5")
    assert round(usual.spread, 2) == Decimal("6.36")
    assert round(limit_of(surge(k=Decimal(5)), usual, is_raised=False), 1) == Decimal("72.3")


def test_60_distances_from_the_median_count_as_deviations_do() -> None:
    usual = usual_of([Decimal(one) for one in (100, 80, 120, 60, 140, 90, 110)])
    assert usual == (Decimal(100), Decimal("29.6520"))  # 1.4826 × 20, above √100


@pytest.mark.parametrize(
    ("buckets", "told"),
    [
        ((73, 75), [("raised", 10, 75, Decimal("72.32"))]),
        ((73, 72, 75), []),
        ((72, 72), []),
        (
            (73, 75, 57, 56, 56),  # half way back it is cleared
            [("raised", 10, 75, Decimal("72.32")), ("cleared", 25, 56, Decimal("56.41"))],
        ),
    ],
)
def test_60_two_buckets_beyond_the_limit_raise(
    buckets: tuple[int, ...], told: list[tuple[str, int, int, Decimal]]
) -> None:
    decider = Decider(surge(least=1000))
    total = weeks(decider, HISTORY)
    decider.restart(surge())  # what is usual is known under the new terms, too
    found = []
    begin = len(HISTORY) * 168 * 60
    for number, count in enumerate(buckets):
        total += count
        decider.report(begin + 5 * number + 1, begin + 5 * number + 5, total)
        found += decider.commit()
        decider.restart(surge())
    assert [(kind, minute - begin, *rest) for kind, minute, *rest in found] == told


def test_what_raises_a_surge_is_not_usual_ever_after() -> None:
    decider = Decider(surge(least=1000))
    total = weeks(decider, (40,) * 4)
    decider.restart(surge())
    for week in range(4, 8):
        for bucket in range(12):
            total += 400
            minute = week * 168 * 60 + 5 * bucket + 1
            decider.report(minute, minute + 4, total)
        decider.report(week * 168 * 60 + 61, (week + 1) * 168 * 60, total)
        kinds = [one[0] for one in decider.commit()]
        assert kinds == ["raised", "cleared"]


@pytest.mark.parametrize(("days", "raised"), [(6, 0), (7, 1)])
def test_six_days_are_too_few_to_know_what_is_usual_and_seven_are_enough(
    days: int, raised: int
) -> None:
    decider = Decider(surge(least=1000))
    total = weeks(decider, (40,) * days, per_week=7)
    decider.restart(surge())
    decider.report(days * 1440 + 1, days * 1440 + 5, total + 400)
    decider.report(days * 1440 + 6, days * 1440 + 10, total + 800)
    assert len(decider.commit()) == raised


def test_hours_are_those_of_the_zones_clock() -> None:
    """Clocks in Kyiv go forward on 2027-03-28: the same hour of the week comes an hour earlier."""
    kyiv = known_zones().find("Europe/Kyiv")
    assert isinstance(known_zones(), Zones)
    assert kyiv is not None
    # Wednesday 03-03 12:00 in Kyiv, and Wednesday 03-31 12:00 there, when the clock was moved
    first = (1_804_068_000_000 - START) // MINUTE
    for zone, raised in ((kyiv, 1), (UTC_ZONE, 0)):
        decider = Decider(surge(least=1000, zone=zone))
        total = 0
        for week in range(4):
            begin = first + week * 168 * 60
            for bucket in range(12):
                total += 40
                decider.report(begin + 5 * bucket + 1, begin + 5 * bucket + 5, total)
            decider.report(begin + 61, begin + 168 * 60 - 60, total)
            decider.report(begin + 168 * 60 - 59, begin + 168 * 60, total)
        begin = first + 4 * 168 * 60 - 60
        decider.commit()
        decider.restart(surge(least=1000, zone=zone))
        usual = decider.watch._hours.usual("a", zone.local(START + begin * MINUTE) // HOUR)
        assert usual is not None
        assert (usual.median == 40) == bool(raised)


def test_62_a_partition_that_lags_holds_back_and_nothing_is_lost() -> None:
    decider = Decider(FEW, partitions=4)
    for partition in range(4):
        decider.begin(0, partition)
    for minute in range(1, 11):
        for partition in range(3):
            decider.report(minute, minute, 200, partition, wall=minute)
        # a partition that lags has told nothing of it
        told = decider.commit()
        assert told == ([("blind", 1, None, None)] if minute == 6 else [])
        decider.restart(FEW)
    for minute, count in [(1, 0), (2, -150), (3, 0)]:
        decider.report(minute, minute, count, 3, wall=11)
    assert decider.commit() == [("raised", 2, 450, 500), ("cleared", 3, 600, 500)]
    decider.report(4, 10, 0, 3, wall=11)
    for partition in range(4):
        decider.report(11, 11, 0, partition, wall=11)
    assert decider.commit() == [("raised", 11, 0, 500)]


def test_62_who_holds_back_is_told() -> None:
    decider = Decider(FEW, partitions=4)
    for minute in (0, 7):
        decider.report(minute, minute, 9, 2, wall=minute)
        decider.report(minute, minute, 9, 0, wall=minute)
    (told,) = decider.watch.outcomes
    assert (told.name, told.partitions) == (None, [1, 3])


def test_partitions_that_come_one_after_the_other_are_not_blind() -> None:
    decider = Decider(FEW, partitions=2)
    for minute in range(20):
        for partition in range(2):
            decider.report(minute, minute, 900, partition, wall=minute)
    assert decider.commit() == []


def test_a_repeat_counts_once() -> None:
    decider = Decider(FEW, partitions=2)
    for _ in range(2):
        decider.report(0, 2, 300, 0)
    decider.report(1, 3, 100, 0)  # of what was heard of it, nothing else is believed
    decider.report(0, 3, 300, 1)
    assert decider.commit() == [("raised", 3, 400, 500)]


def test_a_minute_of_which_a_partition_has_not_told_decides_nothing() -> None:
    decider = Decider(FEW, partitions=2)
    decider.report(0, 5, 300, 0)
    decider.report(0, 1, 300, 1)
    decider.report(4, 5, 300, 1)  # it ran without alerts for two minutes
    assert decider.commit() == []
    assert decider.watch._reports.progress.decided == START + 5 * MINUTE


def test_an_alert_that_goes_while_it_is_raised_is_cleared() -> None:
    decider = Decider(FEW)
    decider.report(0, 3, 10)
    assert [one[0] for one in decider.commit()] == ["raised"]
    decider.restart()
    (told,) = decider.watch.outcomes
    assert (told.type, told.name, told.segment, told.at, told.value) == (
        "alert.cleared", "few", "s", START + 3 * MINUTE, None,
    )  # fmt: skip
    _, value, headers = encode_alert(told, b"/streamseg/x")
    assert dict(headers)["ce_id"] == msgspec.json.decode(value)["id"].encode() + b"-gone"
    decider.commit()
    assert {key[:2] for key in decider.log} == {b"ap", b"ar"}


def test_a_rollback_forgets_what_was_decided() -> None:
    decider = Decider(FEW)
    decider.report(0, 3, 900)
    decider.commit()
    decider.report(4, 4, 10)
    assert decider.watch.outcomes
    decider.watch.take()
    decider.watch.rollback()
    decider.watch.begin()
    decider.report(4, 4, 10)
    assert [one[:2] for one in decider.commit()] == [("raised", 4)]


def test_what_is_remembered_of_sizes_and_hours_is_bounded() -> None:
    fell = Alert("fell", "s", "drop", Decimal(20), 3 * HOUR, 0, Decimal(0))
    decider = Decider(fell, surge())
    for day in range(80):
        decider.report(day * 1440 + 1, day * 1440 + 1440, 10 * day)
        decider.commit()
    kinds = [key[:2] for key in decider.log]
    assert kinds.count(b"as") <= 5
    assert kinds.count(b"ah") == 168
    assert max(len(value) for value in decider.log.values()) < 300


ALERTED = """
version: 1
value: {alerts: {few: {segment: s, members: {lt: 5}, for: 0s}}}
segments: [{name: s, when: {did: searched}}]
"""


def partition(rules: str, number: int = 0, partitions: int = 2) -> Partition:
    made = Partition(parse_rules(rules), slice_size=100)
    made.live_in(Home(), number, partitions)
    return made


def test_62_a_worker_tells_that_another_partition_is_missing() -> None:
    first = partition(ALERTED)
    first.ready()
    for minute in range(8):
        now = START + minute * MINUTE
        first.advance(now + 1, now + 1)
    told = [one for one in first.take().outcomes if isinstance(one, AlertNews)]
    assert [(one.type, one.partitions) for one in told] == [("alert.blind", [1])]


def test_a_partition_that_nothing_ever_came_to_reports_when_time_comes_to_it() -> None:
    second = partition(ALERTED, 1)
    second.ready()
    assert second.due is not None
    assert second.due <= START
    second.advance(START + 1, START + 1)
    (mail,) = second.take().outcomes
    assert (mail.body.first, mail.body.last) == (0, START)
    assert second.due == START + MINUTE + 1


def test_without_alerts_time_has_no_minutes_and_what_was_remembered_of_them_goes() -> None:
    first = partition(ALERTED, partitions=1)
    first.ready()
    first.advance(START + 1, None)
    first.advance(START + MINUTE + 1, None)
    remembered = [(key, value) for key, value in first.take().changes if key[:1] == b"a"]
    assert remembered
    later = partition("version: 1\nsegments: [{name: s, when: {did: searched}}]", partitions=1)
    for key, value in remembered:
        later.load(key, value)
    later.ready()
    assert later.due is None
    gone = {key for key, value in later.take().changes if value is None}
    assert gone == {key for key, _ in remembered}
