"""Makes the Grafana dashboard from the table of metrics: a row a group, a panel a metric.

`python -m streamseg.observe.dashboard` writes it to standard output. Only the first row, what one
looks at first, is laid out by hand.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from streamseg.observe.metric import Metric
from streamseg.observe.table import GROUPS

_WIDTH: Final = 24  # of Grafana's grid
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_CHOSEN: Final = 'job=~"$job"'
_UNITS: Final = {"seconds": "s", "bytes": "bytes", "ratio": "percentunit", "": "short"}
_QUANTILES: Final = ((0.5, "p50"), (0.99, "p99"))

# What counts, read from left to right: title, expression, unit, from where on it is bad.
_FIRST: Final = (
    (
        "Partitions running",
        'sum(streamseg_partitions{job=~"$job", phase="running"})',
        "short",
        None,
    ),
    ("Records waiting", 'sum(streamseg_lag_records{job=~"$job"})', "short", 10_000),
    (
        "Triggers a minute",
        '60 * sum(rate(streamseg_triggers_fired_total{job=~"$job"}[$__rate_interval]))',
        "short",
        None,
    ),
    (
        "Trigger latency, p99",
        (
            "histogram_quantile(0.99, sum by (le) (rate("
            'streamseg_trigger_latency_seconds_bucket{job=~"$job"}[$__rate_interval])))'
        ),
        "s",
        5,
    ),
    (
        "Refused",
        (
            'sum(rate(streamseg_events_rejected_total{job=~"$job"}[$__rate_interval])) / '
            'sum(rate(streamseg_events_consumed_total{job=~"$job"}[$__rate_interval]))'
        ),
        "percentunit",
        0.01,
    ),
    ("Workers in the group", 'sum(streamseg_kafka_up{job=~"$job"})', "short", None),
)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    return {
        "uid": "streamseg",
        "title": "Streamseg",
        "description": "Written by python -m streamseg.observe.dashboard.",
        "tags": ["streamseg"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": _panels(),
    }


def expressions(metric: Metric) -> list[tuple[str, str]]:
    """What a panel of the metric asks for: PromQL, and the legend of each series."""
    name, by = f"{metric.name}{{{_CHOSEN}}}", ", ".join(metric.labels)
    legend = " ".join(f"{{{{{label}}}}}" for label in metric.labels)
    match metric.kind:
        case "counter":
            total = f"rate({name}[$__rate_interval])"
            return [
                (f"sum by ({by}) ({total})" if by else f"sum({total})", legend or "all workers")
            ]
        case "histogram":
            bucket = f"rate({metric.name}_bucket{{{_CHOSEN}}}[$__rate_interval])"
            grouped = ", ".join(("le", *metric.labels))
            return [
                (
                    f"histogram_quantile({share}, sum by ({grouped}) ({bucket}))",
                    f"{p} {legend}".strip(),
                )
                for share, p in _QUANTILES
            ]
        case "info":
            return [(f"count by ({by}) ({name})", legend)]
        case "gauge" if metric.name.endswith("_timestamp_seconds"):
            return [(f"time() - {name}", "{{instance}}")]
        case "gauge" if not metric.labels:
            return [(name, "{{instance}}")]
        case "gauge":
            return [(f"sum by ({by}) ({name})", legend)]


def _variables() -> list[dict[str, Any]]:
    return [
        {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
        {
            "name": "job",
            "label": "Installation",
            "type": "query",
            "datasource": _SOURCE,
            "query": "label_values(streamseg_build_info, job)",
            "refresh": 2,
            "multi": True,
            "includeAll": True,
        },
    ]


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = [_row("At a glance", 0)]
    width, top = _WIDTH // len(_FIRST), 1
    for place, (title, expression, unit, bad_from) in enumerate(_FIRST):
        panel = _panel("stat", title, "", [(expression, "")], unit)
        panel["gridPos"] = {"h": 4, "w": width, "x": place * width, "y": top}
        panel["fieldConfig"]["defaults"]["thresholds"] = _thresholds(bad_from)
        panels.append(panel)
    top += 4
    for title, metrics in GROUPS:
        panels.append(_row(title, top))
        top += 1
        for place, metric in enumerate(metrics):
            panel = _of_metric(metric)
            panel["gridPos"] = {"h": 8, "w": 8, "x": place % 3 * 8, "y": top + place // 3 * 8}
            panels.append(panel)
        top += -(-len(metrics) // 3) * 8
    return [{"id": number, **panel} for number, panel in enumerate(panels, 1)]


def _of_metric(metric: Metric) -> dict[str, Any]:
    words = metric.family.removeprefix("streamseg_").replace("_", " ")
    title = words.removesuffix(f" {metric.unit}").removesuffix(" timestamp").capitalize()
    if metric.kind == "counter":
        title += ", a second"
    elif metric.name.endswith("_timestamp_seconds"):
        title += ", ago"
    about = f"{metric.help}\n\nWhen it is off: {metric.off}\n\n`{metric.name}`"
    kind = "table" if metric.kind == "info" else "timeseries"
    return _panel(kind, title, about, expressions(metric), _UNITS[metric.unit])


def _panel(
    kind: str, title: str, about: str, asked: list[tuple[str, str]], unit: str
) -> dict[str, Any]:
    panel: dict[str, Any] = {
        "type": kind,
        "title": title,
        "datasource": _SOURCE,
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": _SOURCE,
                "expr": expression,
                "legendFormat": legend,
                **({"instant": True, "format": "table"} if kind == "table" else {}),
            }
            for place, (expression, legend) in enumerate(asked)
        ],
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
    }
    if about:
        panel["description"] = about
    if kind == "timeseries":
        panel["options"] = {"tooltip": {"mode": "multi", "sort": "desc"}}
    return panel


def _row(title: str, top: int) -> dict[str, Any]:
    place = {"h": 1, "w": _WIDTH, "x": 0, "y": top}
    return {"type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _thresholds(bad_from: float | None) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if bad_from is not None:
        steps.append({"color": "red", "value": bad_from})
    return {"mode": "absolute", "steps": steps}


def render() -> str:
    """The dashboard as a JSON file."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
