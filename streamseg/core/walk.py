"""Going over keys in their order, in slices."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush


class Walk:
    """Keys behind ``after``, as they were when it began; the least comes first.

    A heap, so that no slice pays for sorting a million keys.
    """

    def __init__(self, keys: Iterable[bytes], after: bytes) -> None:
        self._left = [raw for raw in keys if raw > after]
        heapify(self._left)

    @property
    def is_over(self) -> bool:
        """Whether no key is left."""
        return not self._left

    def add(self, raw: bytes) -> None:
        """Have it come to one more key, which is still ahead."""
        heappush(self._left, raw)

    def next(self) -> bytes | None:
        """The next key, which is left no more; None where the walk is over."""
        return heappop(self._left) if self._left else None
