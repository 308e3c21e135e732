"""Holding a stream of records to a rate."""

import time
from collections.abc import Callable

# Records between two waits where there is no rate: enough for full batches, and seldom too many.
_UNHURRIED = 5_000


class Pace:
    """Lets `rate` records a second through, counted from the first call; None lets all through."""

    def __init__(self, rate: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._began: float | None = None
        self._passed = 0

    @property
    def slice(self) -> int:
        """Records to send between two waits: what is due in about 20 ms."""
        return _UNHURRIED if self._rate is None else max(1, int(self._rate / 50))

    def owes_s(self, records: int) -> float:
        """Seconds to wait after these further records, so that the rate is kept."""
        if self._rate is None:
            return 0.0
        if self._began is None:
            self._began = self._clock()
        self._passed += records
        return max(0.0, self._began + self._passed / self._rate - self._clock())
