"""What counting costs: 3 and 100 rules with counters, and without.

    python -m bench.counts [--rounds 3] [--events 25000] [--rules 3 100]

The shop of `bench.core` goes through the engine under both, in turn. Time is that of the process
alone.
"""

from __future__ import annotations

import gc

from bench.core import MOST_EVENTS, decode_all, records_of, run, shop_lines
from bench.figures import Report, Spread, arguments, ratios
from bench.rules import mixed
from streamseg.rules import parse_rules
from streamseg.stream.gc_timing import THRESHOLDS

FLOOR = 0.97  # of the speed without counters, that should be kept
KPIS = "value:\n  kpis: {}\nsegments:\n"


def with_counts(rules: str) -> str:
    """The rules, and all that is counted unless a file asks for more."""
    return rules.replace("segments:\n", KPIS, 1)


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=25_000, help="events of the shop")
    parser.add_argument("--rules", type=int, nargs="+", default=[3, 100], metavar="N")
    options = parser.parse_args()
    report = Report("counts", options.json)
    gc.set_threshold(*THRESHOLDS)  # as in a worker
    records = list(records_of(decode_all(shop_lines(min(options.events, MOST_EVENTS)))[0]))
    for count in options.rules:
        text = mixed(count)
        rules = {"without": parse_rules(text), "with": parse_rules(with_counts(text))}
        times: dict[str, list[float]] = {name: [] for name in rules}
        for _ in range(options.rounds):
            for name, one in rules.items():
                gc.collect()
                seconds, _ = run(one, records)
                times[name].append(seconds / len(records) * 1e6)
        for name, values in times.items():
            report.put(f"{count} rules, {name} counters: µs a record", Spread.of(values))
        speed = ratios(times["without"], times["with"])
        report.put(f"{count} rules, speed with : without counters", speed)
        name = f"{count} rules, speed with : without counters, median"
        report.judge(name, speed.median, at_least=FLOOR)
    report.write()


if __name__ == "__main__":
    main()
