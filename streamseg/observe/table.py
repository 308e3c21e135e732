"""The table of metrics: what is exported, and what to do when a figure is off.

It is the one source. The collector makes its metrics from it, `python -m streamseg.observe.table`
writes docs/metrics.md from it, and a test compares table, page and scrape.
"""

from __future__ import annotations

from typing import Final

from streamseg.observe.metrics.counts import COUNTS
from streamseg.observe.metrics.cycles import CYCLES
from streamseg.observe.metrics.incoming import INPUT
from streamseg.observe.metrics.outgoing import OUTPUT
from streamseg.observe.metrics.ownership import OWNERSHIP
from streamseg.observe.metrics.state import STATE

GROUPS: Final = (
    ("What comes in", INPUT),
    ("What goes out", OUTPUT),
    ("What is counted", COUNTS),
    ("Cycles and transactions", CYCLES),
    ("State", STATE),
    ("Partitions and Kafka", OWNERSHIP),
)
TABLE: Final = tuple(metric for _, metrics in GROUPS for metric in metrics)


if __name__ == "__main__":
    from streamseg.observe.page import main

    main()
