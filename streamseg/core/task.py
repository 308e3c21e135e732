"""The interface that a host drives: the pure state of one partition."""

from __future__ import annotations

from typing import Any, Protocol

from streamseg.core.messages.outcomes import Batch


class Task(Protocol):
    """The state of one partition. A host calls the methods in this order:

    - to restore: ``load`` for every changelog record, then ``ready``
    - for each batch: ``apply`` and ``advance``, then ``take``; then ``install`` once that is
      committed, or ``rollback`` if it never will be
    """

    @property
    def now(self) -> int:
        """The partition's time in ms: it only moves forward."""

    @property
    def due(self) -> int | None:
        """The earliest ``now`` at which ``advance`` may emit something; None: never."""

    def must_wait(self, instant: int) -> bool:
        """Whether ``advance`` has work to end before a record of an instant may be applied."""

    @property
    def contacts(self) -> int:
        """Keys with state."""

    @property
    def state_bytes(self) -> int:
        """Bytes of keys and values at rest."""

    @property
    def timers(self) -> int:
        """About how many keys have a next due instant."""

    @property
    def members(self) -> dict[str, int]:
        """How many are in each segment, where it is counted."""

    @property
    def waiting_triggers(self) -> dict[tuple[str, str], int]:
        """How many triggers wait for a policy, by segment and gate, where any do."""

    @property
    def unaware(self) -> dict[str, int]:
        """By segment, of how many contacts what it asks about was not remembered before."""

    def load(self, key: bytes, value: bytes | None) -> None:
        """Read one record of the changelog; a ``value`` of None is a tombstone."""

    def ready(self) -> None:
        """Build what is derived from the state, after the last ``load``."""

    def build(self, limit: int | None) -> bool:
        """Build the part of the index that ``ready`` left for later, for ``limit`` keys (None: all
        of them).

        True when the index is complete. Results are right without it, only slower.
        """

    def apply(self, record: Any, wall: int | None) -> None:
        """Advance to the record's time, then apply the record.

        ``wall`` is the wall clock (ms), or None where there is none, as in a replay.
        """

    def advance(self, now: int, wall: int | None, limit: int | None = None) -> bool:
        """Emit what is due by ``now``, for at most ``limit`` keys (None: all). True when nothing is
        left.
        """

    def take(self) -> Batch:
        """The outcomes and changelog records of the calls since the last ``take``."""

    def install(self) -> None:
        """Note that what was taken is committed."""

    def rollback(self) -> None:
        """Forget everything since the last ``install``."""
