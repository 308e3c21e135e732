"""What partitions tell of their counts: absolute, at most once a minute, and lost with nothing."""

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from streamseg.core.counting.figures import CountRecord
from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.formats.counts import encode_count
from streamseg.kpis.summing import summed
from streamseg.rules import parse_rules
from streamseg.topics.catalogue import load_schema

START = 1_795_255_200_000  # 2026-11-21T10:00Z
MINUTE = 60_000
RULES = """
version: 1
value: {zone: Europe/Kyiv, kpis: {retention: month}}
segments:
  - {name: seen, on: product_viewed}
  - {name: s, when: {did: searched, within: 1h}}
"""


class Worker:
    """A partition that publishes, with its changelog and what it has told by key."""

    def __init__(self, rules: str = RULES) -> None:
        self.log: dict[bytes, bytes] = {}
        self.told: dict[bytes, bytes | None] = {}
        self.start(rules)

    def start(self, rules: str = RULES) -> None:
        self.partition = Partition(parse_rules(rules), slice_size=100, publishes=True)
        for key, value in self.log.items():
            self.partition.load(key, value)
        self.partition.ready()

    def apply(self, minute: int, kind: str, contact: str = "c1", **data: Any) -> None:
        time = START + minute * MINUTE
        self.partition.apply(Event(kind, contact, time, data, arrival=time), time)

    def tick(self, minute: int) -> None:
        self.partition.advance(START + minute * MINUTE, START + minute * MINUTE)

    def commit(self) -> list[str]:
        """The keys that are told."""
        batch = self.partition.take()
        for key, value in batch.changes:
            if value is None:
                self.log.pop(key, None)
            else:
                self.log[key] = value
        self.partition.install()
        records = [one for one in batch.outcomes if isinstance(one, CountRecord)]
        told = dict(encode_count(one, 3) for one in records)
        self.told |= told
        return sorted(key.decode() for key in told)

    def value(self, key: str) -> dict[str, Any]:
        value = self.told[key.encode()]
        assert value is not None
        decoded: dict[str, Any] = json.loads(value)
        return decoded


def test_sizes_and_days_are_told_when_they_changed() -> None:
    worker = Worker()
    worker.apply(0, "searched", query="a")
    worker.apply(1, "product_viewed", product="p1")
    worker.apply(2, "order_placed", order="o1", total=80)
    assert worker.commit() == ["/3/2026-11", "s/3", "s/3/2026-11-21", "seen/3/2026-11-21"]
    assert worker.value("s/3")["members"] == 1
    (figures,) = worker.value("seen/3/2026-11-21")["variants"]
    assert (figures["exposures"], figures["converted"], figures["revenue"]) == (1, 1, "80")
    assert worker.value("/3/2026-11")["contacts"] == {"0": 1}
    for value in worker.told.values():
        assert value is not None
        Draft202012Validator(load_schema("stats.schema.json")).validate(msgspec.json.decode(value))


def test_each_is_told_at_most_once_a_minute_and_then_without_an_event() -> None:
    worker = Worker()
    worker.apply(0, "searched", query="a")
    assert worker.commit()
    worker.apply(0, "searched", "c2", query="a")
    assert worker.commit() == []
    assert worker.partition.due == START + MINUTE
    worker.tick(1)
    assert worker.commit() == ["s/3", "s/3/2026-11-21"]
    assert worker.value("s/3")["members"] == 2
    due = worker.partition.due
    assert due is not None
    assert due > START + MINUTE  # when the searches are an hour old


def test_what_a_worker_had_still_to_tell_the_next_one_tells() -> None:
    worker = Worker()
    worker.apply(0, "searched", query="a")
    worker.commit()
    worker.apply(0, "searched", "c2", query="a")
    worker.commit()
    worker.start()
    worker.tick(1)
    assert worker.commit() == ["s/3", "s/3/2026-11-21"]
    assert worker.value("s/3")["members"] == 2


def test_of_an_aborted_batch_nothing_is_told() -> None:
    worker = Worker()
    worker.commit()
    worker.apply(2, "searched", query="a")
    worker.partition.take()
    worker.partition.rollback()
    worker.tick(3)
    assert worker.commit() == []


def test_a_segment_that_is_gone_is_told_as_gone() -> None:
    worker = Worker()
    worker.apply(0, "searched", query="a")
    worker.commit()
    worker.start(RULES.replace("  - {name: s, when: {did: searched, within: 1h}}\n", ""))
    worker.tick(5)
    worker.commit()
    assert worker.told[b"s/3"] is None


@pytest.mark.parametrize("rules", [RULES.replace("value: ", "# "), RULES])
def test_a_change_of_what_is_counted_leaves_no_record_behind(rules: str) -> None:
    worker = Worker()
    worker.apply(0, "searched", query="a")
    worker.commit()
    worker.start(rules)
    worker.tick(5)
    worker.commit()
    assert any(key[:1] == b"m" for key in worker.log) is (rules == RULES)


def test_readers_add_up_partitions_and_a_repeat_counts_once() -> None:
    worker = Worker()
    worker.apply(0, "searched", query="a")
    worker.apply(1, "product_viewed", product="p1")
    worker.commit()
    values = [value for value in worker.told.values() if value is not None]
    summary = summed([*values, *values])  # of two partitions
    assert summary.segment("s").size["members"] == 2
    assert summary.segment("seen").of_days(["2026-11-21"])["exposures"] == 2


def test_a_segment_that_nobody_stays_in_says_how_long_its_exposures_are_open() -> None:
    worker = Worker()
    worker.apply(1, "product_viewed", product="p1")
    worker.commit()
    assert worker.value("seen/3/2026-11-21")["zone"] == "Europe/Kyiv"
    seen = summed([worker.told[b"seen/3/2026-11-21"] or b""]).segment("seen")
    assert (seen.within, seen.zone) == (7 * 86_400_000, "Europe/Kyiv")


def test_how_long_exposures_are_open_is_what_was_told_last() -> None:
    worker = Worker()
    worker.apply(1, "searched", query="a")
    worker.commit()
    worker.start(RULES.replace("retention: month", "retention: month, within: 3d"))
    worker.apply(1440, "searched", query="a")
    worker.commit()
    values = [value for value in worker.told.values() if value is not None]
    for order in (values, values[::-1]):
        assert summed(order).segment("s").within == 3 * 86_400_000


SUMMED = """
version: 1
value:
  model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614, p: 6.25, q: 3.74, v: 15.44}
  tables: {every: day, at: "12:00"}
  rfm:
    buyers: {}
  kpis: {clv: 365d, scores: true}
segments:
  - {name: buyers, when: {did: order_placed}}
  - {name: nobody, when: {did: quiz_done}}
"""


def test_what_was_summed_of_members_is_told_and_outlives_a_restart() -> None:
    worker = Worker(SUMMED)
    worker.apply(0, "order_placed", order="o1", total=40)
    worker.commit()
    worker.start(SUMMED)
    worker.tick(121)
    worker.commit()
    told = worker.value("buyers/3")
    schema = Draft202012Validator(load_schema("stats.schema.json"))
    schema.validate(told)
    (sums,) = told["census"].values()
    assert (sums["contacts"], sums["predicted"]) == (1, 1)
    assert sums["scores"]["rfm.buyers"] == {"recency": {"5": 1}, "frequency": {"1": 1}}
    assert worker.value("nobody/3")["census"] == {"2026-11-21T12:00:00.000Z": {"contacts": 0}}
    worker.start(SUMMED)
    worker.apply(150, "order_placed", contact="c2", order="o2", total=40)
    worker.commit()
    assert worker.value("buyers/3")["census"] == told["census"]
