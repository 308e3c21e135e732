"""A worker in a separate process, which ends with the demo."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streamseg.core.errors import StreamsegError
from streamseg.environment import variables
from streamseg.settings import Settings

_STOP_GRACE_S = 10.0
_LINES_SHOWN = 15


class WorkerError(StreamsegError):
    """The worker ended by itself or never got ready; the message has the end of its log."""


@dataclass(slots=True)
class Worker:
    """A running worker; `log` is what it has written."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def check(self) -> None:
        """Raises WorkerError if the worker has ended."""
        code = self.process.poll()
        if code is not None:
            raise WorkerError(f"the worker ended with exit code {code}:\n{self._last_lines()}")

    def wait_until_ready(self, timeout_s: float) -> None:
        """Returns when the worker says that it is ready for events. Raises WorkerError."""
        deadline = time.monotonic() + timeout_s
        while not _answers(f"{self.url}/readyz"):
            self.check()
            if time.monotonic() > deadline:
                raise WorkerError(
                    f"the worker is not ready after {timeout_s:.0f} s:\n{self._last_lines()}"
                )
            time.sleep(0.1)

    def _last_lines(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  | {line}" for line in lines[-_LINES_SHOWN:]) or "  (it wrote nothing)"


@contextmanager
def running_worker(settings: Settings, rules: Path, log: Path) -> Iterator[Worker]:
    """Starts a worker with these settings; at the end of the block it is asked to stop, and killed
    if it does not.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamseg", "worker", "--rules", str(rules)],
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal is for the demo, which ends the worker
        )
    try:
        yield Worker(process, f"http://{settings.web_host}:{settings.web_port}", log)
    finally:
        _end(process)


def _environment(settings: Settings) -> dict[str, str]:
    """This process's environment, with those settings that the demo has chosen."""
    chosen = {
        "bootstrap": settings.bootstrap,
        "topic_prefix": settings.topic_prefix,
        "app_id": settings.app_id,
        "lateness_ms": f"{settings.lateness_ms}ms",
        "web_host": settings.web_host,
        "web_port": str(settings.web_port),
    }
    return {**os.environ, **{variables(field)[0]: value for field, value in chosen.items()}}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310 (the URL is our own)
            return bool(response.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
