"""A state store: bytes at rest, decoded while a batch touches them.

A state that a batch touches is live (decoded) until the batch is taken; then it is bytes again. The
bytes before are kept until the batch is committed, and a rollback puts them back. The garbage
collector has nothing to walk in states at rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from streamseg.core.walk import Walk

T = TypeVar("T")


class Store(Generic[T]):
    """A store of states of one kind by text keys; ``prefix`` is the prefix of their keys in the
    changelog. ``keeps_decoded``: states of the last batch stay decoded, as nothing else alters
    them.

    At rest a key is UTF-8 bytes, which takes 16 bytes less than a text.
    """

    def __init__(
        self,
        prefix: bytes,
        decode: Callable[[bytes, bytes], T],
        encode: Callable[[T], bytes],
        keeps_decoded: bool = False,
    ) -> None:
        self.prefix = prefix
        self.resting: dict[bytes, bytes] = {}
        self.live: dict[str, T] = {}
        self._fresh: dict[str, bytes] = {}  # keys added by the batch, in UTF-8
        self._before: dict[bytes, bytes | None] = {}  # by key, the bytes before the last take
        self._removed: set[bytes] = set()  # keys at rest that the batch removed
        self.is_used = False  # whether a key may have a state
        self._decode = decode
        self._encode = encode
        self._keeps_decoded = keeps_decoded
        self._decoded: dict[str, T] = {}  # what `live` was in the last batch, where that is kept
        self.size = 0

    def __len__(self) -> int:
        return len(self.resting)

    def raw_of(self, key: str, state: T) -> bytes:
        """A key in UTF-8."""
        return self._fresh.get(key) or key.encode()

    def get(self, key: str, raw: bytes | None = None) -> T | None:
        """The state of a key, decoded for this batch; None where it has none. ``raw`` is the key in
        UTF-8 where the caller has it.
        """
        state = self.live.get(key)
        if state is None:
            if raw is None:
                raw = key.encode()
            value = self.value(raw)
            if value is None:
                return None
            state = self._decoded.get(key) if self._decoded else None
            if state is None:
                state = self._decode(raw, value)
            self.live[key] = state
        return state

    def value(self, raw: bytes) -> bytes | None:
        """The bytes at rest of a key; None where it has none, or the batch removed it."""
        return None if self._removed and raw in self._removed else self.resting.get(raw)

    def committed(self, raw: bytes) -> bytes | None:
        """The bytes of a key as they were committed last; None where it had none."""
        before = self._before
        return before[raw] if raw in before else self.resting.get(raw)

    def copy_to(self, other: Store[T], keys: Iterable[str]) -> None:
        """Copy the committed states of some keys into another store."""
        for key in keys:
            raw = key.encode()
            value = self.committed(raw)
            if value is not None:
                other.load(raw, value)
        other.loaded()

    def add(self, key: str, state: T, raw: bytes | None = None) -> None:
        """Give a key its first state; ``raw`` is the key in UTF-8 where the caller has it."""
        self.is_used = True
        if self._removed:
            self._removed.discard(raw or key.encode())
        self.live[key] = state
        if raw is not None:
            self._fresh[key] = raw

    def remove(self, key: str) -> None:
        """Remove the state of a key."""
        self.live.pop(key, None)
        self._fresh.pop(key, None)
        raw = key.encode()
        if raw in self.resting:
            self._removed.add(raw)
        self.is_used = bool(self.live) or len(self._removed) < len(self.resting)

    def walk(self, after: bytes) -> Walk:
        """Walk over the keys that have a state, in ascending order, beginning behind ``after``."""
        return Walk(self._every_key(), after)

    def _every_key(self) -> Iterator[bytes]:
        """The keys that have a state, each once."""
        for raw in self.resting:
            if raw not in self._removed:
                yield raw
        for key, state in self.live.items():
            raw = self.raw_of(key, state)
            if raw not in self.resting or raw in self._removed:
                yield raw

    def load(self, raw: bytes, value: bytes | None) -> None:
        """Read a record of the changelog; ``loaded`` follows after the last one."""
        if value is None:
            self.resting.pop(raw, None)
        else:
            self.resting[raw] = value

    def loaded(self) -> None:
        """Count the bytes that were loaded: all at once, which costs less than one by one."""
        resting = self.resting
        self.size = sum(map(len, resting)) + sum(map(len, resting.values()))
        self.is_used = bool(resting)

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """The changelog records of what the batch changed; its states are at rest from now on."""
        resting, before = self.resting, self._before
        prefix, encode = self.prefix, self._encode
        changes: list[tuple[bytes, bytes | None]] = []
        size = self.size
        try:
            for raw in self._removed:
                gone = resting.pop(raw)
                before[raw] = gone
                size -= len(raw) + len(gone)
                changes.append((prefix + raw, None))
            for key, state in self.live.items():
                value = encode(state)
                raw = self.raw_of(key, state)
                old = resting.get(raw)
                if old != value:
                    before[raw] = old
                    size += len(value) + (len(raw) if old is None else -len(old))
                    resting[raw] = value
                    changes.append((prefix + raw, value))
        finally:  # where a state cannot be encoded, a rollback follows
            self.size = size
        if self._keeps_decoded:
            self._decoded = self.live
        self._forget_live()
        return changes

    def install(self) -> None:
        """Note that what was taken is committed."""
        self._before = {}

    def rollback(self) -> None:
        """Forget everything since the last install."""
        resting, before = self.resting, self._before
        for raw, old in before.items():
            new = resting.pop(raw, None)
            self.size -= 0 if new is None else len(raw) + len(new)
            if old is not None:
                resting[raw] = old
                self.size += len(raw) + len(old)
        self._before, self._decoded = {}, {}
        self._forget_live()

    def _forget_live(self) -> None:
        self._fresh = {}
        self._removed = set()
        self.live = {}
        self.is_used = bool(self.resting)
