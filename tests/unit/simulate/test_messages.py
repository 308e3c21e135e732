"""What a sender tells of the messages that it sent for triggers."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.core.events import Event
from streamseg.core.values.timestamps import format_time
from streamseg.formats.canonical import decode
from streamseg.simulate import encode_line, messages
from tests.replaying import run_replay

CAP = "policies: {caps: {two: {max: 2, within: 1d, count: [fired, sent], channel: email}}}\n"
RULES = f"version: 1\n{CAP}segments: [{{name: s, on: searched}}]"


def searches(count: int) -> list[dict[str, Any]]:
    first = {"type": "searched", "data": {"query": "x"}}
    return [
        first | {"id": f"e{n}", "contact": f"c{n % 40}", "time": 1_800_000_000_000 + n * 600_000}
        for n in range(count)
    ]


def fired(count: int) -> list[dict[str, Any]]:
    return run_replay(RULES, searches(count)).triggers


def test_a_share_of_the_triggers_is_answered_and_each_alike_whatever_else_there_is() -> None:
    triggers = fired(80)
    told = messages(triggers, 0.5, 10.0)
    sent = {str(one["data"]["trigger"]) for one in told if one["type"] == "message_sent"}
    assert 20 < len(sent) < 60
    assert sent < {one["id"] for one in triggers}
    alone = [one for trigger in triggers for one in messages([trigger], 0.5, 10.0)]
    assert sorted(map(encode_line, alone)) == sorted(map(encode_line, told))
    assert [one["time"] for one in told] == sorted(one["time"] for one in told)
    assert {one["type"] for one in messages(triggers, 1.0, 10.0)} >= {
        *("message_sent", "message_delivered", "message_opened", "message_clicked"),
    }


def test_they_are_events_and_count_once_with_their_triggers() -> None:
    first = searches(40)
    told = messages(run_replay(RULES, first).triggers, 1.0, 10.0)
    for line in map(encode_line, told):
        assert isinstance(decode(line.rstrip()), Event)
    later = [one | {"id": one["id"] + "b", "time": one["time"] + 30_000_000} for one in first]
    assert len(fired_by(first, told, later)) == 80  # two each, and the cap lets two through
    for one in told:
        del one["data"]["trigger"]
    assert len(fired_by(first, told, later)) == 40


def fired_by(*parts: list[Any]) -> list[dict[str, Any]]:
    events = [dict(event) for part in parts for event in part]
    return run_replay(RULES, sorted(events, key=lambda one: _at(one["time"]))).triggers


def _at(time: int | str) -> str:
    return format_time(time) if isinstance(time, int) else time


def test_the_command_reads_what_a_replay_writes(tmp_path: Path) -> None:
    file = tmp_path / "triggers.ndjson"
    triggers = fired(20)
    file.write_text("".join(json.dumps(one) + "\n" for one in triggers))
    done = CliRunner().invoke(app, ["simulate", f"--triggers={file}", "--share=1", "--think=10"])
    assert done.exit_code == 0
    assert done.stdout_bytes == b"".join(map(encode_line, messages(triggers, 1.0, 10.0)))


@pytest.mark.parametrize("line", ["[1]", "{}", "nonsense"])
def test_a_line_that_is_no_message_is_told(tmp_path: Path, line: str) -> None:
    file = tmp_path / "triggers.ndjson"
    file.write_text(line + "\n")
    done = CliRunner().invoke(app, ["simulate", f"--triggers={file}"])
    assert done.exit_code == 2
    assert "is no message of Streamseg" in done.stderr


def test_triggers_are_of_the_past(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["simulate", "--triggers=x", "--live"])
    assert done.exit_code == 2
