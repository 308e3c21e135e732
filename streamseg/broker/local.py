"""Starts, stops and tells the state of a local Kafka; one data directory is one broker.

Which Kafka: the one that `KAFKA_BOOTSTRAP` names; else a container, where a Docker engine answers;
else Apache Kafka from pinned packages. Brokers in different directories run side by side.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from streamseg.broker import compose, node, probe, record
from streamseg.broker.errors import BrokerError
from streamseg.broker.jars import ensure_jars
from streamseg.broker.record import HOST, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEFAULT_DATA_DIR = Path(".kafka")
DEFAULT_PORT = 9092
ANY_PORT = 0
START_TIMEOUT_S = 60.0
STOP_GRACE_S = 30.0
_PORT_ATTEMPTS = 3

Runner = Literal["auto", "docker", "java"]


@dataclass(frozen=True, slots=True)
class Status:
    """A Kafka that serves, or does not. `runner`: `given` (KAFKA_BOOTSTRAP), `docker` or `java`."""

    serving: bool
    bootstrap: str | None = None
    runner: str | None = None
    pid: int | None = None
    started: bool = False  # by this very call


def _quiet(_: str) -> None:
    pass


def start(
    data_dir: Path = DEFAULT_DATA_DIR,
    port: int | None = None,
    *,
    runner: Runner = "auto",
    heap: str = "1g",
    overrides: Mapping[str, str] = MappingProxyType({}),
    timeout_s: float = START_TIMEOUT_S,
    say: Callable[[str], None] = _quiet,
) -> Status:
    """Brings up a Kafka and returns when it serves; does nothing when it does already.

    `port`: None for the last one of this directory or 9092, `ANY_PORT` for a free one. `overrides`
    are settings of a node that is not in a container (see node.launch). `say` gets progress, one
    line a call. Raises BrokerError, with the last lines of the log if there are any.
    """
    given = os.environ.get("KAFKA_BOOTSTRAP")
    if given:
        return _given(given)
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    with _locked(data_dir):
        running = status(data_dir)
        if running.serving:
            _refuse_other_port(running, port, data_dir)
            return running
        before = record.read(data_dir)
        if before is not None and before.runner == "java":
            _end(before, grace_s=0)  # it runs but does not serve
        if runner == "docker" or (runner == "auto" and compose.engine_answers()):
            started = compose.up(data_dir, _choose_port(port, before))
            record.write(data_dir, started)
        else:
            jars = ensure_jars(say)
            say(f"starting Apache Kafka in {data_dir}")
            started = _start_node(data_dir, jars, port, before, heap, overrides, timeout_s)
        return Status(True, started.bootstrap, started.runner, started.pid or None, started=True)


def stop(
    data_dir: Path = DEFAULT_DATA_DIR, *, purge: bool = False, grace_s: float = STOP_GRACE_S
) -> bool:
    """Ends the Kafka that `start` started in `data_dir`, and no other. True if one ran.

    `purge` also removes its data. `grace_s`: seconds until it is killed; 0 kills at once.
    """
    data_dir = data_dir.absolute()
    if not data_dir.is_dir():
        return False
    with _locked(data_dir):
        started = record.read(data_dir)
        ran = False
        if started is not None and started.runner == "docker":
            ran = compose.runs(started)
            compose.down(started, purge=purge)
        elif started is not None:
            ran = _end(started, grace_s)
        if purge:
            _purge(data_dir)
        return ran


def status(data_dir: Path = DEFAULT_DATA_DIR) -> Status:
    """Tells what runs in `data_dir`, or what KAFKA_BOOTSTRAP names, and whether it answers."""
    given = os.environ.get("KAFKA_BOOTSTRAP")
    if given:
        return Status(probe.accepts(given), given, "given")
    started = record.read(data_dir.absolute())
    if started is None:
        return Status(False)
    if started.runner == "docker":
        alive = compose.engine_answers() and compose.runs(started)
    else:
        alive = started.process() is not None
    if not alive:
        return Status(False)
    answers = probe.serves(HOST, started.port)
    return Status(answers, started.bootstrap, started.runner, started.pid or None)


@contextmanager
def local_kafka(
    data_dir: Path | None = None,
    port: int = ANY_PORT,
    *,
    heap: str = "1g",
    overrides: Mapping[str, str] = MappingProxyType({}),
    say: Callable[[str], None] = _quiet,
) -> Iterator[str]:
    """Gives the bootstrap address of a Kafka for the length of a `with` block.

    Without `data_dir` it lives in a temporary directory and leaves nothing behind. What
    KAFKA_BOOTSTRAP names, or what ran in `data_dir` before, stays up.
    """
    folder = Path(tempfile.mkdtemp(prefix="streamseg-kafka-")) if data_dir is None else data_dir
    ours = False
    try:
        running = start(folder, port, heap=heap, overrides=overrides, say=say)
        ours = running.started
        assert running.bootstrap is not None
        yield running.bootstrap
    finally:
        if ours:
            stop(folder, purge=data_dir is None, grace_s=0 if data_dir is None else STOP_GRACE_S)
        if data_dir is None:
            shutil.rmtree(folder, ignore_errors=True)


def _given(bootstrap: str) -> Status:
    if not probe.accepts(bootstrap):
        raise BrokerError(
            f"KAFKA_BOOTSTRAP is {bootstrap}, and nothing answers there. Start it, or unset "
            "KAFKA_BOOTSTRAP to let Streamseg start one."
        )
    return Status(True, bootstrap, "given")


def _refuse_other_port(running: Status, port: int | None, data_dir: Path) -> None:
    if port and running.bootstrap != f"{HOST}:{port}":
        raise BrokerError(
            f"a Kafka runs already in {data_dir}, at {running.bootstrap}: end it first with "
            f"`streamseg kafka down --data-dir {data_dir}`, or give another --data-dir"
        )


def _choose_port(port: int | None, before: Record | None) -> int:
    if port == ANY_PORT:
        return probe.free_port()
    chosen = port or (before.port if before is not None else DEFAULT_PORT)
    if not probe.is_free(chosen):
        raise BrokerError(
            f"port {chosen} is taken by another program: choose one with --port, or any free one "
            "with --port auto"
        )
    return chosen


def _start_node(
    data_dir: Path,
    jars: list[Path],
    port: int | None,
    before: Record | None,
    heap: str,
    overrides: Mapping[str, str],
    timeout_s: float,
) -> Record:
    """Starts the node and waits; with a port of our choice, another one if somebody was faster."""
    attempts = _PORT_ATTEMPTS if port == ANY_PORT else 1
    for attempt in range(1, attempts + 1):
        started = node.launch(
            data_dir, jars, _choose_port(port, before), probe.free_port(), heap, overrides
        )
        record.write(data_dir, started)
        try:
            _wait_until_serving(data_dir, started, timeout_s)
        except BrokerError as error:
            _end(started, grace_s=0)
            if attempt < attempts and "Address already in use" in str(error):
                continue
            raise
        except BaseException:  # Ctrl-C while waiting leaves nothing running
            _end(started, grace_s=0)
            raise
        break
    return started


def _wait_until_serving(data_dir: Path, started: Record, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not probe.serves(HOST, started.port):
        if started.process() is None:
            raise BrokerError(
                f"Kafka ended while starting in {data_dir}. Its last lines:\n"
                f"{node.last_lines(data_dir)}\n{_way_out(data_dir)}"
            )
        if time.monotonic() > deadline:
            raise BrokerError(
                f"Kafka does not answer at {started.bootstrap} after {timeout_s:.0f} s. Its last "
                f"lines:\n{node.last_lines(data_dir)}\n{_way_out(data_dir)}"
            )
        time.sleep(0.1)


def _way_out(data_dir: Path) -> str:
    return (
        f"The whole log is {data_dir / node.LOG_FILE}. If the data is of no use, remove it "
        f"with `streamseg kafka down --purge --data-dir {data_dir}`."
    )


def _end(started: Record, grace_s: float) -> bool:
    process = started.process()
    if process is None:
        return False
    node.terminate(process, grace_s)
    return True


def _purge(data_dir: Path) -> None:
    """Removes what a node wrote, and the directory if nothing else is in it."""
    if not (data_dir / "server.properties").exists() and record.read(data_dir) is None:
        return  # no node was ever here: whatever this directory holds is somebody else's
    shutil.rmtree(data_dir / "data", ignore_errors=True)
    for name in ("broker.json", "server.properties", node.LOG_FILE, ".lock"):
        (data_dir / name).unlink(missing_ok=True)
    if not any(data_dir.iterdir()):
        data_dir.rmdir()


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """One start or stop at a time in a data directory."""
    with (data_dir / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
