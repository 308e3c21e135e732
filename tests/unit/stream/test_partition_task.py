"""Of what is buffered the older record is applied first, however the work is cut."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
import pytest

from streamseg.core.errors import Refused
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.task import Task
from streamseg.core.values.timestamps import format_time
from streamseg.formats.signals import encode_change
from streamseg.observe.stats import WorkerStats
from streamseg.settings import Settings
from streamseg.stream.errors import EngineError, PoisonError
from streamseg.stream.offsets import Reached
from streamseg.stream.partition_task import PartitionTask
from streamseg.stream.tasks import SLICE
from streamseg.stream.topic_names import TopicNames

FOR_EVER = float("inf")
WALL = 10**12


@dataclass
class Record:
    offset: int
    value: bytes
    key: bytes = b"c"
    timestamp: int = -1


@dataclass
class Core:
    """Notes the times of what it gets."""

    due: int | None = None
    now: int = 0
    got: list[tuple[int, str]] = field(default_factory=list)
    committed: int = 0  # of what it got

    def apply(self, record: Any, wall: int) -> None:
        self.got.append((record.time, type(record).__name__))

    def install(self) -> None:
        self.committed = len(self.got)

    def rollback(self) -> None:
        del self.got[self.committed :]


def task(events: list[int], signals: list[int]) -> tuple[PartitionTask, list[tuple[int, str]]]:
    """A task that has buffered records of these times, all there are."""
    core = Core()
    made = task_of(core)
    feed(made, events, signals)
    return made, core.got


def task_of(core: Core) -> PartitionTask:
    made = PartitionTask(cast("Task", core), 0, TopicNames.of(Settings()), WorkerStats())
    made.begin(Reached({"events": 0, "signals": 0}))
    return made


def feed(made: PartitionTask, events: list[int], signals: list[int]) -> None:
    """Buffer all there is from the last commit on."""
    for source, count in ((made.events, len(events)), (made.signals, len(signals))):
        source.observe(count, count, 1)
    made.events.extend(
        [
            Record(
                offset,
                msgspec.json.encode({"type": "x", "contact": "c", "time": format_time(time)}),
            )
            for offset, time in enumerate(events)
        ][made.events.committed :]
    )
    made.signals.extend(
        [
            Record(offset, encode_change(ProductChange("p", time)))
            for offset, time in enumerate(signals)
        ][made.signals.committed :]
    )


@pytest.mark.parametrize("limit", [1, 2, 5, 1000])
@pytest.mark.parametrize("deadline", [0.0, FOR_EVER])
def test_all_is_applied_in_the_order_of_time(limit: int, deadline: float) -> None:
    rng = random.Random(limit)
    events = sorted(rng.randrange(1000) for _ in range(100))
    signals = [rng.randrange(1000) for _ in range(50)]
    joined, got = task(events, signals)
    applied = 0
    while count := joined.step(limit, WALL, deadline):
        assert count <= limit
        applied += count
    expected = [(time, "Event") for time in events]
    expected += [(time, "ProductChange") for time in signals]
    assert got == sorted(expected, key=lambda one: (one[0], one[1] == "Event"))
    assert applied == 150
    assert joined.reached() == Reached({"events": 100, "signals": 50})


def test_the_clock_is_looked_at_after_every_signal() -> None:
    joined, got = task([], [1, 2, 3])
    assert joined.step(1000, WALL, 0.0) == 1
    assert got == [(1, "ProductChange")]


def test_a_signal_waits_for_older_events_that_are_still_to_be_read() -> None:
    joined, got = task([10], [20])
    joined.events.observe(1, 2, 1)
    assert joined.step(1000, WALL, FOR_EVER) == 1
    assert got == [(10, "Event")]


def test_events_wait_for_older_signals_that_are_still_to_be_read() -> None:
    joined, got = task([10], [])
    joined.signals.observe(0, 1, 1)
    assert joined.step(1000, WALL, FOR_EVER) == 0
    assert got == []


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_aborted_all_is_applied_once(seed: int) -> None:
    rng = random.Random(seed)
    events = sorted(rng.randrange(1000) for _ in range(60))
    signals = [rng.randrange(1000) for _ in range(40)]
    joined, got = task(events, signals)
    while joined.events.committed < 60 or joined.signals.committed < 40:
        joined.step(rng.randint(0, 9), WALL, FOR_EVER)
        if rng.random() < 0.5:
            joined.installed()
        elif rng.random() < 0.3:
            joined.rolled_back()
            feed(joined, events, signals)
    expected = [(time, "Event") for time in events]
    expected += [(time, "ProductChange") for time in signals]
    assert got == sorted(expected, key=lambda one: (one[0], one[1] == "Event"))


def test_a_parked_record_is_a_letter_and_is_not_applied() -> None:
    joined, got = task([1, 3, 5], [2, 4])
    joined.rolled_back()
    for source, offset in ((joined.events, 1), (joined.signals, 0)):
        source.parked[offset] = Refused("engine_error", "a bug")
    feed(joined, [1, 3, 5], [2, 4])
    while joined.step(1000, WALL, FOR_EVER):
        pass
    assert [time for time, _ in got] == [1, 4, 5]
    assert sorted(letter.record.offset for letter in joined.letters) == [0, 1]
    joined.installed()
    assert not joined.events.parked
    assert not joined.signals.parked


def test_of_several_records_the_one_that_cannot_be_written_is_found() -> None:
    joined, got = task([1, 2, 3, 4, 5, 6, 7, 8, 9], [])
    found: Exception | None = None
    while joined.step(1000, WALL, FOR_EVER):
        if 7 not in [time for time, _ in got[joined.events.committed :]]:
            joined.installed()
            continue
        found = joined.blame(ValueError("a bug"))
        if isinstance(found, PoisonError):
            break
        joined.rolled_back()
        feed(joined, [1, 2, 3, 4, 5, 6, 7, 8, 9], [])
    assert isinstance(found, PoisonError)
    assert (found.tp.topic, found.tp.partition, found.offset) == ("streamseg.events", 0, 6)


def test_a_failure_on_what_time_changes_is_no_record_s_fault() -> None:
    joined, _ = task([], [])
    found = joined.blame(ValueError("a bug"))
    assert isinstance(found, EngineError)
    assert "streamseg.events-0" in str(found)


@dataclass
class Counting(Core):
    """A core that counts its contacts, a slice at a time, and says so: it is due all the while.

    No record of ``boundary`` or later may come before it has counted them all.
    """

    due: int | None = 0
    boundary: int = 500
    slices: int = 4
    asked: list[tuple[int, int]] = field(default_factory=list)

    def must_wait(self, instant: int) -> bool:
        return self.slices > 0 and instant >= self.boundary

    def advance(self, now: int, wall: int, limit: int) -> bool:
        self.asked.append((now, limit))
        self.slices -= 1
        self.due = None if not self.slices else self.now
        return not self.slices


@pytest.mark.parametrize("late", ["Event", "ProductChange"])
def test_a_record_waits_for_a_census_that_has_to_end_before_it(late: str) -> None:
    """A record of before need not wait, and none overtakes the one that does."""
    times = {"Event": [100, 700], "ProductChange": [200, 650]}
    times[late].insert(1, 600)
    core = Counting()
    made = task_of(core)
    feed(made, times["Event"], times["ProductChange"])
    done = [made.step(1000, WALL, FOR_EVER) for _ in range(4)]
    assert done == [2, 0, 3, 0]  # two slices in the first, as it got on; then one each
    assert core.asked == [(600, SLICE)] * 4
    assert core.got == [
        *[(100, "Event"), (200, "ProductChange"), (600, late)],
        *[(650, "ProductChange"), (700, "Event")],
    ]


def test_a_record_does_not_wait_for_a_pass_that_is_due_all_the_while() -> None:
    core = Counting(boundary=1000)
    made = task_of(core)
    feed(made, [100, 600], [200])
    assert made.step(1000, WALL, FOR_EVER) == 3
    assert core.asked == []
