"""Writes docs/metrics.md from the table of metrics."""

from __future__ import annotations

import sys
from typing import Final

from streamseg.observe.metric import Metric
from streamseg.observe.table import GROUPS

_HEAD: Final = """\
# Metrics

<!-- Written by `python -m streamseg.observe.table > docs/metrics.md`; change the table instead. -->

A worker serves them at `http://127.0.0.1:6066/metrics`, in the text format of Prometheus or, where
the scraper asks for it, of OpenMetrics. `STREAMSEG_WEB_PORT` sets the port (0 for any free one,
which the log then names) and `STREAMSEG_WEB_HOST` the address. There is no authentication: bind
another address than loopback only where everyone who reaches it may read the figures.

```yaml
scrape_configs:
  - job_name: streamseg
    static_configs: [{targets: ["127.0.0.1:6066"]}]
```

All names start with `streamseg_`; durations are seconds, sizes are bytes. No label holds the id of
a contact or a product: there are as many series as segments, reasons and partitions. Counters
start at 0 with the worker. Figures of a partition come from the worker that has it, are looked at
once a second, and go with the partition. `process_*` and `python_gc_*` tell of the process.
"""

_HEALTH: Final = """\

## Health

Both answer with JSON: `status`, the `reasons` if it is not well, and the figures that count.

| path | 200 | 503 |
|---|---|---|
| `/healthz` | the worker's loop went round in the last 30 s, or it waits for a Kafka that is away \
| the loop is stuck: restart the worker |
| `/readyz` | the worker is in the group, Kafka answers, and all partitions assigned to it are \
restored and processing (also when there are none for it) | not yet, or not now |

A Kafka that is away does not fail `/healthz`: a restart would not bring it back, and would cost the
state in memory.
"""


def render() -> str:
    """The whole page, Markdown."""
    return _HEAD + "".join(_group(title, metrics) for title, metrics in GROUPS) + _HEALTH


def _group(title: str, metrics: tuple[Metric, ...]) -> str:
    head = f"\n## {title}\n\n| metric | type | labels | what it tells | when it is off |\n"
    return head + "|---|---|---|---|---|\n" + "".join(map(_row, metrics))


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "-"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} | {metric.off} |\n"


def main() -> None:
    """Writes the page to standard output."""
    sys.stdout.write(render())
