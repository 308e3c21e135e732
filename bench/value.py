"""What labels and predictions cost on top of the core three: time an event, and bytes a contact.

    python -m bench.value [--rounds 3] [--events 25000]

A simulated shop over two months, so that contacts order on different days. Each set of rules goes
through the same records in turns; time is that of the process alone. Bytes are those of a contact
at rest, in the end. Conditions on labels take none of who has not ordered; moves take some of
everybody, as each has a stage. The bounds are a speed of 70 %, and 150 B more of who has ordered.
"""

from __future__ import annotations

import gc
import time
from statistics import fmean

from bench.core import BATCH, LATENESS_MS, NEVER_STALE_MS, Record, records_of
from bench.figures import Report, Spread, arguments, ratios
from bench.rules import CORE_THREE
from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.core.segments.rule_set import RuleSet
from streamseg.formats.canonical import decode
from streamseg.rules import parse_rules
from streamseg.simulate import ShopPlan, encode_line, simulate
from streamseg.stream.gc_timing import THRESHOLDS

SPEED = 0.7
BYTES = 150
MOST_EVENTS = 500_000
_MODEL = "model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614, p: 6.25, q: 3.74, v: 15.44}"
_VALUE = f"""\
value:
  {_MODEL}
  rfm: {{buyers: {{monetary: [500, 1500, 4000, 12000]}}}}
  lifecycle: {{vip: 20000}}
"""
_CHURN = "  - {name: churn, use: likely_to_churn, with: {risk: [66%, 80%]}}\n"
_STAGES = "  - {name: at_risk, when: {lifecycle: at_risk}, trigger: {}}\n"
_CHAMPIONS = "  - {name: champions, when: {rfm: {segment: champions}}, trigger: {}}\n"
_MOVES = """\
  - {name: rfm_moved, use: rfm_moved}
  - {name: stage_moved, use: lifecycle_moved}
"""
_BARE = "core three"
_MOVING = "and moves of RFM and life cycle"
_ALL = "and RFM, life cycle, churn"


def rule_sets() -> dict[str, RuleSet]:
    """Rules by what they have."""

    def with_value(segments: str) -> RuleSet:
        return parse_rules(CORE_THREE.replace("segments:\n", f"{_VALUE}segments:\n") + segments)

    return {
        _BARE: parse_rules(CORE_THREE),
        "and churn": with_value(_CHURN),
        _MOVING: with_value(_MOVES),
        _ALL: with_value(_CHURN + _STAGES + _CHAMPIONS),
    }


def measure(rules: RuleSet, records: list[Record]) -> tuple[float, dict[bytes, int]]:
    """Microseconds a record, and the bytes of each contact at rest."""
    partition = Partition(rules, LATENESS_MS, NEVER_STALE_MS)
    partition.ready()
    contacts: dict[bytes, int] = {}
    gc.collect()
    spent = 0.0
    for first in range(0, len(records), BATCH):
        began = time.process_time()
        for record in records[first : first + BATCH]:
            partition.apply(record, None)
        batch = partition.take()
        partition.install()
        spent += time.process_time() - began
        sizes = ((key, len(key) + len(value)) for key, value in batch.changes if value is not None)
        contacts |= {key: size for key, size in sizes if key[:1] == b"c"}
    return spent / len(records) * 1e6, contacts


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=25_000, help="events of the shop")
    options = parser.parse_args()
    report = Report("value", options.json)
    gc.set_threshold(*THRESHOLDS)  # as in a worker
    events = min(options.events, MOST_EVENTS)
    plan = ShopPlan(seed=7, contacts=max(1, events // 12), products=1_000, rate=0.005)
    records = list(records_of([decode(encode_line(one)) for one in simulate(plan, events=events)]))
    orders = [one for one in records if isinstance(one, Event) and one.type == "order_placed"]
    buyers = {b"c" + one.contact.encode() for one in orders}
    report.put("records", len(records), form=",d")
    report.put("of them orders", len(orders), form=",d")
    times: dict[str, list[float]] = {}
    sizes: dict[str, float] = {}
    of_buyers: dict[str, float] = {}
    for _ in range(options.rounds):
        for name, rules in rule_sets().items():
            spent, contacts = measure(rules, records)
            times.setdefault(name, []).append(spent)
            sizes[name] = fmean(contacts.values())
            of_buyers[name] = fmean(contacts[key] for key in buyers)
    for name, values in times.items():
        report.put(f"{name}, µs a record", Spread.of(values))
        report.put(f"{name}, bytes a contact", sizes[name], form=",.1f")
        report.put(f"{name}, bytes of one who has ordered", of_buyers[name], form=",.1f")
    for name in (_ALL, _MOVING):
        speed = ratios(times[_BARE], times[name]).median
        report.judge(f"speed {name}", speed, at_least=SPEED)
        more = of_buyers[name] - of_buyers[_BARE]
        report.judge(f"bytes more of one who has ordered {name}", more, at_most=BYTES)
    report.write()


if __name__ == "__main__":
    main()
