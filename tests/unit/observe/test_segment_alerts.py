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
    text = f"version: 1\nvalue: {{alerts: {alerts}}}\nsegments:\n  - {{name: vips, on: searched}}\n"
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
        ("{segment: vips}", "either `members` or `change`"),
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
    rules = exported("{few: {segment: vips, members: {lt: 500}, clear: 10%}}")
    text = rules.replace("annotations:", "ignored:")
    document = yaml.safe_load(text)
    for rule in document["groups"][0]["rules"]:
        del rule["ignored"]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(document), "utf-8")
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
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": cases}],
    }
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test), "utf-8")
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, "test", "rules", "test.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
