"""Restoring a million contacts, against the time to only read that changelog.

    python -m bench.restore [--contacts 1000000] [--partitions 8]

The changelog is written once, in transactions as a worker writes it. Then a fresh worker (of a
group of its own, which has nothing but the changelog) and a bare consumer take turns. The worker's
time is the one that it tells at /metrics, from its first read to the last partition's readiness;
from the start of the process until it is ready is given besides.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
import urllib.error
import urllib.request
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaProducer

from bench.contacts import Change, changelog
from bench.figures import Report, Spread, arguments, ratios
from bench.installation import BenchError, Installation, Process, installed, running
from bench.rules import CORE_THREE
from streamseg.broker import local_kafka

MOST_CONTACTS = 5_000_000
TRANSACTION_RECORDS = 2_500  # of each partition, as the worker's under load
RESTORE_SECONDS = 150.0
SURVEYS = 20
LASTS_MS = 20 * 60_000  # so that a worker has nothing to tell while the bench goes on
BOUND = 3.0  # times the bare reader's
ADDRESS = re.compile(r"Metrics at (http://[^/\s]+)/metrics")


async def write_changelog(installation: Installation, contacts: int) -> None:
    """Fill the changelog's partitions, so many contacts together."""
    producer = AIOKafkaProducer(
        bootstrap_servers=installation.bootstrap,
        transactional_id=f"{installation.name}-filler",
        compression_type="zstd",
        max_batch_size=900_000,
    )
    partitions = range(installation.partitions)
    sources = [
        changelog(CORE_THREE, contacts, one, len(partitions), LASTS_MS) for one in partitions
    ]
    await producer.start()
    try:
        while True:
            chunks = [list(islice(source, TRANSACTION_RECORDS)) for source in sources]
            if not any(chunks):
                return
            async with producer.transaction():
                futures = []
                for partition, chunk in enumerate(chunks):
                    futures += await _send(producer, installation, partition, chunk)
                await asyncio.gather(*futures)
    finally:
        await producer.stop()


async def _send(
    producer: AIOKafkaProducer, installation: Installation, partition: int, chunk: list[Change]
) -> list[asyncio.Future[Any]]:
    builders: list[Any] = []
    for key, value in chunk:
        if not builders or not builders[-1].append(timestamp=None, key=key, value=value):
            builders.append(producer.create_batch())
            builders[-1].append(timestamp=None, key=key, value=value)
    topic = installation.topic("changelog")
    return [await producer.send_batch(one, topic, partition=partition) for one in builders]


def _get(url: str) -> tuple[int, str]:
    """Status and body; 0 where nobody listens yet."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - on this machine
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


async def wait_until_ready(worker: Process) -> str:
    """The address of a worker's metrics, once all its partitions are restored."""
    deadline = time.monotonic() + RESTORE_SECONDS
    while time.monotonic() < deadline:
        worker.check()
        found = ADDRESS.search(worker.log)
        if found and _get(f"{found[1]}/readyz")[0] == 200:
            return found[1]
        await asyncio.sleep(0.1)
    raise BenchError(f"not ready after {RESTORE_SECONDS:.0f} s:\n{worker.last_lines()}")


def metric(page: str, name: str) -> float:
    """The sum of a metric over its labels."""
    values = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", page, re.MULTILINE)
    if not values:
        raise BenchError(f"the worker does not tell {name}")
    return sum(map(float, values))


async def restore(installation: Installation, turn: int, contacts: int) -> tuple[float, float]:
    """Seconds of the restore, and from the start of the worker until it is ready."""
    began = time.monotonic()
    with installation.worker(CORE_THREE, group=f"{installation.name}-{turn}") as worker:
        address = await wait_until_ready(worker)
        ready = time.monotonic() - began
        for _ in range(SURVEYS):  # the gauges follow with the next cycles
            page = _get(f"{address}/metrics")[1]
            restored = metric(page, "streamseg_contacts")
            if restored >= contacts:
                return metric(page, "streamseg_restore_duration_seconds_sum"), ready
            await asyncio.sleep(0.5)
    raise BenchError(f"only {restored:,.0f} of {contacts:,} contacts were restored")


def read_only(installation: Installation, contacts: int) -> float:
    """Seconds of the bare reader."""
    environment = {
        "BENCH_BOOTSTRAP": installation.bootstrap,
        "BENCH_TOPIC": installation.topic("changelog"),
    }
    command = [sys.executable, "-m", "bench.peers.bare_reader"]
    with running(command, environment) as process:
        process.wait(RESTORE_SECONDS)
        seconds, records = process.log.split()
    if int(records) < contacts:
        raise BenchError(f"only {records} records were read")
    return float(seconds)


async def compare(bootstrap: str, options: Any, report: Report) -> None:
    """All rounds, interleaved."""
    contacts = min(options.contacts, MOST_CONTACTS)
    restoring: list[float] = []
    readying: list[float] = []
    reading: list[float] = []
    async with installed(bootstrap, options.partitions) as installation:
        await write_changelog(installation, contacts)
        for turn in range(options.rounds):
            reading.append(read_only(installation, contacts))
            seconds, ready = await restore(installation, turn, contacts)
            restoring.append(seconds)
            readying.append(ready)
            report.note(
                f"round {turn + 1}: read {reading[-1]:.1f} s, restored {seconds:.1f} s, "
                f"ready after {ready:.1f} s"
            )
    report.put("contacts", contacts, form=",d")
    report.put("only reading, s (min / median / max)", Spread.of(reading))
    report.put("restore, s", Spread.of(restoring))
    report.put("start to ready, s", Spread.of(readying))
    times = ratios(restoring, reading)
    report.put("restore : only reading", times)
    report.judge("restore : only reading, median", times.median, at_most=BOUND)


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=8)
    options = parser.parse_args()
    report = Report("restore", options.json)
    with local_kafka() as bootstrap:
        try:
            asyncio.run(compare(bootstrap, options, report))
        except BenchError as error:
            sys.exit(f"restore: {error}")
    report.write()


if __name__ == "__main__":
    main()
