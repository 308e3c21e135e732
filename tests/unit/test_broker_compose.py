"""Which Kafka is chosen, and how a container is started: with a stand-in for the docker client."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streamseg.broker import BrokerError, compose, local_kafka, record, start, status, stop

# Stands in for docker: notes its arguments and the port, and answers as an engine would.
DOCKER = """#!/bin/sh
echo "$KAFKA_PORT $*" >> "$DOCKER_CALLS"
case "$*" in
  info*) exit ${DOCKER_ENGINE:-0} ;;
  *"ps --status running"*) echo 0123456789ab ;;
  *" up "*) [ -z "$DOCKER_BROKEN" ] || { echo "pull access denied" >&2; exit 1; } ;;
esac
"""


@pytest.fixture
def docker_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if compose.compose_file() is None:
        pytest.skip("an installed wheel starts no container: it has no compose file")
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(DOCKER)
    program.chmod(0o755)
    calls = tmp_path / "calls"
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_CALLS", str(calls))
    monkeypatch.delenv("KAFKA_BOOTSTRAP", raising=False)
    return calls


def test_a_client_without_an_engine_is_no_docker(
    docker_calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert compose.engine_answers()
    monkeypatch.setenv("DOCKER_ENGINE", "1")
    assert not compose.engine_answers()


def test_a_container_is_started_once_and_ended_with_its_data(
    docker_calls: Path, tmp_path: Path
) -> None:
    running = start(tmp_path / "k", 19092)
    assert (running.bootstrap, running.runner) == ("127.0.0.1:19092", "docker")
    assert status(tmp_path / "k").runner == "docker"
    assert stop(tmp_path / "k", purge=True)
    note = [line.split(" --file ")[0] for line in docker_calls.read_text().splitlines()]
    assert note[2].startswith("19092 compose --project-name streamseg-")
    lines = docker_calls.read_text().splitlines()
    assert lines[2].endswith("up --detach --wait")
    assert lines[-1].endswith("down --volumes")
    assert not (tmp_path / "k").exists()


def test_two_directories_are_two_projects(docker_calls: Path, tmp_path: Path) -> None:
    one = compose.up(tmp_path / "one", 19092)
    two = compose.up(tmp_path / "two", 19093)
    assert one.project != two.project


def test_a_container_that_fails_is_an_error_with_its_last_lines(
    docker_calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_BROKEN", "1")
    with pytest.raises(BrokerError, match="pull access denied"):
        start(tmp_path / "k", 19092)
    assert record.read(tmp_path / "k") is None


def test_a_kafka_that_is_named_but_absent_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:1")
    with pytest.raises(BrokerError, match=r"KAFKA_BOOTSTRAP is 127\.0\.0\.1:1, and nothing"):
        start(tmp_path)
    with pytest.raises(BrokerError), local_kafka():
        pass
    assert not status(tmp_path).serving
