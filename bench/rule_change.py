"""A rule change under a million contacts: how long events wait, and the memory that it takes.

    python -m bench.rule_change [--contacts 1000000]

One partition loads the changelog of `bench.memory`, written under the core three, and comes up with
other rules: one segment is edited, one is new, one is gone. The pass that brings the contacts to
them goes on in slices of as many contacts as a worker gives it, with a commit after every eighth.
An event comes after each slice; its time is that of the slice, of its own, and of a commit if
there is one: it cannot wait longer. The memory is that of a process of its own. No Kafka.
"""

from __future__ import annotations

import gc
import multiprocessing
import random
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.contacts import NOW_MS, changelog
from bench.figures import Report, Spread, arguments, percentile
from bench.memory import MOST_CONTACTS, WEEK_MS, read, write
from bench.rules import CORE_THREE
from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules
from streamseg.stream.gc_timing import collector_off, tune_collector
from streamseg.stream.tasks import SLICE

OTHER_RULES = """
version: 1
segments:
  - {name: back_in_stock, use: back_in_stock}
  - {name: gone_quiet, use: inactivity, with: {after: [21d, 60d, 90d]}}
  - {name: many_views, when: {did: product_viewed, at_least: 3, within: 7d}, membership: true}
"""
LATENESS_MS = 5_000
COMMIT_EVERY = 8  # slices
LONGEST_P99_MS = 100.0
MOST_MEMORY = 1.2


class Passed(NamedTuple):
    """What a pass took: ms that each event waited, and resident bytes before it and at most."""

    waits: list[float]
    before: int
    most: int


def bring(path: Path) -> Passed:
    """Load a changelog under other rules, and bring all its contacts to them."""
    process = psutil.Process()
    rules = parse_rules(OTHER_RULES)
    gc.collect()
    bare = process.memory_info().rss
    partition = Partition(rules, LATENESS_MS, slice_size=SLICE)
    with collector_off():
        with path.open("rb") as file:
            for key, value in read(file):
                partition.load(key, value)
        partition.ready()
        partition.build(None)
    loaded = process.memory_info().rss
    tune_collector()  # as a worker does
    waits, most = _work_off(partition, process)
    return Passed(waits, loaded - bare, most - bare)


def _work_off(partition: Partition, process: psutil.Process) -> tuple[list[float], int]:
    """Work a pass off with an event after each slice: ms that each waited, and resident bytes."""
    rng = random.Random(3)
    contacts = partition.contacts
    waits: list[float] = []
    most, is_over = 0, False
    while not is_over:
        start = time.perf_counter()
        now = NOW_MS + len(waits)
        is_over = partition.advance(now, None, SLICE)
        contact, name = f"c-{rng.randrange(contacts)}", f"during-{len(waits)}"
        partition.apply(Event("session_started", contact, now, {}, name, name), None)
        if is_over or len(waits) % COMMIT_EVERY == 0:
            partition.take()
            partition.install()
        waits.append(1000 * (time.perf_counter() - start))
        most = max(most, process.memory_info().rss)
    return waits, most


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    options = parser.parse_args()
    report = Report("rule_change", options.json)
    p99s: list[float] = []
    longest: list[float] = []
    growth: list[float] = []
    with tempfile.TemporaryDirectory(prefix="streamseg-bench-") as folder:
        path = Path(folder) / "changelog"
        write(path, changelog(CORE_THREE, min(options.contacts, MOST_CONTACTS), 0, 1, WEEK_MS))
        for _ in range(options.rounds):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                passed = pool.apply(bring, (path,))
            p99s.append(percentile(passed.waits, 0.99))
            longest.append(max(passed.waits))
            growth.append(passed.most / passed.before)
            report.note(f"{len(passed.waits):,} slices; {passed.before >> 20:,} MiB before")
    report.put("p99 of what an event waits, ms", Spread.of(p99s))
    report.put("the longest, ms", Spread.of(longest))
    report.put("memory at most : before", Spread.of(growth))
    report.judge("p99 of what an event waits, ms", Spread.of(p99s).min, at_most=LONGEST_P99_MS)
    report.judge("memory at most : before", Spread.of(growth).min, at_most=MOST_MEMORY)
    report.write()


if __name__ == "__main__":
    main()
