"""Fires the trigger of an entry, or says what holds it back."""

from __future__ import annotations

from collections.abc import Sequence

from streamseg.core.contacts.membership import Membership, record_firing
from streamseg.core.contacts.slots import firings_of, last_firing
from streamseg.core.messages.content import Content
from streamseg.core.messages.emission import Emission


class Firing:
    """Fires triggers, or suppresses them with a reason: cooldown, limit or stale.

    ``wall`` is the wall clock (ms); None in a replay.
    """

    def __init__(self, emission: Emission, stale_after: int) -> None:
        self.wall: int | None = None
        self._emission = emission
        self._stale_after = stale_after

    def fire(
        self, membership: Membership, entered_at: int, anchor: int | str, content: Content
    ) -> bool:
        """Fire a trigger, unless something holds it back; returns whether it fired."""
        reason = self._reason_against(membership, entered_at)
        if reason is not None:
            self._emission.suppressed(membership, entered_at, anchor, content, reason)
            return False
        record_firing(membership, entered_at, anchor)
        self._emission.fired(membership, entered_at, anchor, content)
        return True

    def _reason_against(self, membership: Membership, entered_at: int) -> str | None:
        reason = cooldown_or_limit(membership, entered_at, ())
        return "stale" if reason is None and self.is_stale(entered_at) else reason

    def is_stale(self, entered_at: int) -> bool:
        """Whether an instant is more than ``stale_after`` before the wall clock."""
        return self.wall is not None and self.wall - entered_at > self._stale_after


def cooldown_or_limit(membership: Membership, entered_at: int, others: Sequence[int]) -> str | None:
    """``cooldown`` or ``limit`` if one of them holds a trigger back; else None.

    ``others``: the instants of entries whose triggers are released and not told yet.
    """
    options, slot = membership.segment.options, membership.slot
    assert options is not None
    last = last_firing(slot)
    for other in others:
        last = other if last is None else max(last, other)
    cooldown = options.cooldown
    if cooldown is not None and last is not None and abs(entered_at - last) < cooldown:
        return "cooldown"
    if options.limit is not None and firings_of(slot) + len(others) >= options.limit:
        return "limit"
    return None
