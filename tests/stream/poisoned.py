"""A worker whose engine fails on events of the types `boom` and `boom_at_rest`; run as a script by
a test.

On the one it fails after it has applied it, on the other when its state is to be written.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.messages.outcomes import Batch
from streamseg.environment import load_settings
from streamseg.stream.app import run_worker
from streamseg.stream.engine import Engine
from tests.stream.counting import CountingTask, IgnoringTask


class Fragile(CountingTask):
    """Counts until it meets one."""

    def __init__(self) -> None:
        super().__init__(told=1)
        self.cannot_rest = False

    def apply(self, record: Any, wall: int | None) -> None:
        super().apply(record, wall)
        if record.type == "boom":
            raise ZeroDivisionError("a bug")
        self.cannot_rest |= record.type == "boom_at_rest"

    def take(self) -> Batch:
        if self.cannot_rest:
            raise OverflowError("a bug at rest")
        return super().take()

    def rollback(self) -> None:
        super().rollback()
        self.cannot_rest = False


class FragileCatalog(IgnoringTask):
    """Takes products until one has a quantity of 666."""

    def apply(self, record: Any, wall: int | None) -> None:
        if record.data.get("quantity") == 666:
            raise ZeroDivisionError("a bug")


if __name__ == "__main__":
    run_worker(load_settings(), Engine(lambda *_: Fragile(), lambda _: FragileCatalog()))
