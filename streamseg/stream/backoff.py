"""Waiting longer after each failure."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass
class Backoff:
    """Delays in seconds that double from ``first`` to ``limit``, each cut by up to a quarter."""

    first: float = 0.5
    limit: float = 15.0
    failures: int = 0

    def next(self) -> float:
        """The delay after one more failure, in seconds."""
        delay = min(self.limit, self.first * 2.0 ** min(self.failures, 16))
        self.failures += 1
        return delay * random.uniform(0.75, 1.0)  # noqa: S311 - spreads retries, keeps no secret

    def reset(self) -> None:
        """Note a success."""
        self.failures = 0
