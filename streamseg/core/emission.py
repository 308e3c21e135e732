"""What the engine tells, in its order: one message for each trigger, decision and membership."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.membership import Place
from streamseg.core.outcomes import CANCELLED, ENTERED, EXITED, FIRED, SUPPRESSED, Outcome

SortKey = tuple[bool, int, bytes, int, str, int]
Story = dict[str, Any]  # the context and the why of a message

_UNTOLD: Final[Story] = {"context": {}, "why": []}
_UNDONE: Final[Story] = {"context": {}, "why": ["an event that arrived late undid it"]}


class Emission:
    """Messages since the last ``drain``. ``now`` is the instant at which they are emitted."""

    def __init__(self) -> None:
        self.now = 0
        self.queue: list[tuple[SortKey, Outcome]] = []

    def drain(self, into: list[Any]) -> None:
        """Move the messages to a list: cancellations first, then by instant, contact, segment,
        key and rung.
        """
        queue = self.queue
        if not queue:
            return
        if len(queue) > 1:
            queue.sort(key=_sort_key)
        into.extend([outcome for _, outcome in queue])
        self.queue = []

    def fired(self, place: Place, entered_at: int, anchor: int | str, story: Story) -> None:
        """A trigger."""
        self._put(place, entered_at, self._outcome(place, FIRED, entered_at, anchor, story))

    def suppressed(
        self, place: Place, entered_at: int, anchor: int | str, story: Story, reason: str
    ) -> None:
        """A trigger that is held back."""
        outcome = self._outcome(place, SUPPRESSED, entered_at, anchor, story)
        outcome.reason = reason
        self._put(place, entered_at, outcome)

    def cancelled(self, place: Place, entered_at: int, anchor: int, instant: int) -> None:
        """A trigger that a late event undid."""
        self._put(place, instant, self._outcome(place, CANCELLED, entered_at, anchor, _UNDONE))

    def entered(self, place: Place, entered_at: int, anchor: int, cause: str) -> None:
        """The contact entered."""
        outcome = self._outcome(place, ENTERED, entered_at, anchor, _UNTOLD)
        outcome.cause = cause
        self._put(place, entered_at, outcome)

    def exited(self, place: Place, entered_at: int, anchor: int, instant: int, cause: str) -> None:
        """The contact left at an instant."""
        outcome = self._outcome(place, EXITED, entered_at, anchor, _UNTOLD)
        outcome.exited_at = instant
        outcome.cause = cause
        self._put(place, instant, outcome)

    def _outcome(
        self, place: Place, kind: str, entered_at: int, anchor: int | str, story: Story
    ) -> Outcome:
        definition = place.segment.definition
        return Outcome(
            type=kind,
            segment=definition.name,
            contact=place.contact.id,
            key=place.key,
            rung=definition.rungs[place.rung].label,
            entered_at=entered_at,
            emitted_at=self.now,
            anchor=anchor,
            rule=definition.version,
            context=story["context"],
            why=story["why"],
        )

    def _put(self, place: Place, instant: int, outcome: Outcome) -> None:
        order = (
            outcome.type != CANCELLED,
            instant,
            place.contact.raw,
            place.segment.index,
            place.key or "",
            place.rung,
        )
        self.queue.append((order, outcome))


def _sort_key(message: tuple[SortKey, Outcome]) -> SortKey:
    return message[0]
