"""Each alert fires when it should, does not when it should not, and is explained."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from streamseg.observe.table import TABLE

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
PROMTOOL = shutil.which("promtool")
RULES = yaml.safe_load((PROMETHEUS / "rules.yaml").read_text("utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
CASES = [
    case
    for test in yaml.safe_load((PROMETHEUS / "rules.test.yaml").read_text("utf-8"))["tests"]
    for case in test["alert_rule_test"]
]
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool (Debian package prometheus) is not here"
)
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])


def promtool(*arguments: str | Path) -> tuple[int, str]:
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


@each_alert
def test_an_alert_asks_only_for_metrics_that_there_are(alert: dict[str, Any]) -> None:
    known = {metric.name + ("_bucket" if metric.kind == "histogram" else "") for metric in TABLE}
    named = set(re.findall(r"streamseg_\w+", alert["expr"]))
    assert named
    assert named <= known


@each_alert
def test_an_alert_has_a_case_that_fires_and_one_that_does_not(alert: dict[str, Any]) -> None:
    cases = [case for case in CASES if case["alertname"] == alert["alert"]]
    assert {bool(case.get("exp_alerts")) for case in cases} == {True, False}


@each_alert
def test_an_alert_is_explained(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert f"| `{alert['alert']}` |" in page


@needs_promtool
def test_the_cases_hold() -> None:
    assert promtool("check", "rules", PROMETHEUS / "rules.yaml")[0] == 0
    code, said = promtool("test", "rules", PROMETHEUS / "rules.test.yaml")
    assert code == 0, said


@needs_promtool
@each_alert
@pytest.mark.parametrize("wrong", ["never", "often"])
def test_the_cases_fail_on_an_alert_that_is_wrong(
    tmp_path: Path, alert: dict[str, Any], wrong: str
) -> None:
    """One that never fires, and one that fires at once and at any figure at all."""
    often = re.sub(r"> ?[\d.]+\s*$", ">= -1e9", alert["expr"].strip())
    changed = yaml.safe_load((PROMETHEUS / "rules.yaml").read_text("utf-8"))
    (rule,) = (r for r in changed["groups"][0]["rules"] if r["alert"] == alert["alert"])
    rule["expr"] = "vector(0) > 1" if wrong == "never" else often
    rule.pop("for", None)
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(changed), "utf-8")
    shutil.copy(PROMETHEUS / "rules.test.yaml", tmp_path)
    code, said = promtool("test", "rules", tmp_path / "rules.test.yaml")
    assert code == 1
    assert alert["alert"] in said


@needs_promtool
def test_prometheus_of_the_compose_file_takes_its_configuration() -> None:
    assert promtool("check", "config", PROMETHEUS / "prometheus.yaml")[0] == 0
