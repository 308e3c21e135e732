"""Several partitions of products are worked off in the order of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from streamseg.core.task import Task
from streamseg.core.values.timestamps import format_time
from streamseg.observe.stats import WorkerStats
from streamseg.settings import Settings
from streamseg.stream.catalog_task import AWAITED_MS, CatalogTask, step_catalogs
from streamseg.stream.offsets import Reached
from streamseg.stream.topic_names import TopicNames

FOR_EVER = float("inf")
WALL = 10**12


@dataclass
class Record:
    offset: int
    value: bytes
    key: bytes = b"p"
    timestamp: int = -1


@dataclass
class Core:
    """Notes the times of what it gets."""

    got: list[int] = field(default_factory=list)

    def apply(self, record: Any, wall: int) -> None:
        self.got.append(record.time)

    def rollback(self) -> None:
        self.got.clear()


def task(core: Core, index: int, times: list[int], end: int | None = None) -> CatalogTask:
    """A task that has buffered records of these times, of as many as ``end`` says."""
    made = CatalogTask(cast("Task", core), index, TopicNames.of(Settings()), WorkerStats())
    made.begin(Reached({"products": 0}))
    feed(made, times, end)
    return made


def feed(made: CatalogTask, times: list[int], end: int | None = None) -> None:
    """Buffer records from the first offset on."""
    made.products.observe(len(times), len(times) if end is None else end, WALL)
    document = {"type": "stock_changed", "product": "p", "data": {"quantity": 1}}
    made.products.extend(
        [
            Record(offset, msgspec.json.encode({**document, "time": format_time(time)}))
            for offset, time in enumerate(times)
        ]
    )


def test_they_are_joined_in_the_order_of_time() -> None:
    core = Core()
    tasks = [task(core, 0, [1, 4, 6]), task(core, 1, [2, 3, 7]), task(core, 2, [])]
    assert step_catalogs(tasks, 4, WALL, FOR_EVER) == 4
    assert step_catalogs(tasks, 100, WALL, FOR_EVER) == 2
    assert core.got == [1, 2, 3, 4, 6, 7]


def test_none_goes_ahead_of_what_another_partition_is_still_to_bring() -> None:
    core = Core()
    tasks = [task(core, 0, [1, 4]), task(core, 1, [2], end=2)]
    assert step_catalogs(tasks, 100, WALL, FOR_EVER) == 2
    assert core.got == [1, 2]


def test_a_partition_that_does_not_answer_holds_up_no_others_for_long() -> None:
    core = Core()
    tasks = [task(core, 0, [1, 4]), task(core, 1, [2], end=2)]
    assert step_catalogs(tasks, 100, WALL + AWAITED_MS, FOR_EVER) == 3
    assert core.got == [1, 2, 4]


def test_after_an_abort_all_is_applied_again() -> None:
    core = Core()
    one = task(core, 0, [1, 2, 3])
    one.step(1, WALL, FOR_EVER)
    assert one.head_time() == 2
    one.rolled_back()
    feed(one, [1, 2, 3])
    one.step(1000, WALL, FOR_EVER)
    assert core.got == [1, 2, 3]
