"""The environment of the demo: sets it up in order, and always takes it down."""

import asyncio
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from types import FrameType

from streamseg.broker import local_kafka
from streamseg.broker.probe import free_port
from streamseg.demo.worker import Worker, running_worker
from streamseg.environment import load_settings
from streamseg.settings import Settings
from streamseg.topics import load_catalogue
from streamseg.topics.cluster import admin, ensure_topics

LATENESS_MS = 500
# How long the triggers of each segment of demo.yaml wait for late events: those that time brings.
WAITS_MS = {"cart_left": LATENESS_MS, "back_in_stock": 0, "gone_quiet": LATENESS_MS}
_PARTITIONS = 4
_READY_WITHIN_S = 60.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Stage:
    """A Kafka with topics and a worker that is ready for events."""

    settings: Settings
    worker: Worker


@contextmanager
def set_up(folder: Path | None, say: Callable[[str], None]) -> Iterator[Stage]:
    """Brings up all that the demo needs; when the block ends, however it ends, all of it is gone.

    With `folder` the data of Kafka and the logs stay there, otherwise nothing stays.
    """
    with ExitStack() as stack:
        stack.enter_context(_ended_by_signals())
        place = folder or stack.enter_context(_temporary_folder())
        place.mkdir(parents=True, exist_ok=True)
        data = None if folder is None else folder / "kafka"
        bootstrap = stack.enter_context(local_kafka(data, heap="512m", say=say))
        rules = stack.enter_context(as_file(files("streamseg.demo") / "demo.yaml"))
        settings = _settings(bootstrap, rules)
        stack.enter_context(_topics(settings))
        say("starting a worker")
        worker = stack.enter_context(running_worker(settings, rules, place / "worker.log"))
        worker.wait_until_ready(_READY_WITHIN_S)
        stack.enter_context(_taken_down_undisturbed())
        yield Stage(settings, worker)


def _settings(bootstrap: str, rules: Path) -> Settings:
    """The demo's settings; a Kafka that was given may hold topics of others, so names are new."""
    name = f"streamseg-demo-{secrets.token_hex(4)}"
    return load_settings(
        bootstrap=bootstrap,
        topic_prefix=f"{name}.",
        app_id=name,
        lateness_ms=LATENESS_MS,
        rules=rules,
        web_port=free_port(),
    )


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="streamseg-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _topics(settings: Settings) -> Iterator[None]:
    """The demo's topics; in a Kafka that was given they are deleted at the end."""
    catalogue = load_catalogue(settings.topic_prefix).with_partitions(_PARTITIONS)
    asyncio.run(ensure_topics(settings.connection(), catalogue))
    try:
        yield
    finally:
        if os.environ.get("KAFKA_BOOTSTRAP"):
            names = [topic.name for topic in catalogue.topics]
            asyncio.run(_delete(settings, names))


async def _delete(settings: Settings, topics: list[str]) -> None:
    async with admin(settings.connection()) as client:
        await client.delete_topics(topics)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal unwind the program, as Ctrl-C does."""

    def end(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _taken_down_undisturbed() -> Iterator[None]:
    """Once the block ends no signal interrupts: a second Ctrl-C leaves nothing running either."""
    try:
        yield
    finally:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
