"""What a host drives: one partition's worth of pure state."""

from __future__ import annotations

from typing import Any, Protocol

from streamseg.core.outcomes import Batch


class Task(Protocol):
    """State of one partition; see the methods for the order in which a host calls them.

    Restore: ``load`` every changelog record, then ``ready``. Each batch: ``apply`` and
    ``advance``, then ``take``; then ``install`` once what was taken is committed, or
    ``rollback`` if it never will be.
    """

    @property
    def now(self) -> int:
        """The time to which this has come, in ms."""

    @property
    def due(self) -> int | None:
        """The least ``now`` at which ``advance`` may have something to tell."""

    @property
    def contacts(self) -> int:
        """Keys with state."""

    @property
    def state_bytes(self) -> int:
        """Bytes of keys and values at rest."""

    @property
    def timers(self) -> int:
        """Keys with a next due instant, about."""

    @property
    def members(self) -> dict[str, int]:
        """How many are in each segment, where it is counted."""

    @property
    def waiting_triggers(self) -> dict[tuple[str, str], int]:
        """How many triggers wait for a policy, by segment and gate, where any do."""

    def load(self, key: bytes, value: bytes | None) -> None:
        """Take one record of the changelog; None is a tombstone."""

    def ready(self) -> None:
        """Build what is derived from the state; no more ``load`` follows."""

    def build(self, most: int | None) -> bool:
        """Build some of what ``ready`` left for later, of ``most`` keys (None: all of them).

        True when there is nothing left to build. Nothing is wrong without it, only slower.
        """

    def apply(self, record: Any, wall: int | None) -> None:
        """Advance to the record's time, then apply the record.

        ``wall`` is the wall clock (ms), or None where there is none, as in a replay.
        """

    def advance(self, now: int, wall: int | None, limit: int | None = None) -> bool:
        """Tell what is due by ``now``; of at most ``limit`` keys. True when nothing is left."""

    def take(self) -> Batch:
        """What the calls since the last ``take`` brought."""

    def install(self) -> None:
        """What was taken is committed."""

    def rollback(self) -> None:
        """Forget everything since the last ``install``."""
