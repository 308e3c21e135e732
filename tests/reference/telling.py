"""What is emitted of what was decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from .contacts import Contact, Slot, Stay
from .segments import Segment
from .values import duration_ms, rfc3339


class Line(NamedTuple):
    """One line of output; `reason` is of a suppressed trigger."""

    type: str
    segment: str
    contact: str
    key: str | None
    rung: str | None
    entered_at: str
    emitted_at: str
    anchor: str
    reason: str | None = None


@dataclass(frozen=True)
class Move:
    """A contact entered or left a segment."""

    at: int
    contact: Contact
    slot: Slot
    stay: Stay
    entered: bool

    @property
    def order(self) -> tuple[int, str, Slot]:
        return self.at, self.contact.name, self.slot


class Teller:
    """`triggers` and `decisions` grow in the order of emission."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.triggers: list[Line] = []
        self.decisions: list[Line] = []

    def tell_at_once(self, moves: Iterable[Move], time: int, now: int) -> None:
        """What an event of a time brought about: cancellations, then firings."""
        moves = sorted(moves, key=lambda move: move.order)
        for move in moves:
            told = move.stay.told and not move.entered
            if told and time < move.stay.entered_at and self.cancels(move):
                self.triggers.append(self.line("trigger.cancelled", move, now))
        for move in moves:
            if move.entered:
                self.tell(move, now)

    def tell(self, move: Move, now: int, reason: str | None = None) -> None:
        """Fires the trigger of a stay, or holds it back; what fired of an episode fires no more."""
        fired, episode = move.contact.fired, (move.slot, move.stay.label or move.stay.anchor)
        entered_at = move.stay.entered_at
        again = episode in fired and (reason is None or fired[episode] < entered_at)
        if not self.segments[move.slot[0]].fires or again:
            return
        reason = reason or self.held_back(move)
        if reason is not None:
            self.decisions.append(self.line("trigger.suppressed", move, now, reason))
            return
        move.stay.told = True
        fired[episode] = entered_at
        move.contact.firings.setdefault(move.slot, []).append(entered_at)
        self.triggers.append(self.line("trigger.fired", move, now))

    def cancels(self, move: Move) -> bool:
        return bool(self.segments[move.slot[0]].options.get("cancel", True))

    def held_back(self, move: Move) -> str | None:
        """Why the trigger must not fire: the distance to the last firing, or their number."""
        options = self.segments[move.slot[0]].options
        firings = move.contact.firings.get(move.slot, [])
        distance = abs(move.stay.entered_at - max(firings, default=0))
        if "cooldown" in options and firings and distance < duration_ms(options["cooldown"]):
            return "cooldown"
        return "limit" if "limit" in options and len(firings) >= options["limit"] else None

    def line(self, kind: str, move: Move, now: int, reason: str | None = None) -> Line:
        segment, (_, key, rung), stay = self.segments[move.slot[0]], move.slot, move.stay
        return Line(
            kind,
            segment.name,
            move.contact.name,
            key or None,
            segment.rungs[rung],
            rfc3339(stay.entered_at),
            rfc3339(now),
            stay.label or rfc3339(stay.anchor),
            reason,
        )
