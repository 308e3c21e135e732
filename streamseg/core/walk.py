"""A walk over keys in ascending order that can be done in slices."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush


class Walk:
    """The keys behind ``after``, as they were when the walk began, in ascending order.

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
        """Add a key that is still ahead of the walk."""
        heappush(self._left, raw)

    def next(self) -> bytes | None:
        """Take out the next key; None where the walk is over."""
        return heappop(self._left) if self._left else None
