"""A local Kafka: up, status, down, and two side by side."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from streamseg.broker import ANY_PORT, BrokerError, local_kafka, record, start, status, stop
from streamseg.cli.main import app

pytestmark = pytest.mark.stream


@pytest.fixture(autouse=True)
def _no_other_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP", raising=False)


def kafka(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["kafka", *arguments])
    return done.exit_code, done.stdout.strip()


def test_up_status_and_down_from_the_command_line(tmp_path: Path) -> None:
    here = f"--data-dir={tmp_path / 'k'}"
    assert kafka("status", here) == (3, "not running")
    try:
        code, bootstrap = kafka("up", here, "--port=auto", "--heap=512m")
        assert code == 0
        assert kafka("up", here) == (0, bootstrap), "a second up finds the first"
        code, line = kafka("status", here)
        assert (code, line.split()[:2]) == (0, [bootstrap, "answers"])
        assert kafka("down", here)[0] == 0
        assert kafka("status", here)[0] == 3
        assert (tmp_path / "k" / "data").is_dir(), "down keeps the data"
        assert kafka("up", here, "--heap=512m") == (0, bootstrap), "and its port"
    finally:
        assert kafka("down", here, "--purge")[0] == 0
    assert not (tmp_path / "k").exists()


def test_two_run_side_by_side_and_down_ends_only_its_own(tmp_path: Path) -> None:
    with (
        local_kafka(tmp_path / "one", heap="512m") as one,
        local_kafka(tmp_path / "two", heap="512m") as two,
    ):
        assert one != two
        assert stop(tmp_path / "one", grace_s=0)
        assert not status(tmp_path / "one").serving
        assert status(tmp_path / "two").serving
    assert not status(tmp_path / "two").serving


def test_one_of_no_directory_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(psutil.pids())
    with local_kafka(heap="512m") as bootstrap:
        host, _, port = bootstrap.partition(":")
        socket.create_connection((host, int(port)), timeout=2).close()
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
    left = [psutil.Process(pid) for pid in set(psutil.pids()) - before if psutil.pid_exists(pid)]
    assert not [process for process in left if process.ppid() == os.getpid()]


def test_a_taken_port_is_an_error_that_tells_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BrokerError, match=r"is taken by another program.*--port auto"):
            start(tmp_path / "k", taken.getsockname()[1])


def test_a_broker_that_ends_while_starting_shows_its_last_lines(tmp_path: Path) -> None:
    with local_kafka(tmp_path / "k", heap="512m"):
        pass
    properties = tmp_path / "k" / "data" / "meta.properties"
    properties.write_text(properties.read_text().replace("node.id=1", "node.id=7"))
    with pytest.raises(BrokerError, match=r"(?s)Its last lines:.*7.*down --purge"):
        start(tmp_path / "k", ANY_PORT, heap="512m")
    assert not status(tmp_path / "k").serving
    stop(tmp_path / "k", purge=True)
    assert not (tmp_path / "k").exists()


def test_a_process_that_only_has_the_pid_is_left_alone(tmp_path: Path) -> None:
    here = psutil.Process()
    record.write(tmp_path, record.Record("java", 1, pid=here.pid, began=here.create_time() - 60))
    assert not status(tmp_path).serving
    assert not stop(tmp_path)
