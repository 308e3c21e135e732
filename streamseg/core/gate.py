"""Between entering and firing: whether a trigger fires, or what holds it back."""

from __future__ import annotations

from streamseg.core.emission import Emission, Story
from streamseg.core.membership import Place, firings_of, last_firing, note_firing


class Gate:
    """Fires triggers or suppresses them, with the reason; ``wall`` is the wall clock, if any."""

    def __init__(self, emission: Emission, stale_after: int) -> None:
        self.wall: int | None = None
        self._emission = emission
        self._stale_after = stale_after

    def fire(self, place: Place, entered_at: int, anchor: int | str, story: Story) -> bool:
        """Fire, unless something holds the trigger back; whether it fired."""
        reason = self._holds_back(place, entered_at)
        if reason is not None:
            self._emission.suppressed(place, entered_at, anchor, story, reason)
            return False
        note_firing(place.slot, entered_at, anchor)
        self._emission.fired(place, entered_at, anchor, story)
        return True

    def _holds_back(self, place: Place, entered_at: int) -> str | None:
        options, slot = place.segment.definition.trigger, place.slot
        assert options is not None
        last = last_firing(slot)
        cooldown = options.cooldown
        if cooldown is not None and last is not None and abs(entered_at - last) < cooldown:
            return "cooldown"
        if options.limit is not None and firings_of(slot) >= options.limit:
            return "limit"
        if self.wall is not None and self.wall - entered_at > self._stale_after:
            return "stale"
        return None
