"""A surge or a slump as rules of Prometheus: what was usual is recorded, and five minutes compared.

It is what the engine decides, as near as PromQL comes: five minutes slide, an hour is the one
around the same minute, clocks are UTC, and what raised an alert is of the history.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from streamseg.core.alerting.memory import DAYS, LEAST_DAYS, LEAST_WEEKS, WEEK, WEEKS
from streamseg.core.alerting.wording import decimal_text
from streamseg.core.counting.terms import Alert
from streamseg.observe.promql import firing, quoted

_METRICS: Final = {
    "entered": "streamseg_segment_entered_total",
    "fired": "streamseg_triggers_fired_total",
    "activity": "streamseg_segment_activity_total",
}
_BUCKETS: Final = 12  # in an hour
_DAY: Final = 24  # hours


def surge_rules(alert: Alert) -> tuple[list[dict[str, Any]], str]:
    """Recording rules, in their order, and what holds while the alert is raised."""
    series = f"{_METRICS[alert.measure]}{{segment={quoted(alert.segment)}}}"
    of_alert = f"{{alert={quoted(alert.name)}}}"
    weeks, days, history, usual, spread, bucket = (
        f"streamseg_alert_{name}{of_alert}"
        for name in ("weeks", "days", "history", "usual", "spread", "bucket")
    )
    enough = f"on (segment) count by (segment) ({weeks}) >= {LEAST_WEEKS}"
    distance = f"quantile by (segment) (0.5, abs({history} - on (segment) group_left () {usual}))"
    widest = " or ".join(
        [
            f'label_replace(1.4826 * {distance}, "of", "distance", "", "")',
            f'label_replace(sqrt({usual}), "of", "root", "", "")',
        ]
    )
    expressions = {
        "weeks": _hours(series, WEEK, WEEKS),
        "days": _hours(series, _DAY, DAYS),
        "history": f"({weeks} and {enough}) or ({days} and on (segment) count by (segment) "
        f"({days}) >= {LEAST_DAYS} unless {enough})",
        "usual": f"quantile by (segment) (0.5, {history})",
        "spread": f"clamp_min(max by (segment) ({widest}), 1)",
        "bucket": f"sum by (segment) (increase({series}[5m]))",
    }
    recorded = [
        {"record": f"streamseg_alert_{name}", "expr": one, "labels": {"alert": alert.name}}
        for name, one in expressions.items()
    ]
    return recorded, _expression(alert, bucket, usual, spread)


def _hours(series: str, step: int, count: int) -> str:
    """The mean five minutes of the hour around this minute, so many times ``step`` hours ago."""
    return " or ".join(
        f"label_replace(sum by (segment) (increase({series}[1h] offset {step * ago - 1}h30m)) / "
        f'{_BUCKETS}, "hours_ago", "{step * ago}", "", "")'
        for ago in range(1, count + 1)
    )


def _expression(alert: Alert, bucket: str, usual: str, spread: str) -> str:
    """Beyond ``k`` spreads; once raised, as long as it is beyond half of that."""
    far, half = decimal_text(alert.k), decimal_text(alert.k / Decimal(2))
    sign, side = (">", "+") if alert.bound == "surge" else ("<", "-")
    enough = f"{bucket} >= {alert.least}" if alert.bound == "surge" else f"{usual} >= {alert.least}"
    raised = f"({bucket} {sign} {usual} {side} {far} * {spread}) and {enough}"
    still = f"{bucket} {sign}= {usual} {side} {half} * {spread} and on (segment) "
    return f"{raised} or ({still}{firing(alert.name)})"
