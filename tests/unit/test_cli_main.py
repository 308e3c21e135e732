"""The command line as a whole: what it finds, imports and exits with."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from streamseg import __version__
from streamseg.cli.main import app
from streamseg.core.compiled import IS_COMPILED

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(typer.main.get_group(app).commands)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streamseg", *arguments], capture_output=True, text=True, check=False
    )


def test_the_help_lists_the_commands() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert {"kafka", "topics", "config"} <= set(shown.output.split())


def words_of(text: str) -> str:
    """The words of a help, whatever its lines and boxes."""
    return " ".join(text.replace("│", " ").split())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_documented_under_its_own_name(command: str) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert any(f"streamseg {command}" in page.read_text("utf-8") for page in pages)


@pytest.mark.parametrize(
    ("command", "said"),
    [("fit", "pip install 'streamseg[fit]'"), ("worker", "The rules; else STREAMSEG_RULES.")],
)
def test_the_help_says_all_that_is_written(command: str, said: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
    assert said in words_of(shown.output)


@pytest.mark.parametrize("arguments", [["stats"], ["contact", "verify-erased"]])
def test_each_paragraph_of_a_help_fills_its_lines(arguments: list[str]) -> None:
    width = 80
    shown = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": str(width)})
    prose = shown.output.split("╭")[0].split("\n")
    lines = [line.strip() for line in prose]
    for line, following in itertools.pairwise(lines):
        if line and following:
            assert len(line) + 1 + len(following.split()[0]) > width - 2, line


def test_the_version_is_shown() -> None:
    told = f"streamseg {__version__} (compiled: {'yes' if IS_COMPILED else 'no'})\n"
    assert CliRunner().invoke(app, ["--version"]).output == told


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["kafka"], ["kafka", "nonsense"], ["topics", "plan", "--nonsense"], []],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_an_error_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_WEB_PORT", "many")
    done = run("config", "show")
    assert done.returncode == 1
    assert done.stderr.startswith("streamseg: wrong settings:\n  STREAMSEG_WEB_PORT=many: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["replay", "rules"])
def test_commands_without_kafka_import_neither_faust_nor_aiokafka(command: str) -> None:
    code = (
        "import sys, streamseg.cli.main as cli\n"
        f"sys.argv = ['streamseg', {command!r}, '--help']\n"
        "try:\n    cli.main()\nexcept SystemExit as end:\n    assert end.code == 0, end.code\n"
        "print(sorted({'faust', 'mode', 'aiokafka'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("given", ["", "\udcff", "x" * 257])
@pytest.mark.parametrize(
    "arguments",
    [["contact", "pseudonym"], ["contact", "verify-erased"], ["why"], ["tail", "triggers"]],
    ids=" ".join,
)
def test_what_can_be_no_id_is_told(arguments: list[str], given: str) -> None:
    wanted = ["--contact", given] if arguments[0] == "tail" else [given]
    told = CliRunner().invoke(app, [*arguments, *wanted], catch_exceptions=False)
    assert (told.exit_code, "is no id" in told.stderr) == (2, True)  # wrong usage
