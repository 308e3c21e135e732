"""No call of a worker's engine takes more contacts than a slice, however many wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.core.task import Task
from streamseg.settings import Settings
from streamseg.stream.app import engine_of
from streamseg.stream.tasks import SLICE

RULES = """
version: 1
segments:
  - {name: back, use: back_in_stock}
  - {name: quiet, use: inactivity, with: {after: 1h}}
"""
WAITING = 3 * SLICE
HOUR = 3_600_000


def stock(version: int, time: int, stock: int) -> ProductChange:
    return ProductChange("p", time, version, stock=stock, stock_time=time)


def commit(task: Task) -> None:
    task.take()
    task.install()


@pytest.fixture
def partition(tmp_path: Path) -> Partition:
    """One in which many wait for a product that is out of stock."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    made = engine_of(Settings(rules=rules, batch_max_contacts=2_000)).partition(0, 1)
    assert isinstance(made, Partition)
    made.ready()
    made.apply(stock(1, 0, 0), None)
    for number in range(WAITING):
        view = Event("product_viewed", f"c{number}", number, {"product": "p"}, f"e{number}")
        made.apply(view, None)
    commit(made)
    return made


@pytest.mark.parametrize(
    "call",
    [
        lambda one: one.apply(stock(2, HOUR, 5), None),
        lambda one: one.apply(Event("page_viewed", "zoe", 3 * HOUR, {}, "z"), None),
        lambda one: one.apply(stock(2, 3 * HOUR, 5), None),
    ],
    ids=["a change", "an event when all are due", "a change when all are due"],
)
def test_no_call_takes_more_than_a_slice(
    partition: Partition, call: Callable[[Partition], None]
) -> None:
    call(partition)
    touched = [key for key, _ in partition.take().changes if key.startswith(b"c")]
    assert len(touched) <= SLICE + 1
