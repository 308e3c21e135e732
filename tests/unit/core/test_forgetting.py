"""When `privacy.forget_after` comes into a rule file, and when it is taken out or altered."""

from __future__ import annotations

from typing import Any

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules import parse_rules

HOUR = 3_600_000
DAY = 24 * HOUR
ORDERS = "segments: [{name: twice, when: {did: order_placed, at_least: 2}, trigger: {}}]"
SILENT = "segments: [{name: silent, use: inactivity, with: {after: 10d}}]"


def rules(segments: str, after: str | None) -> RuleSet:
    privacy = "" if after is None else f"privacy: {{forget_after: {after}}}\n"
    return parse_rules(f"version: 1\n{privacy}{segments}\n")


class Run:
    """A partition and its changelog, under one rule set after the other."""

    def __init__(self, first: RuleSet, lateness: int = 0) -> None:
        self.lateness = lateness
        self.log: dict[bytes, bytes] = {}
        self.under(first)

    def under(self, now: RuleSet) -> None:
        self.partition = Partition(now, self.lateness, slice_size=1)
        for key, value in self.log.items():
            self.partition.load(key, value)
        self.partition.ready()

    def to(self, instant: int) -> set[str]:
        """Who is remembered at an instant."""
        while not self.partition.advance(instant, None, 1):
            self.commit()
        self.commit()
        return {key[1:].decode() for key in self.log if key[:1] == b"c"}

    def tell(self, kind: str, contact: str, time: int, **data: object) -> None:
        self.partition.apply(Event(kind, contact, time, data), None)
        self.commit()

    def commit(self) -> list[Any]:
        batch = self.partition.take()
        for key, value in batch.changes:
            if value is None:
                self.log.pop(key, None)
            else:
                self.log[key] = value
        self.partition.install()
        return batch.outcomes


def test_of_who_was_known_before_the_time_begins_with_the_rule() -> None:
    run = Run(rules(ORDERS, None))
    run.tell("order_placed", "k", 0, order="o")
    run.to(10 * HOUR)
    run.under(rules(ORDERS, "1d"))
    run.to(10 * HOUR)  # all are brought to the rules
    assert run.to(34 * HOUR - 1) == {"k"}
    assert run.to(34 * HOUR) == set()


def test_what_a_rule_has_remembered_already_counts() -> None:
    run = Run(rules(SILENT, None))
    run.tell("page_viewed", "k", 0)
    run.tell("page_viewed", "l", 20 * HOUR)
    run.under(rules(SILENT, "1d"))
    assert run.to(25 * HOUR) == {"l"}
    assert run.to(45 * HOUR) == set()


def test_a_longer_time_keeps_and_a_shorter_one_forgets() -> None:
    run = Run(rules(SILENT, "2d"))
    run.tell("page_viewed", "k", 0)
    run.under(rules(SILENT, "5d"))
    assert run.to(3 * DAY) == {"k"}
    run.under(rules(SILENT, "1d"))
    assert run.to(3 * DAY) == set()


def test_without_it_nobody_is_forgotten() -> None:
    run = Run(rules(SILENT, "2d"))
    run.tell("page_viewed", "k", 0)
    run.under(rules(SILENT, None))
    assert run.to(9 * DAY) == {"k"}


def test_what_is_no_activity_does_not_put_it_off() -> None:
    run = Run(rules(SILENT, "1d"), lateness=2 * HOUR)
    run.tell("page_viewed", "k", 0)
    run.tell("contact_updated", "k", 25 * HOUR, country="PL")  # it may still be late for a view
    assert run.to(26 * HOUR - 1) == {"k"}
    run.under(rules(SILENT, "1d"))
    assert run.to(26 * HOUR) == set()
