"""Alerts of a rule file as alerting rules of Prometheus.

Sizes are sums over the workers, so a partition that nobody has is missing from them: each rule asks
besides whether all partitions run. Else a worker that restarts looks like a segment that shrinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import yaml

from streamseg.core.counting.terms import Alert
from streamseg.core.timestamps import format_duration

_WHOLE: Final = Decimal(100)


def prometheus_rules(alerts: Sequence[Alert], partitions: int) -> str:
    """A file of alerting rules; ``partitions`` are those of contacts and of products together."""
    rules = [_rule(alert, partitions) for alert in alerts]
    text: str = yaml.safe_dump(
        {"groups": [{"name": "streamseg-segments", "rules": rules}]},
        sort_keys=False,
        width=100,
        allow_unicode=True,
    )
    return text


def _rule(alert: Alert, partitions: int) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": expression(alert, partitions),
        "for": format_duration(alert.hold) if alert.hold else "0s",
        "labels": {"severity": "warning"},
        "annotations": {
            "summary": f"{{{{ $value }}}} in segment {alert.segment}: {_words(alert)}",
            "description": "`streamseg stats --segment` shows since which day.",
        },
    }


def expression(alert: Alert, partitions: int) -> str:
    """What holds while an alert is raised."""
    size = f"sum by (segment) (streamseg_segment_members{{segment={_quoted(alert.segment)}}})"
    running = f'sum(streamseg_partitions{{phase="running"}}{{}}) == {partitions}'
    if alert.within is None:
        bound = _bound(alert, size)
        return f"({bound}) and on () ({running.replace('{}', '', 1)})"
    ago = f"offset {format_duration(alert.within)}"
    before = (
        f"sum by (segment) (streamseg_segment_members{{segment={_quoted(alert.segment)}}} {ago})"
    )
    share = 1 - alert.limit / _WHOLE if alert.bound == "drop" else 1 + alert.limit / _WHOLE
    sign = "<=" if alert.bound == "drop" else ">="
    now_and_then = [running.replace("{}", "", 1), running.replace("}{}", f"}} {ago}", 1)]
    return " and on () ".join(
        [
            f"({size} {sign} {_number(share)} * ({before} > 0))",
            *(f"({one})" for one in now_and_then),
        ]
    )


def _bound(alert: Alert, size: str) -> str:
    """The bound; once raised, the alert stays until it is passed by ``clear`` percent."""
    sign, share = ("<", 1) if alert.bound == "lt" else (">", -1)
    raised = f"{size} {sign} {_number(alert.limit)}"
    if not alert.clear:
        return raised
    cleared = alert.limit * (1 + share * alert.clear / _WHOLE)
    firing = f'ALERTS{{alertname={_quoted(alert.name)}, alertstate="firing"}}'
    return f"{raised} or ({size} {sign} {_number(cleared)} and on (segment) {firing})"


def _words(alert: Alert) -> str:
    if alert.within is None:
        return f"{'fewer' if alert.bound == 'lt' else 'more'} than {_number(alert.limit)}"
    how = "down" if alert.bound == "drop" else "up"
    return f"{how} by {_number(alert.limit)} % or more within {format_duration(alert.within)}"


def _number(value: Decimal | int) -> str:
    return f"{Decimal(value).normalize():f}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
