"""`streamseg demo` shows what it promises and leaves nothing, however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient

pytestmark = [pytest.mark.stream, pytest.mark.slow]

SEGMENTS = ("cart_left", "back_in_stock", "gone_quiet")


@contextmanager
def demo(folder: Path, seconds: int, kafka: str | None = None) -> Iterator[subprocess.Popen[str]]:
    """A running demo; all that it makes is in `folder`. Without `kafka` it brings its own."""
    environment = {**os.environ, "TMPDIR": str(folder), "DEMO_SECONDS": str(seconds)}
    environment.pop("KAFKA_BOOTSTRAP", None)
    if kafka is not None:
        environment["KAFKA_BOOTSTRAP"] = kafka
    process = subprocess.Popen(
        [sys.executable, "-m", "streamseg", "demo"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def of_demo(folder: Path) -> list[psutil.Process]:
    """The processes that came of the demo: they have its folder in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(folder):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def nothing_is_left(folder: Path) -> bool:
    """Whether no process and no file is left; the system may take a moment to bury the last."""
    for _ in range(50):
        if not of_demo(folder) and not list(folder.iterdir()):
            return True
        time.sleep(0.1)
    return False


def wait_for_a_trigger(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert any(" fired " in line for line in process.stdout)


async def _topics(kafka: str) -> list[str]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    try:
        return [name for name in await client.list_topics() if name.startswith("streamseg-demo")]
    finally:
        await client.close()


def test_all_three_segments_fire_and_nothing_is_left(tmp_path: Path) -> None:
    with demo(tmp_path, 20) as process:
        said, _ = process.communicate(timeout=150)
    assert process.returncode == 0, said
    lines = said.splitlines()
    for segment in SEGMENTS:
        assert any(" fired " in line and f" {segment} " in line for line in lines)
    assert any("/metrics" in line for line in lines)
    assert [line.split()[0] for line in lines[-3:]] == list(SEGMENTS)
    assert "\x1b" not in said
    assert nothing_is_left(tmp_path)


def test_ctrl_c_ends_it_early_with_the_summary(kafka: str, tmp_path: Path) -> None:
    with demo(tmp_path, 600, kafka) as process:
        wait_for_a_trigger(process)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert [line.split()[0] for line in said.splitlines()[-3:]] == list(SEGMENTS)
    assert nothing_is_left(tmp_path)
    assert asyncio.run(_topics(kafka)) == []


def test_sigterm_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, 600) as process:
        assert process.stdout is not None
        assert "starting Apache Kafka" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert nothing_is_left(tmp_path)


def test_a_worker_that_dies_ends_it_with_an_error(kafka: str, tmp_path: Path) -> None:
    with demo(tmp_path, 600, kafka) as process:
        wait_for_a_trigger(process)
        for child in of_demo(tmp_path):
            if child.pid != process.pid:
                child.kill()
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the worker ended with exit code -9" in said
    assert nothing_is_left(tmp_path)


def test_a_segment_that_never_fired_is_a_failure(kafka: str, tmp_path: Path) -> None:
    with demo(tmp_path, 2, kafka) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "never fired: " in said
    assert "gone_quiet" in said.splitlines()[-1]
    assert nothing_is_left(tmp_path)
