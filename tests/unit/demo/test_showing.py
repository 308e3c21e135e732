"""What the demo says before the first trigger."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from streamseg.demo.showing import introduction
from streamseg.demo.stage import Stage
from streamseg.demo.worker import Worker
from streamseg.environment import load_settings


def test_what_it_says_to_export_lets_commands_of_another_terminal_find_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env
    rules = tmp_path / "the rules.yaml"
    settings = load_settings(
        bootstrap="127.0.0.1:34585",
        topic_prefix="demo-1.",
        app_id="demo-1",
        lateness_ms=500,
        rules=rules,
    )
    worker = Worker(None, "http://127.0.0.1:6066", tmp_path / "log")  # type: ignore[arg-type]
    said = list(introduction(Stage(settings, worker), 60))
    (line,) = (line for line in said if line.startswith("export "))
    for variable in shlex.split(line)[1:]:
        monkeypatch.setenv(*variable.split("=", 1))
    assert load_settings() == settings
    assert any("streamseg tail" in line and "streamseg why" in line for line in said)
