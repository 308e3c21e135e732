"""Simulated time: processes that wait, woken in the order of their instants.

A process is an iterator that yields how many seconds it waits before its next step:

    def visit():
        tell("session_started")
        yield 12.0
        tell("page_viewed")
"""

import heapq
from collections.abc import Iterator

Process = Iterator[float]


class Schedule:
    """The shop's clock. `now_ms` only moves when a process is woken, and never goes back."""

    def __init__(self, start_ms: int) -> None:
        self.now_ms = start_ms
        self._waiting: list[tuple[int, int, Process]] = []
        self._started = 0

    def start(self, process: Process, after_s: float = 0.0) -> None:
        """Wakes the process for the first time `after_s` seconds from now."""
        self._wait(process, after_s)

    def step(self) -> None:
        """Wakes the process that is due next, and lets it go on until it waits or ends."""
        self.now_ms, _, process = heapq.heappop(self._waiting)
        for wait_s in process:
            self._wait(process, wait_s)
            return

    def _wait(self, process: Process, wait_s: float) -> None:
        # The running number settles ties, so that processes themselves are never compared.
        self._started += 1
        due_ms = self.now_ms + max(0, round(wait_s * 1000))
        heapq.heappush(self._waiting, (due_ms, self._started, process))
