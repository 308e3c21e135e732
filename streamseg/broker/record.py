"""The note that a start leaves in the data directory, for `status` and `down` to find it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from streamseg.broker.errors import BrokerError

HOST = "127.0.0.1"
_FILE = "broker.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What was started: a Java process (`pid` and when it began) or a project of docker compose."""

    runner: str  # "java" | "docker"
    port: int
    controller_port: int = 0
    pid: int = 0
    began: float = 0.0  # seconds since 1970; tells the process from a later one with the same pid
    project: str = ""

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    def process(self) -> psutil.Process | None:
        """The process that was started, or None when it has ended (even if its pid lives again)."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.began) > 1.0:
                return None
            return None if process.status() == psutil.STATUS_ZOMBIE else process
        except psutil.NoSuchProcess:
            return None


def write(data_dir: Path, record: Record) -> None:
    """Replaces the note of `data_dir` in one step."""
    path = data_dir / _FILE
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)


def read(data_dir: Path) -> Record | None:
    """The note of `data_dir`, or None. Raises BrokerError when it cannot be understood."""
    path = data_dir / _FILE
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise BrokerError(f"{path} is damaged ({error}); remove it if no broker runs") from error
