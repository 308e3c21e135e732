"""What the engine tells, in its order: one message for each trigger, decision and membership."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.membership import Membership
from streamseg.core.outcomes import CANCELLED, ENTERED, EXITED, FIRED, SUPPRESSED, Outcome

SortKey = tuple[bool, int, bytes, int, str, int]
Content = dict[str, Any]  # the context and the why of a message

_UNTOLD: Final[Content] = {"context": {}, "why": []}
_UNDONE: Final[Content] = {"context": {}, "why": ["an event that arrived late undid it"]}


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

    def fired(
        self, membership: Membership, entered_at: int, anchor: int | str, content: Content
    ) -> None:
        """A trigger."""
        self._put(
            membership, entered_at, self._outcome(membership, FIRED, entered_at, anchor, content)
        )

    def suppressed(
        self,
        membership: Membership,
        entered_at: int,
        anchor: int | str,
        content: Content,
        reason: str,
    ) -> None:
        """A trigger that is held back."""
        outcome = self._outcome(membership, SUPPRESSED, entered_at, anchor, content)
        outcome.reason = reason
        self._put(membership, entered_at, outcome)

    def cancelled(
        self, membership: Membership, entered_at: int, anchor: int | str, instant: int
    ) -> None:
        """A trigger that a late event undid."""
        self._put(
            membership, instant, self._outcome(membership, CANCELLED, entered_at, anchor, _UNDONE)
        )

    def entered(
        self, membership: Membership, entered_at: int, anchor: int | str, cause: str
    ) -> None:
        """The contact entered."""
        outcome = self._outcome(membership, ENTERED, entered_at, anchor, _UNTOLD)
        outcome.cause = cause
        self._put(membership, entered_at, outcome)

    def exited(
        self, membership: Membership, entered_at: int, anchor: int | str, instant: int, cause: str
    ) -> None:
        """The contact left at an instant."""
        outcome = self._outcome(membership, EXITED, entered_at, anchor, _UNTOLD)
        outcome.exited_at = instant
        outcome.cause = cause
        self._put(membership, instant, outcome)

    def _outcome(
        self,
        membership: Membership,
        kind: str,
        entered_at: int,
        anchor: int | str,
        content: Content,
    ) -> Outcome:
        definition = membership.segment.definition
        return Outcome(
            type=kind,
            segment=definition.name,
            contact=membership.contact.id,
            key=membership.key,
            rung=definition.rungs[membership.rung].label,
            entered_at=entered_at,
            emitted_at=self.now,
            anchor=anchor,
            rule=definition.version,
            context=content["context"],
            why=content["why"],
        )

    def _put(self, membership: Membership, instant: int, outcome: Outcome) -> None:
        order = (
            outcome.type != CANCELLED,
            instant,
            membership.contact.raw,
            membership.segment.index,
            membership.key or "",
            membership.rung,
        )
        self.queue.append((order, outcome))


def _sort_key(message: tuple[SortKey, Outcome]) -> SortKey:
    return message[0]
