"""What `deploy/` and `.dockerignore` say fits the code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.environment import load_settings, variables
from streamseg.settings import Settings
from streamseg.web.tokens import Tokens

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy" / "worker.env.example"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("STREAMSEG_") or name == "KAFKA_BOOTSTRAP":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_example_of_settings_is_up_to_date() -> None:
    """Write it anew with `streamseg config example > deploy/worker.env.example`."""
    assert CliRunner().invoke(app, ["config", "example"]).output == EXAMPLE.read_text("utf-8")


def test_the_example_has_every_setting_with_its_default(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    given = [line.removeprefix("#") for line in lines if line.startswith("#STREAMSEG_")]
    assert [one.partition("=")[0] for one in given] == [
        variables(field)[0] for field in Settings.model_fields
    ]
    defaults = load_settings()
    (tmp_path / ".env").write_text("\n".join(given), "utf-8")
    assert load_settings() == defaults


def test_all_that_the_image_copies_gets_into_the_build_and_nothing_else() -> None:
    copied = set()
    for line in (ROOT / "deploy" / "Dockerfile").read_text("utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied.update(line.split()[1:-1])
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {line[1:] for line in rules if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)


def test_what_compose_sets_are_settings_and_what_it_mounts_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]
    for name, value in services["worker"]["environment"].items():
        monkeypatch.setenv(name, value)
    load_settings()
    mounted = [one for each in services.values() for one in each.get("volumes", [])]
    files = [one.rsplit(":", 2)[0] for one in mounted if one[0] in "$."]
    assert len(files) == 6
    for one in files:
        path = one.partition(":-")[2].rstrip("}") if one[0] == "$" else one
        assert (ROOT / "deploy" / path).exists(), path


def test_the_example_of_tokens_lets_nobody_in() -> None:
    tokens = Tokens(ROOT / "deploy" / "tokens.example")
    assert tokens.find("") is None
    assert tokens.find("HEX") is None
