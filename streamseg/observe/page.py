"""Writes docs/metrics.md from the table of metrics."""

from __future__ import annotations

import sys
from typing import Final

from streamseg.observe.metric import Metric
from streamseg.observe.table import GROUPS

_HEAD: Final = """\
# Metrics

<!-- Written by `python -m streamseg.observe.table > docs/metrics.md`; change the table instead. -->

A worker serves its metrics at `http://127.0.0.1:6066/metrics`, in the text format of Prometheus or,
if the scraper asks for it, of OpenMetrics. `STREAMSEG_WEB_PORT` sets the port (0 takes any free
port, which the log then names) and `STREAMSEG_WEB_HOST` the address. There is no authentication:
bind an address other than loopback only if everyone who can reach it may read the metrics.

```yaml
scrape_configs:
  - job_name: streamseg
    static_configs: [{targets: ["127.0.0.1:6066"]}]
```

All names start with `streamseg_`. Durations are in seconds, sizes in bytes. No label holds the id
of a contact or a product, so the number of series depends on segments, reasons and partitions only.
Counters start at 0 with the worker. The worker that owns a partition exports the partition's
metrics and updates them once a second; they disappear when it loses the partition. `process_*` and
`python_gc_*` describe the process.
"""

_HEALTH: Final = """\

## Health

Both paths answer with JSON: `status`, the `reasons` if it is not healthy, and a few figures.

| path | 200 | 503 |
|---|---|---|
| `/healthz` | the worker's loop has run in the last 30 s, or the worker waits for Kafka \
| the loop is stuck: restart the worker |
| `/readyz` | the worker is in the group, Kafka answers, and all partitions assigned to it are \
restored and processing (or it has none) | one of these does not hold |

`/healthz` does not fail while Kafka cannot be reached: a restart would not help, and would lose the
state in memory.
"""


def render() -> str:
    """The whole page, Markdown."""
    return _HEAD + "".join(_group(title, metrics) for title, metrics in GROUPS) + _HEALTH


def _group(title: str, metrics: tuple[Metric, ...]) -> str:
    head = f"\n## {title}\n\n| metric | type | labels | meaning | if it looks wrong |\n"
    return head + "|---|---|---|---|---|\n" + "".join(map(_row, metrics))


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "-"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} | {metric.off} |\n"


def main() -> None:
    """Writes the page to standard output."""
    sys.stdout.write(render())
