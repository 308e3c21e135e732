"""Policies in a worker that is away at times: what the wall clock may change, and what it may not.

event    a        b  c     d                      a worker that is up applies what comes at
wall     a        ── away ──b c d, ticks          once, and ticks whenever something is due
"""

import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event, ProductEvent
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.core.policies.telling import LATE_MS
from streamseg.core.products.catalog import Catalog
from streamseg.core.values.timestamps import parse_duration, parse_time
from streamseg.formats.outbound import encode_value
from streamseg.replay.reading import read_lines
from streamseg.rules import parse_rules

from . import policy_files
from .driver import Case, replay, rules_yaml
from .scale import examples
from .test_policies import remembered

Record = dict[str, Any]
DAY_MS = 86_400_000
MINUTE_MS = 60_000
NEVER_STALE_MS = 10**15


def records_of(case: Case) -> Iterator[Event | ProductChange]:
    """The events as a partition gets them."""
    catalog = Catalog()
    text = b"\n".join(json.dumps(event).encode() for event in case.events)
    for line in read_lines(io.BytesIO(text), "events", ""):
        if isinstance(line.event, ProductEvent):
            catalog.apply(line.event, None)
            yield from (one for one in catalog.take().outcomes if isinstance(one, ProductChange))
        elif line.event is not None:
            yield line.event


class Worker:
    """One partition and the wall clock. ``told`` has all that it told, each with the wall clock."""

    def __init__(self, case: Case) -> None:
        self.lateness = parse_duration(case.lateness)
        self.told: list[tuple[int, Record]] = []
        self._rules = parse_rules(rules_yaml(case.rules))
        self._wall = 0
        self._log: dict[bytes, bytes] = {}
        self._partition = self._start()

    def _start(self) -> Partition:
        partition = Partition(self._rules, self.lateness, NEVER_STALE_MS)
        for key, value in self._log.items():
            partition.load(key, value)
        partition.ready()
        return partition

    def run(self, case: Case, away: Sequence[int]) -> None:
        """Apply all events, and tick until long after them. Before each it is away for some ms."""
        for number, record in enumerate(records_of(case)):
            came = max(self._wall, record.time, record.reaches)
            absence = away[number % len(away)]
            if absence:
                self._partition = self._start()
            else:
                self._tick(came)
            self._wall = came + absence
            self._partition.apply(record, self._wall)
            self._commit()
        self._tick(max(self._wall, case.until) + 3 * DAY_MS)

    def _tick(self, until: int) -> None:
        """Advance to each instant at which something is due, as the wall clock comes to it."""
        while (due := self._partition.due) is not None and due < until:
            self._wall = max(self._wall, due)
            self._partition.advance(self._wall, self._wall)
            self._commit()

    def _commit(self) -> None:
        batch = self._partition.take()
        for key, value in batch.changes:
            if value is None:
                self._log.pop(key, None)
            else:
                self._log[key] = value
        self._partition.install()
        found = [json.loads(encode_value(outcome)) for outcome in batch.outcomes]
        self.told += [(self._wall, one) for one in found if one["type"].startswith("trigger.")]


def live(case: Case, away: Sequence[int]) -> Worker:
    worker = Worker(case)
    worker.run(case, away)
    return worker


def whenever(told: list[Record]) -> list[str]:
    lines = [{name: one[name] for name in one if name != "emitted_at"} for one in told]
    return sorted(json.dumps(one, sort_keys=True) for one in lines)


in_order = policy_files.in_order().map(remembered)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(in_order)
def test_a_worker_that_is_never_away_tells_what_a_replay_does(case: Case) -> None:
    told = [one for _, one in live(case, [0]).told]
    replayed = replay(replace(case, until=case.until + 3 * DAY_MS))
    assert whenever(told) == whenever([*replayed.triggers, *replayed.decisions])


absences = st.lists(
    st.sampled_from([0, 0, 0, MINUTE_MS, 4 * MINUTE_MS, 9 * MINUTE_MS, 30 * MINUTE_MS]),
    min_size=1,
    max_size=6,
)


def millis(one: Record, name: str) -> int:
    return parse_time(one[name])


def policy_of(case: Case, segment: str, name: str, default: Any) -> Any:
    (own,) = [one for one in case.rules["segments"] if one["name"] == segment]
    return own.get("policy", {}).get(name, case.rules["policies"].get(name, default))


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(st.one_of(in_order, policy_files.in_disorder().map(remembered)), absences)
def test_a_worker_that_was_away_tells_each_once_and_nothing_late(
    case: Case, away: list[int]
) -> None:
    worker = live(case, away)
    fired: Counter[tuple[str, str]] = Counter()
    deferred, ended = set(), set()
    for wall, one in worker.told:
        entry = one["id"], one["entered_at"]
        if one["type"] == "trigger.deferred":
            deferred.add(entry)
        elif one["type"] == "trigger.suppressed":
            ended.add(entry)
            if one["reason"] == "expired":
                expires = parse_duration(policy_of(case, one["segment"], "expires", "24h"))
                assert wall >= millis(one, "entered_at") + expires, one
        elif one["type"] == "trigger.fired":
            fired[entry] += 1
            if has_gates(case, one["segment"]):
                assert wall - millis(one, "released_at") <= LATE_MS + worker.lateness, one
    assert [entry for entry, count in fired.items() if count > 1] == []
    assert deferred <= ended | set(fired)


def has_gates(case: Case, segment: str) -> bool:
    asked = ("quiet", "caps", "snooze", "send_at", "paused")
    given = [policy_of(case, segment, name, "none") for name in asked]
    return any(one not in ("none", False, True) for one in given)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(in_order, absences)
def test_no_outage_fills_a_cap_twice(case: Case, away: list[int]) -> None:
    caps = case.rules["policies"].get("caps", {})
    windows = {
        name: (cap["max"], parse_duration(cap["within"]))
        for name, cap in caps.items()
        if "within" in cap and "fired" in cap.get("count", ["fired"]) and type(cap["max"]) is int
    }
    fired = [one for _, one in live(case, away).told if one["type"] == "trigger.fired"]
    for name, (most, within) in windows.items():
        for contact in ("a", "b"):
            released = [
                millis(one, "released_at")
                for one in fired
                if one["contact"] == contact
                and name in (policy_of(case, one["segment"], "caps", {}) or {})
            ]
            for at in released:
                assert sum(at - within < other <= at for other in released) <= most, (name, at)
