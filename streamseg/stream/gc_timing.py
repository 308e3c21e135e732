"""Times the garbage collector of Python: off during a restore, and else when a worker is idle.

State at rest is bytes, which the collector need not walk; what it would walk again and again are
the records in flight. They make no cycles, so letting it run rarely costs no memory.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

THRESHOLDS: Final = (200_000, 20, 100)
IDLE_SECONDS: Final = 5.0


def tune_collector() -> None:
    """Set the thresholds of a worker."""
    gc.set_threshold(*THRESHOLDS)


@contextmanager
def collector_off() -> Iterator[None]:
    """No collection inside; afterwards, what has been built counts as permanent."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        if was_on:
            gc.enable()


class IdleCollector:
    """Collects the young generations in a pause of the loop, at most every few seconds."""

    def __init__(self) -> None:
        self._last = monotonic()

    def idle(self) -> None:
        """Called when a cycle found nothing to do."""
        now = monotonic()
        if now - self._last >= IDLE_SECONDS:
            gc.collect(1)
            self._last = now
