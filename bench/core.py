"""Time per event of the pure engine under 3, 20 and 100 mixed rules: no Kafka, no input or output.

    python -m bench.core [--rounds 3] [--events 25000] [--rules 3 20 100] [--spread-events 50000]

The same simulated shop goes through `Partition.apply`, `take` and `install`, in batches, once for
each number of rules and round: its contacts' events alone, and with the changes of its products
among them. Time is that of the process alone (`time.process_time`), which other processes disturb
least. Decoding the JSON is measured apart; it does not depend on the rules, and is the yardstick
between machines: how many decodings an event costs.

The second course is that of `bench.spread`: contacts at rest and nested data, under four rules.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

from bench.figures import Report, Spread, arguments, ratios
from bench.rules import mixed
from bench.spread import RULES as SPREAD_RULES
from bench.spread import spread_lines
from streamseg.core.events import Event, ProductEvent
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.core.products.catalog import Catalog
from streamseg.core.segments.rule_set import RuleSet
from streamseg.formats.canonical import decode, decode_event
from streamseg.rules import parse_rules
from streamseg.simulate import ShopPlan, encode_line, simulate
from streamseg.stream.gc_timing import THRESHOLDS

BATCH = 2_000
LATENESS_MS = 5_000
NEVER_STALE_MS = 10**15
MOST_EVENTS = 500_000
FLOOR = 0.5  # of the speed with the fewest rules, that the most rules must keep

Record = Event | ProductChange


def shop_lines(events: int) -> list[bytes]:
    """The shop's events of both kinds as JSON: about twelve for each of its contacts."""
    plan = ShopPlan(seed=7, contacts=max(1, events // 12), products=1_000, rate=2.0)
    return [encode_line(event) for event in simulate(plan, events=events)]


def decode_all(lines: list[bytes]) -> tuple[list[Event | ProductEvent], float]:
    """The decoded events, and the seconds of this process that it took."""
    began = time.process_time()
    events = [decode(line) for line in lines]
    return events, time.process_time() - began


def records_of(events: list[Event | ProductEvent]) -> Iterator[Record]:
    """What a partition gets: contacts' events, and products' events as the catalog's changes."""
    catalog = Catalog()
    for event in events:
        if isinstance(event, Event):
            yield event
            continue
        catalog.apply(event, None)
        yield from catalog.take().outcomes
        catalog.install()


def run(rules: RuleSet, records: list[Record]) -> tuple[float, int]:
    """Seconds of this process for all records, and how many outcomes they had."""
    partition = Partition(rules, LATENESS_MS, NEVER_STALE_MS)
    partition.ready()
    outcomes = 0
    began = time.process_time()
    for first in range(0, len(records), BATCH):
        for record in records[first : first + BATCH]:
            partition.apply(record, None)
        outcomes += len(partition.take().outcomes)
        partition.install()
    return time.process_time() - began, outcomes


class Course:
    """The shop's records, `contacts` alone or `all`, under each number of rules.

    The bound is for `all`: that is what a shop sends.
    """

    def __init__(self, name: str, report: Report, is_judged: bool) -> None:
        self.name = name
        self.is_judged = is_judged
        self._report = report
        self._times: dict[int, list[float]] = {}  # by number of rules, µs a record
        self._outcomes: dict[int, int] = {}

    def measure(self, count: int, rules: RuleSet, records: list[Record]) -> None:
        """Run once."""
        gc.collect()
        seconds, self._outcomes[count] = run(rules, records)
        self._times.setdefault(count, []).append(seconds / len(records) * 1e6)
        self._report.note(f"{count} rules, {self.name}: {self._times[count][-1]:.2f} µs a record")

    def tell(self) -> None:
        """Report times and ratios."""
        put, times = self._report.put, self._times
        fewest, most = min(times), max(times)
        for count, values in times.items():
            put(f"{self.name}: {count} rules, µs a record", Spread.of(values))
            put(f"{self.name}: {count} rules, outcomes", self._outcomes[count], form=",d")
        for count in list(times)[1:]:
            speed = ratios(times[fewest], times[count])
            put(f"{self.name}: speed with {count} : {fewest} rules", speed)
            if count == most and self.is_judged:
                name = f"{self.name}: speed with {most} : {fewest} rules, median"
                self._report.judge(name, speed.median, at_least=FLOOR)


def measure_spread(lines: list[tuple[bytes, bytes]], rules: RuleSet) -> tuple[float, float, int]:
    """Microseconds an event of decoding and of the engine, and how many outcomes there were."""
    began = time.process_time()
    events: list[Record] = [decode_event(value, key) for key, value in lines]
    decoding = time.process_time() - began
    gc.collect()
    engine, outcomes = run(rules, events)
    return decoding / len(lines) * 1e6, engine / len(lines) * 1e6, outcomes


def tell_spread(report: Report, size: int, rounds: list[tuple[float, float, int]]) -> None:
    """Report the course of spread contacts."""
    decoding, engine, outcomes = zip(*rounds, strict=True)
    report.put("spread: events", size, form=",d")
    report.put("spread: outcomes", outcomes[-1], form=",d")
    report.put("spread: decoding, µs an event", Spread.of(decoding))
    report.put("spread: engine, µs an event", Spread.of(engine))


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--spread-events", type=int, default=50_000, help="events of bench.spread")
    parser.add_argument("--events", type=int, default=25_000, help="events of the shop")
    parser.add_argument("--rules", type=int, nargs="+", default=[3, 20, 100], metavar="N")
    options = parser.parse_args()
    report = Report("core", options.json)
    gc.set_threshold(*THRESHOLDS)  # as in a worker
    lines = shop_lines(min(options.events, MOST_EVENTS))
    rule_sets = {count: parse_rules(mixed(count)) for count in sorted(options.rules)}
    contacts, everything = Course("contacts", report, False), Course("all", report, True)
    decoding: list[float] = []
    apart = spread_lines(min(options.spread_events, MOST_EVENTS))
    spread_rules = parse_rules(SPREAD_RULES)
    spread: list[tuple[float, float, int]] = []
    for _ in range(options.rounds):
        for count, rules in rule_sets.items():
            events, seconds = decode_all(lines)
            decoding.append(seconds / len(lines) * 1e6)
            records = list(records_of(events))
            own = [record for record in records if isinstance(record, Event)]
            contacts.measure(count, rules, own)
            everything.measure(count, rules, records)
        spread.append(measure_spread(apart, spread_rules))
    report.put("records", len(records), form=",d")
    report.put("of them events of contacts", len(own), form=",d")
    report.put("decoding, µs a record (min / median / max)", Spread.of(decoding))
    contacts.tell()
    everything.tell()
    tell_spread(report, len(apart), spread)
    report.write()


if __name__ == "__main__":
    main()
