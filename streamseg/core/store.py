"""States by key: bytes at rest, decoded while a batch touches them.

An overlay holds what a batch touched; it becomes state when the batch is committed, and is
forgotten when it is not. At rest there is nothing for the garbage collector to walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Store(Generic[T]):
    """A dict from text keys to states of one kind; ``prefix`` marks them in the changelog.

    At rest keys are UTF-8: 16 bytes less a key than a text takes.
    """

    def __init__(
        self, prefix: bytes, decode: Callable[[bytes, bytes], T], encode: Callable[[T], bytes]
    ) -> None:
        self.prefix = prefix
        self.resting: dict[bytes, bytes] = {}
        self.live: dict[str, T] = {}
        self._fresh: dict[str, bytes] = {}
        self._taken: dict[bytes, bytes] = {}
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
            raw = key.encode()
            value = self.resting.get(raw)
            if value is None or key in self._removed:
                return None
            state = self.live[key] = self._decode(raw, value)
        return state

    def add(self, key: str, state: T, raw: bytes | None = None) -> None:
        """Give a key its first state; ``raw`` is the key in UTF-8 where the caller has it."""
        self.is_used = True
        self._removed.discard(key)
        self.live[key] = state
        if raw is not None:
            self._fresh[key] = raw

    def remove(self, key: str) -> None:
        """A key has no state any more."""
        self.live.pop(key, None)
        self._removed.add(key)
        resting = (raw.decode() for raw in self.resting)
        self.is_used = bool(self.live) or any(one not in self._removed for one in resting)

    def load(self, raw: bytes, value: bytes | None) -> None:
        """Take a record of the changelog; after the last one comes ``loaded``."""
        if value is None:
            self.resting.pop(raw, None)
        else:
            self.resting[raw] = value

    def loaded(self) -> None:
        """Count what was loaded: all at once costs less than one by one."""
        resting = self.resting
        self.size = sum(map(len, resting)) + sum(map(len, resting.values()))
        self.is_used = bool(resting)

    def take(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch made another."""
        for key in self._removed:
            if key.encode() in self.resting:
                yield self.prefix + key.encode(), None
        resting = self.resting
        prefix = self.prefix
        fresh = self._fresh
        for key, state in self.live.items():
            value = self._encode(state)
            raw = fresh.get(key) or key.encode()
            if resting.get(raw) != value:
                self._taken[raw] = value
                yield prefix + raw, value

    def install(self) -> None:
        """What was taken is state now."""
        resting = self.resting
        for key in self._removed:
            raw = key.encode()
            old = resting.pop(raw, None)
            self.size -= 0 if old is None else len(old) + len(raw)
        for raw, value in self._taken.items():
            old = resting.get(raw)
            self.size += len(value) + (len(raw) if old is None else -len(old))
            resting[raw] = value
        self.rollback()

    def rollback(self) -> None:
        """Forget what the batch touched."""
        self._taken = {}
        self._fresh = {}
        self._removed = set()
        self.live = {}
        self.is_used = bool(self.resting)
