"""Kafka in a container, by `docker compose` and the project's `docker-compose.yml`."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from streamseg.broker.errors import BrokerError
from streamseg.broker.record import Record

ENGINE_TIMEOUT_S = 10
PULL_TIMEOUT_S = 600


def compose_file() -> Path | None:
    """The checkout's `docker-compose.yml`, or None in an installed wheel."""
    path = Path(__file__).parents[2] / "docker-compose.yml"
    return path if path.is_file() else None


def engine_answers() -> bool:
    """True when a Docker engine runs and knows compose: a client alone is not enough."""
    return (
        compose_file() is not None
        and _succeeds(["docker", "info", "--format", "{{.ServerVersion}}"])
        and _succeeds(["docker", "compose", "version"])
    )


def up(data_dir: Path, port: int) -> Record:
    """Starts the container and waits for its health check. Raises BrokerError."""
    path = str(data_dir.resolve()).encode()
    project = f"streamseg-{hashlib.sha256(path).hexdigest()[:12]}"
    _compose(project, port, "up", "--detach", "--wait")
    return Record(runner="docker", port=port, project=project)


def runs(record: Record) -> bool:
    """True when the container of `record` runs."""
    shown = _compose(record.project, record.port, "ps", "--status", "running", "--quiet")
    return bool(shown.strip())


def down(record: Record, *, purge: bool) -> None:
    """Ends the container, and with `purge` removes its data. Raises BrokerError."""
    _compose(record.project, record.port, "down", *(["--volumes"] if purge else []))


def _compose(project: str, port: int, *arguments: str) -> str:
    command = ["docker", "compose", "--project-name", project, "--file", str(compose_file())]
    try:
        done = subprocess.run(
            [*command, *arguments],
            env={**os.environ, "KAFKA_PORT": str(port)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PULL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrokerError(f"docker compose {arguments[0]}: {error}") from error
    if done.returncode:
        tail = "\n".join(f"  | {line}" for line in done.stderr.splitlines()[-12:])
        raise BrokerError(f"docker compose {arguments[0]} failed; its last lines:\n{tail}")
    return done.stdout


def _succeeds(command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ENGINE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
