"""Memory of the engine's state: bytes a contact with a million contacts.

    python -m bench.memory [--contacts 1000000] [--partitions 8]

The contacts come by `Partition.load` and `ready` from a changelog, as after a restore: with their
timers, the index of who waits for which product, and the state of the products. What is measured is
by how much the resident memory of a fresh process grows; `at rest` are the bytes of keys and
values alone. The least of the rounds counts: noise only adds.
"""

from __future__ import annotations

import gc
import multiprocessing
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import psutil

from bench.contacts import Change, changelog
from bench.figures import Report, Spread, arguments
from bench.rules import CORE_THREE
from streamseg.core.partition import Partition
from streamseg.core.products.fact_cache import FactCache
from streamseg.rules import parse_rules
from streamseg.stream.gc_timing import collector_off

BOUND_BYTES = 400
WEEK_MS = 7 * 86_400_000
MOST_CONTACTS = 5_000_000
_LENGTHS = struct.Struct(">II")


def write(path: Path, changes: Iterator[Change]) -> None:
    """Write a changelog to a file, for a process that must hold nothing but what it loads."""
    with path.open("wb") as file:
        for key, value in changes:
            file.write(_LENGTHS.pack(len(key), len(value)) + key + value)


def read(file: BinaryIO) -> Iterator[Change]:
    """Read such a file."""
    while head := file.read(_LENGTHS.size):
        key, value = _LENGTHS.unpack(head)
        yield file.read(key), file.read(value)


def load(paths: list[Path], rules: str) -> tuple[int, int, int]:
    """Load one partition a file; contacts, bytes at rest, bytes by which the process grew."""
    rule_set = parse_rules(rules)
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    fact_cache = FactCache(rule_set)  # as the partitions of one worker
    partitions = [Partition(rule_set, fact_cache=fact_cache) for _ in paths]
    with collector_off():
        for path, partition in zip(paths, partitions, strict=True):
            with path.open("rb") as file:
                for key, value in read(file):
                    partition.load(key, value)
        for partition in partitions:
            partition.ready()
            partition.build(None)
    grown = process.memory_info().rss - before
    return (
        sum(partition.contacts for partition in partitions),
        sum(partition.state_bytes for partition in partitions),
        grown,
    )


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=8)
    options = parser.parse_args()
    wanted = min(options.contacts, MOST_CONTACTS)
    report = Report("memory", options.json)
    spawn = multiprocessing.get_context("spawn")
    grown: list[float] = []
    with tempfile.TemporaryDirectory(prefix="streamseg-bench-") as folder:
        paths = [Path(folder) / f"{index}.log" for index in range(options.partitions)]
        for index, path in enumerate(paths):
            write(path, changelog(CORE_THREE, wanted, index, len(paths), WEEK_MS))
        for _ in range(options.rounds):
            with spawn.Pool(1) as pool:
                contacts, at_rest, bytes_ = pool.apply(load, (paths, CORE_THREE))
            grown.append(bytes_ / contacts)
            report.note(f"{contacts:,} contacts: {grown[-1]:.0f} B each")
    spread = Spread.of(grown)
    report.put("contacts", contacts, form=",d")
    report.put("at rest, B a contact", at_rest / contacts, form=",.0f")
    report.put("resident, B a contact (min / median / max)", spread, form=",.0f")
    report.judge("resident, B a contact", spread.min, at_most=BOUND_BYTES)
    report.write()


if __name__ == "__main__":
    main()
