"""What policies cost: the three core rules with consent, quiet hours and one cap, and without.

    python -m bench.policies [--rounds 3] [--events 25000]

The shop of `bench.core` goes through the engine under both, in turn. Time is that of the process
alone; bytes are those of the contacts at rest.
"""

from __future__ import annotations

import gc

from bench.core import (
    BATCH,
    LATENESS_MS,
    MOST_EVENTS,
    NEVER_STALE_MS,
    Record,
    decode_all,
    records_of,
    run,
    shop_lines,
)
from bench.figures import Report, Spread, arguments, ratios
from bench.rules import CORE_THREE
from streamseg.core.partition import Partition
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules import parse_rules
from streamseg.stream.gc_timing import THRESHOLDS

FLOOR = 0.85  # of the speed without policies, that must be kept
POLICIES = """\
policies:
  zone: {attribute: timezone, default: Europe/Kyiv}
  consent:
    email: {grant: consent.email, channel: email}
  quiet: {from: 12:00, to: 08:00}
  caps:
    weekly: {max: 3, within: 7d, count: [fired, sent], channel: email}
segments:
"""


def with_policies(rules: str) -> str:
    """The core three, each with a policy."""
    own = rules.replace("segments:\n", POLICIES, 1)
    return own.replace("}\n  - {", ", policy: {consent: [email]}}\n  - {").removesuffix("}\n") + (
        ", policy: {consent: [email]}}\n"
    )


def bytes_a_contact(rules: RuleSet, records: list[Record]) -> float:
    """Bytes at rest of a contact after all records, keys included."""
    partition = Partition(rules, LATENESS_MS, NEVER_STALE_MS)
    partition.ready()
    for first in range(0, len(records), BATCH):
        for record in records[first : first + BATCH]:
            partition.apply(record, None)
        partition.take()
        partition.install()
    return partition.state_bytes / partition.contacts


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=25_000, help="events of the shop")
    options = parser.parse_args()
    report = Report("policies", options.json)
    gc.set_threshold(*THRESHOLDS)  # as in a worker
    rules = {"without": parse_rules(CORE_THREE), "with": parse_rules(with_policies(CORE_THREE))}
    events, _ = decode_all(shop_lines(min(options.events, MOST_EVENTS)))
    records = list(records_of(events))
    times: dict[str, list[float]] = {name: [] for name in rules}
    outcomes: dict[str, int] = {}
    for _ in range(options.rounds):
        for name, one in rules.items():
            gc.collect()
            seconds, outcomes[name] = run(one, records)
            times[name].append(seconds / len(records) * 1e6)
    for name, values in times.items():
        report.put(f"{name} policies: µs a record", Spread.of(values))
        report.put(f"{name} policies: outcomes", outcomes[name], form=",d")
        report.put(f"{name} policies: bytes a contact", bytes_a_contact(rules[name], records))
    speed = ratios(times["without"], times["with"])
    report.put("speed with : without policies", speed)
    report.judge("speed with : without policies, median", speed.median, at_least=FLOOR)
    report.write()


if __name__ == "__main__":
    main()
