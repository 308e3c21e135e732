"""Alerts of a rule file as rules of Prometheus: of sizes one alerting rule, of surges some more.

Sizes are sums over the workers, so a partition that nobody has is missing from them: each rule asks
besides whether all partitions run. Else a worker that restarts looks like a segment that shrinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import yaml

from streamseg.core.alerting.wording import decimal_text, worded
from streamseg.core.counting.terms import Alert
from streamseg.core.values.timestamps import format_duration
from streamseg.observe.promql import firing, quoted
from streamseg.observe.surge_rules import surge_rules

_WHOLE: Final = Decimal(100)
_STEP: Final = "5m"  # of a surge: for so long, that is two steps in a row


def prometheus_rules(alerts: Sequence[Alert], partitions: int) -> str:
    """A file of rules; ``partitions`` are those of contacts and of products together."""
    sizes = [_rule(one, partitions) for one in alerts if one.measure == "members"]
    groups = [{"name": "streamseg-segments", "rules": sizes}] if sizes else []
    groups += [
        {"name": f"streamseg-{one.bound}-{one.name}", "rules": _rules_of_surge(one, partitions)}
        for one in alerts
        if one.measure != "members"
    ]
    text: str = yaml.safe_dump({"groups": groups}, sort_keys=False, width=100, allow_unicode=True)
    return text


def _rules_of_surge(alert: Alert, partitions: int) -> list[dict[str, Any]]:
    recorded, expression = surge_rules(alert)
    is_whole = f"({expression}) and on () ({_running(partitions)})"
    waits = {"for": _STEP, "keep_firing_for": _STEP}
    return [*recorded, {"alert": alert.name, "expr": is_whole, **waits, **_annotated(alert)}]


def _rule(alert: Alert, partitions: int) -> dict[str, Any]:
    waits = format_duration(alert.hold) if alert.hold else "0s"
    return {
        "alert": alert.name,
        "expr": expression(alert, partitions),
        "for": waits,
        **_annotated(alert),
    }


def _annotated(alert: Alert) -> dict[str, Any]:
    what = f"in segment {alert.segment}: {worded(alert)}"
    return {
        "labels": {"severity": "warning"},
        "annotations": {
            "summary": f"{{{{ $value }}}} {what}",
            "description": "`streamseg stats --segment NAME` shows since which day.",
        },
    }


def expression(alert: Alert, partitions: int) -> str:
    """What holds while an alert on a size is raised."""
    members = f"streamseg_segment_members{{segment={quoted(alert.segment)}}}"
    size = f"sum by (segment) ({members})"
    if alert.within is None:
        return f"({_bound(alert, size)}) and on () ({_running(partitions)})"
    ago = f" offset {format_duration(alert.within)}"
    before = f"sum by (segment) ({members}{ago})"
    share = 1 - alert.limit / _WHOLE if alert.bound == "drop" else 1 + alert.limit / _WHOLE
    sign = "<=" if alert.bound == "drop" else ">="
    return " and on () ".join(
        [
            f"({size} {sign} {decimal_text(share)} * ({before} > 0))",
            *(f"({_running(partitions, when)})" for when in ("", ago)),
        ]
    )


def _running(partitions: int, when: str = "") -> str:
    return f'sum(streamseg_partitions{{phase="running"}}{when}) == {partitions}'


def _bound(alert: Alert, size: str) -> str:
    """The bound; once raised, the alert stays until it is passed by ``clear`` percent."""
    sign, share = ("<", 1) if alert.bound == "lt" else (">", -1)
    raised = f"{size} {sign} {decimal_text(alert.limit)}"
    if not alert.clear:
        return raised
    cleared = alert.limit * (1 + share * alert.clear / _WHOLE)
    still = f"{size} {sign} {decimal_text(cleared)} and on (segment) {firing(alert.name)}"
    return f"{raised} or ({still})"
