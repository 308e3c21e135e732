"""What is emitted of what was decided."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
    released_at: str | None = None
    variant: str | None = None
    allowed: tuple[str, ...] | None = None
    by: str | None = None
    until: str | None = None


class Change(NamedTuple):
    """A change of membership; `exited_at` is None of an entry."""

    type: str
    segment: str
    contact: str
    key: str | None
    rung: str | None
    entered_at: str
    emitted_at: str
    anchor: str
    cause: str
    exited_at: str | None = None


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

    @property
    def order_of_record(self) -> tuple[int, str, Slot, int]:
        """Of one instant a stay ends before another begins, and after it has begun itself."""
        stay = self.stay
        is_its_own = not self.entered and stay.entered_at == self.at and not stay.recorded
        return *self.order, 2 if is_its_own else int(self.entered)

    @property
    def cause(self) -> str:
        """The cause of a change that waits to be told: of those by an event only exits may wait."""
        return "time" if self.entered or self.stay.left_by is None else "event"


@dataclass(frozen=True)
class Forgotten:
    """A stay that ends as its key is forgotten: when, and whether a trigger of it was waiting."""

    move: Move
    waits: bool


class Teller:
    """`triggers`, `decisions` and `membership` grow in the order of emission."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.triggers: list[Line] = []
        self.decisions: list[Line] = []
        self.membership: list[Change] = []
        self.policied: set[int] = set()
        """The segments whose triggers a policy has told."""
        self.untold: list[tuple[tuple[bool, int, str, Slot], Line]] = []

    def put(self, line: Line, at: int, contact: Contact, slot: Slot) -> None:
        """A line of an instant; it is told with the others, in their order."""
        order = line.type != "trigger.cancelled", at, contact.name, slot
        self.untold.append((order, line))

    def flush(self) -> None:
        for _, line in sorted(self.untold, key=lambda each: each[0]):
            is_trigger = line.type in ("trigger.fired", "trigger.cancelled")
            (self.triggers if is_trigger else self.decisions).append(line)
        self.untold = []

    def tell_at_once(
        self,
        moves: Iterable[Move],
        time: int,
        now: int,
        gone: Iterable[Forgotten] = (),
        cause: str = "event",
    ) -> None:
        """What an event of a time brought about: cancellations, then firings."""
        moves = sorted(moves, key=lambda move: move.order)
        gone = list(gone)
        self.record_at_once(moves, now, gone, cause)
        for move in moves:
            stay = move.stay
            before = stay.entered_at if stay.released_at is None else stay.released_at
            if stay.told and not move.entered and time < before and self.cancels(move):
                line = stay.line or self.line("trigger.cancelled", move, now)
                if stay.told_as is not None:
                    line = line._replace(anchor=rfc3339(stay.told_as))
                line = line._replace(type="trigger.cancelled", emitted_at=rfc3339(now))
                self.put(line, move.at, move.contact, move.slot)
        waiting = [replace(one.move, at=one.move.stay.entered_at) for one in gone if one.waits]
        entered = [(move, False) for move in moves if move.entered]
        told_of = [(move, True) for move in waiting] + entered
        for move, is_forgotten in sorted(told_of, key=lambda each: each[0].order):
            if not is_forgotten:
                self.tell(move, now)
            elif self.segments[move.slot[0]].fires and move.slot[0] not in self.policied:
                reason = "forgotten" if move.stay.left_by is None else "left"
                line = self.line("trigger.suppressed", move, now, reason)
                self.put(line, move.at, move.contact, move.slot)

    def record_at_once(
        self, moves: list[Move], now: int, gone: list[Forgotten], cause: str
    ) -> None:
        """The changes of membership that an event brought about.

        Before somebody enters a segment again, the stays whose end waits to be told are told.
        """
        before: list[Move] = []
        for move in [each for each in moves if each.entered]:
            contact = move.contact
            ended = [each for each in contact.ended if each[0] == move.slot]
            for stay in [stay for _, stay in ended if stay is not move.stay]:
                before.append(replace(move, at=stay.entered_at, stay=stay))
                before.append(replace(move, at=stay.left, stay=stay, entered=False))
            contact.ended = [
                (slot, stay)
                for slot, stay in contact.ended
                if slot != move.slot or stay is move.stay
            ]
        left = [one.move for one in gone]
        changes = [(move, "forgotten") for move in left if move.stay.left_at is None]
        changes += [
            (replace(move, at=move.stay.left), move.cause)
            for move in left
            if move.stay.left_at is not None
        ]
        changes += [(move, move.cause) for move in before] + [(move, cause) for move in moves]
        self.record(changes, now)

    def record(self, moves: Iterable[tuple[Move, str]], now: int) -> None:
        """Changes of membership, each with its cause."""
        for move, cause in sorted(moves, key=lambda each: each[0].order_of_record):
            stay = move.stay
            if not self.segments[move.slot[0]].membership:
                continue
            if move.entered and not stay.recorded and not stay.is_void:
                stay.recorded = True
                self.membership.append(self.change("segment.entered", move, now, cause))
            elif not move.entered and stay.recorded and not stay.is_over:
                stay.is_over = True
                self.membership.append(self.change("segment.exited", move, now, cause))
            elif not move.entered and not stay.recorded:
                stay.is_void = True

    def tell(self, move: Move, now: int, reason: str | None = None) -> None:
        """Fires the trigger of a stay, or holds it back; what fired of an episode fires no more."""
        fired, episode = move.contact.fired, (move.slot, move.stay.label or move.stay.anchor)
        entered_at = move.stay.entered_at
        again = episode in fired and (reason is None or fired[episode] < entered_at)
        if not self.segments[move.slot[0]].fires or again or move.slot[0] in self.policied:
            return
        reason = reason or self.held_back(move)
        if reason is not None:
            line = self.line("trigger.suppressed", move, now, reason)
            self.put(line, move.at, move.contact, move.slot)
            return
        move.stay.told = True
        fired[episode] = entered_at
        move.contact.firings.setdefault(move.slot, []).append(entered_at)
        line = self.line("trigger.fired", move, now)
        self.put(line, move.at, move.contact, move.slot)

    def hold_back(self, move: Move, now: int, reason: str) -> None:
        """A trigger that waits is not told."""
        move.stay.merged = True
        self.decisions.append(self.line("trigger.suppressed", move, now, reason))

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

    def change(self, kind: str, move: Move, now: int, cause: str) -> Change:
        line = self.line(kind, move, now)
        names = dict(zip(Line._fields[:8], line[:8], strict=True))
        exited_at = None if move.entered else rfc3339(move.at)
        return Change(**names, cause=cause, exited_at=exited_at)

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
