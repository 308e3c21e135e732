"""A worker whose engine fails on every event of the type `boom`; run as a script by a test."""

from __future__ import annotations

from typing import Any

from streamseg.settings import load_settings
from streamseg.stream.app import run_worker
from streamseg.stream.engine import Engine
from tests.stream.counting import CountingTask, IgnoringTask


class Fragile(CountingTask):
    """Counts until it meets one."""

    def apply(self, record: Any, wall: int | None) -> None:
        if record.type == "boom":
            raise ZeroDivisionError("a bug")
        super().apply(record, wall)


if __name__ == "__main__":
    run_worker(load_settings(), Engine(lambda _: Fragile(told=1), lambda _: IgnoringTask()))
