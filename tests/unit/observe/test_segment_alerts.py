"""Alerts on the sizes of segments, as Prometheus has them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from streamseg.observe.segment_alerts import prometheus_rules
from streamseg.rules import RuleErrors, parse_rules

PROMTOOL = shutil.which("promtool")


def exported(alerts: str, partitions: int = 12) -> str:
    text = (
        f"version: 1\nvalue: {{alerts: {alerts}}}\n"
        "segments:\n  - {name: vips, when: {did: searched}}\n"
    )
    counting = parse_rules(text).counting
    assert counting is not None
    return prometheus_rules(counting.alerts, partitions)


def expression(alerts: str) -> str:
    ((group,),) = yaml.safe_load(exported(alerts)).values()
    (rule,) = group["rules"]
    found: str = rule["expr"]
    return found


RUNNING = '(sum(streamseg_partitions{phase="running"}) == 12)'
SIZE = 'sum by (segment) (streamseg_segment_members{segment="vips"})'


def test_a_bound_asks_besides_whether_all_partitions_run() -> None:
    found = expression("{few: {segment: vips, members: {lt: 500}}}")
    assert found == f"({SIZE} < 500) and on () {RUNNING}"


def test_a_drop_is_compared_with_a_time_when_all_partitions_ran() -> None:
    found = expression("{fell: {segment: vips, change: {within: 24h, drop: 20%}}}")
    before = SIZE.replace("})", "} offset 1d)")
    then = '(sum(streamseg_partitions{phase="running"} offset 1d) == 12)'
    assert found == f"({SIZE} <= 0.8 * ({before} > 0)) and on () {RUNNING} and on () {then}"


@pytest.mark.parametrize(
    ("alert", "message"),
    [
        ("{segment: nobody, members: {lt: 5}}", "no segment 'nobody'"),
        ("{segment: vips}", "either `members`, `change`, `surge` or `slump`"),
        ("{segment: vips, members: {lt: 5, gt: 6}}", "either `lt` or `gt`"),
        ("{segment: vips, change: {within: 1d}}", "either `drop` or `rise`"),
        ("{segment: vips, change: {within: 1d, drop: 120%}}", "at most 100%"),
    ],
)
def test_an_alert_that_cannot_be_is_an_error_of_the_file(alert: str, message: str) -> None:
    with pytest.raises(RuleErrors) as raised:
        exported(f"{{wrong: {alert}}}")
    assert [message in error.message for error in raised.value.errors] == [True]


def alert_at(minute: int, *, fires: bool) -> dict[str, Any]:
    raised = [{"exp_labels": {"severity": "warning", "segment": "vips"}}] if fires else []
    return {"eval_time": f"{minute}m", "alertname": "few", "exp_alerts": raised}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian package prometheus) is not here")
@pytest.mark.parametrize("running", [12, 11])
def test_59_it_is_raised_after_five_minutes_and_cleared_ten_percent_above(
    tmp_path: Path, running: int
) -> None:
    """499 from 12:05, 501 from 12:11, 550 at 12:20: raised at 12:10, cleared at 12:20.

    While a partition runs nowhere nothing is raised.
    """
    alerts = "{few: {segment: vips, members: {lt: 500}, clear: 10%}}"
    (tmp_path / "rules.yaml").write_text(without_words(alerts), "utf-8")
    is_whole = running == 12
    series = [
        {
            "series": 'streamseg_segment_members{segment="vips"}',
            "values": "500x4 499x5 501x8 550x5",
        },
        {"series": 'streamseg_partitions{phase="running"}', "values": f"{running}x30"},
    ]
    cases = [
        alert_at(9, fires=False),
        alert_at(10, fires=is_whole),
        alert_at(19, fires=is_whole),
        alert_at(20, fires=False),
    ]
    assert checked(tmp_path, series, cases, []) == ""


WEEK = 168 * 60  # minutes
HISTORY = (41, 38, 44, 40, 39, 120, 42, 37)  # entries in five minutes, week by week


@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian package prometheus) is not here")
def test_60_a_surge_is_seen_against_eight_weeks(tmp_path: Path) -> None:
    alerts = "{rush: {segment: vips, surge: entered}}"
    (tmp_path / "rules.yaml").write_text(without_words(alerts), "utf-8")
    counts = [f"0+{one / 2.5}x{WEEK // 2 - 1}" for one in HISTORY]  # one sample in two minutes
    series = [
        {
            "series": 'streamseg_segment_entered_total{segment="vips"}',
            "values": f"{' '.join(counts)} 0+{HISTORY[-1] / 2.5}x30 0+{75 / 2.5}x60",
        },
        {
            "series": 'streamseg_partitions{phase="running"}',
            "values": f"12x{8 * WEEK + 200}",
        },
    ]
    raised = [{"exp_labels": {"severity": "warning", "segment": "vips", "alert": "rush"}}]
    at = 8 * WEEK
    cases = [
        {"eval_time": f"{at + 60}m", "alertname": "rush", "exp_alerts": []},
        {"eval_time": f"{at + 150}m", "alertname": "rush", "exp_alerts": raised},
    ]
    usual = {
        "expr": 'round(streamseg_alert_usual{alert="rush"} * 10)',
        "eval_time": f"{at + 60}m",
        "exp_samples": [{"labels": '{alert="rush", segment="vips"}', "value": 405}],
    }
    spread = {
        "expr": 'round(streamseg_alert_spread{alert="rush"} * 10)',
        "eval_time": f"{at + 60}m",
        "exp_samples": [{"labels": '{alert="rush", segment="vips"}', "value": 64}],
    }
    assert checked(tmp_path, series, cases, [usual, spread], every="30m", samples="2m") == ""


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian package prometheus) is not here")
def test_a_slump_is_seen_against_days_where_weeks_are_too_few(tmp_path: Path) -> None:
    alerts = "{still: {segment: vips, slump: fired}}"
    (tmp_path / "rules.yaml").write_text(without_words(alerts), "utf-8")
    day = 24 * 60
    series = [
        {
            "series": 'streamseg_triggers_fired_total{segment="vips"}',
            "values": f"0+8x{8 * day} {8 * 8 * day}x60",
        },
        {"series": 'streamseg_partitions{phase="running"}', "values": f"12x{9 * day}"},
    ]
    labels = {"severity": "warning", "segment": "vips", "alert": "still"}
    cases = [
        {"eval_time": f"{8 * day}m", "alertname": "still", "exp_alerts": []},
        {
            "eval_time": f"{8 * day + 30}m",
            "alertname": "still",
            "exp_alerts": [{"exp_labels": labels}],
        },
    ]
    assert checked(tmp_path, series, cases, [], every="10m") == ""


def without_words(alerts: str) -> str:
    """The rules of alerts without annotations, which promtool would compare."""
    document = yaml.safe_load(exported(alerts))
    for group in document["groups"]:
        for rule in group["rules"]:
            rule.pop("annotations", None)
    text: str = yaml.safe_dump(document)
    return text


def checked(
    folder: Path,
    series: list[dict[str, Any]],
    alerts: list[dict[str, Any]],
    expressions: list[dict[str, Any]],
    every: str = "1m",
    samples: str = "1m",
) -> str:
    """What promtool says of the rules in a folder; nothing where all is as it should be."""
    test = {
        "interval": samples,
        "input_series": series,
        "alert_rule_test": alerts,
        "promql_expr_test": expressions,
    }
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": every, "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(document), "utf-8")
    assert PROMTOOL is not None
    command = [PROMTOOL, "test", "rules", "test.yaml"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
