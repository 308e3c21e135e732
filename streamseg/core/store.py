"""States by key: bytes at rest, decoded while a batch touches them.

An overlay holds what a batch touched; it becomes state when the batch is committed, and is
forgotten when it is not. At rest there is nothing for the garbage collector to walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Store(Generic[T]):
    """A dict from text keys to states of one kind; ``prefix`` marks them in the changelog."""

    def __init__(
        self, prefix: bytes, decode: Callable[[str, bytes], T], encode: Callable[[T], bytes]
    ) -> None:
        self.prefix = prefix
        self.resting: dict[str, bytes] = {}
        self.live: dict[str, T] = {}
        self._taken: dict[str, bytes] = {}
        self._removed: set[str] = set()
        self.is_used = False  # whether a key may have a state
        self._decode = decode
        self._encode = encode
        self.size = 0

    def __len__(self) -> int:
        return len(self.resting)

    def get(self, key: str) -> T | None:
        """The state of a key, decoded for this batch; None where it has none."""
        state = self.live.get(key)
        if state is None:
            value = self.resting.get(key)
            if value is None or key in self._removed:
                return None
            state = self.live[key] = self._decode(key, value)
        return state

    def add(self, key: str, state: T) -> None:
        """Give a key its first state."""
        self.is_used = True
        self._removed.discard(key)
        self.live[key] = state

    def remove(self, key: str) -> None:
        """A key has no state any more."""
        self.live.pop(key, None)
        self._removed.add(key)

    def load(self, key: str, value: bytes | None) -> None:
        """Take a record of the changelog."""
        old = self.resting.get(key)
        if old is not None:
            self.size -= len(old) + len(key)
        if value is None:
            self.resting.pop(key, None)
        else:
            self.is_used = True
            self.resting[key] = value
            self.size += len(value) + len(key)

    def take(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch made another."""
        for key in self._removed:
            yield self.prefix + key.encode(), None
        resting = self.resting
        prefix = self.prefix
        for key, state in self.live.items():
            value = self._encode(state)
            if resting.get(key) != value:
                self._taken[key] = value
                yield prefix + key.encode(), value

    def install(self) -> None:
        """What was taken is state now."""
        for key in self._removed:
            self.load(key, None)
        resting = self.resting
        for key, value in self._taken.items():
            old = resting.get(key)
            self.size += len(value) + (len(key) if old is None else -len(old))
            resting[key] = value
        self.rollback()

    def rollback(self) -> None:
        """Forget what the batch touched."""
        self._taken = {}
        self._removed = set()
        self.live = {}
        self.is_used = bool(self.resting)
