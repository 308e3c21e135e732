"""The longest that one call keeps the worker's loop, with 100,000 contacts waiting for a product.

    python -m bench.slices [--contacts 100000]

What concerns all of them, a product's change or an hour that is over, is worked off by `advance` in
slices of as many contacts as a worker gives it. Meanwhile the product changes twice more, and one
of them does something. Then the index of who waits for what is built, as after a restore, of as
many contacts and of twice as many. No Kafka.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

from bench.figures import Report, Spread, arguments, ratios
from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules
from streamseg.stream.cycle import BUILD_SLICE
from streamseg.stream.gc_timing import collector_off
from streamseg.stream.tasks import SLICE

RULES = """
version: 1
segments: [{name: back, use: back_in_stock}, {name: quiet, use: inactivity, with: {after: 1h}}]
"""
HOUR_MS = 3_600_000
LATENESS_MS = 5_000
COMMIT_EVERY = 8  # slices
LONGEST_MS = 60.0
MOST_CONTACTS = 1_000_000
Log = dict[bytes, bytes]


class Clocked:
    """A partition whose calls are timed: ``wall`` and ``busy`` (of the processor), ms a call."""

    def __init__(self, log: Log) -> None:
        self.partition = Partition(parse_rules(RULES), LATENESS_MS, slice_size=SLICE)
        self.log = log
        for key, value in log.items():
            self.partition.load(key, value)
        self.partition.ready()
        self.wall: list[float] = []
        self.busy: list[float] = []

    def timed(self, call: Callable[[], Any]) -> Any:
        """What a call gives."""
        wall, busy = time.perf_counter(), time.process_time()
        given = call()
        self.wall.append(1000 * (time.perf_counter() - wall))
        self.busy.append(1000 * (time.process_time() - busy))
        return given

    def commit(self) -> int:
        """Write the changes to the changelog; how many outcomes there were."""
        batch = self.partition.take()
        self.partition.install()
        for key, value in batch.changes:
            if value is None:
                self.log.pop(key, None)
            else:
                self.log[key] = value
        return len(batch.outcomes)

    def change(self, at: int, revision: int, stock: int) -> None:
        """The product's stock changes."""
        change = ProductChange("hot", at, revision, stock=stock, stock_time=at)
        self.timed(lambda: self.partition.apply(change, None))

    def page_viewed(self, contact: str, at: int) -> None:
        """A contact does something."""
        event = Event("page_viewed", contact, at, {}, f"{contact}-{at}")
        self.timed(lambda: self.partition.apply(event, None))

    def work_off(self, now: int) -> int:
        """Advance to ``now`` in slices; how many outcomes there were."""
        told = count = 0
        while not self.timed(lambda: self.partition.advance(now, None, SLICE)):
            count += 1
            if count % COMMIT_EVERY == 0:
                told += self.commit()
        return told + self.commit()


def who_wait(contacts: int, products: int) -> Log:
    """A changelog of contacts of whom each saw one of so many products that were sold out."""
    clocked = Clocked({})
    for number in range(products):
        change = ProductChange(product(number), 0, 1, stock=0, stock_time=0)
        clocked.partition.apply(change, None)
    for number in range(contacts):
        data = {"product": product(number % products)}
        event = Event("product_viewed", f"c{number}", 1 + number, data, f"e{number}")
        clocked.partition.apply(event, None)
        if number % 2_000 == 0:
            clocked.commit()
    clocked.commit()
    return clocked.log


def product(number: int) -> str:
    """The name of a product; the first is the one that all wait for, where there is only one."""
    return "hot" if number == 0 else f"p{number}"


def course(log: Log, contacts: int) -> Clocked:
    """The product comes back, goes and comes again, while someone acts; then all fall quiet."""
    clocked = Clocked(dict(log))
    clocked.partition.build(None)
    now = contacts + 10
    clocked.change(now, 2, stock=5)
    clocked.timed(lambda: clocked.partition.advance(now, None, SLICE))
    clocked.change(now + 5, 3, stock=0)
    clocked.change(now + 9, 4, stock=9)
    clocked.page_viewed("c77", now + 20)
    told = clocked.work_off(now + 20 + LATENESS_MS)
    later = now + contacts + HOUR_MS
    clocked.page_viewed("late", later)
    clocked.change(later + 1, 5, stock=0)
    told += clocked.work_off(later + 1 + LATENESS_MS)
    assert told >= 2 * contacts, f"{told} outcomes: not all were told"
    return clocked


def index_us(log: Log, contacts: int) -> float:
    """The processor time that indexing takes, µs a contact."""
    partition = Clocked(log).partition
    start = time.process_time()
    while not partition.build(BUILD_SLICE):
        pass
    return 1e6 * (time.process_time() - start) / contacts


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    options = parser.parse_args()
    contacts = min(options.contacts, MOST_CONTACTS)
    report = Report("slices", options.json)
    waiting = who_wait(contacts, 1)
    one, two = (who_wait(times * contacts, 5_000) for times in (1, 2))
    wall: list[float] = []
    busy: list[float] = []
    once: list[float] = []
    twice: list[float] = []
    for _ in range(options.rounds):
        gc.collect()
        with collector_off():
            clocked = course(waiting, contacts)
            once.append(index_us(one, contacts))
            twice.append(index_us(two, 2 * contacts))
        wall.append(max(clocked.wall))
        busy.append(max(clocked.busy))
        report.note(
            f"{len(clocked.wall):,} calls; the longest {wall[-1]:.1f} ms, {busy[-1]:.1f} busy"
        )
    report.put("contacts", contacts, form=",d")
    report.put("the longest call, ms", Spread.of(wall), form=",.1f")
    report.put("the longest call, ms of the processor", Spread.of(busy), form=",.1f")
    report.put("indexing, µs a contact", Spread.of(once))
    report.put("indexing twice as many : as many, a contact", ratios(twice, once))
    report.judge("the longest call, ms", Spread.of(wall).min, at_most=LONGEST_MS)
    report.judge("indexing twice as many : as many", ratios(twice, once).median, at_most=1.3)
    report.write()


if __name__ == "__main__":
    main()
