"""What becomes of candidates: they wait, are asked at every instant, and end in one record."""

from collections.abc import Iterable
from math import inf

from .contacts import Contact
from .policies import Candidate, Decided, Held, Policy
from .segments import Segment
from .telling import Line, Move, Teller
from .values import duration_ms, rfc3339

MOST = 16


class Holding:
    """Has the triggers of segments with a policy told by a teller."""

    def __init__(
        self, policies: dict[int, Policy], segments: list[Segment], teller: Teller, lateness: int
    ) -> None:
        self.policies = policies
        self.segments = segments
        self.teller = teller
        self.lateness = lateness
        self.now = -(2**62)
        self.held: dict[str, Held] = {}

    def of(self, contact: Contact) -> Held:
        return self.held.setdefault(contact.name, Held())

    def instants(self, contact: Contact, start: int, end: int) -> set[int]:
        """Instants after ``start`` up to ``end`` at which time alone may release or end."""
        held = self.of(contact)
        found: set[int] = set()
        for one in held.waiting:
            policy = self.policies[one.slot[0]]
            found |= {one.at + policy.expires, *policy.edges(contact, held, start, end)}
            found |= {decided.at + self.lateness for decided in held.decided}
            found |= {at + self.lateness for at in held.freed}
        return {t for t in found if start < t <= end}

    # What is decided

    def moved(self, contact: Contact, moves: Iterable[Move], time: int | None) -> None:
        """Entries and exits at one instant, by an event of a time, or by time alone."""
        for move in moves:
            if move.slot[0] not in self.policies:
                continue
            if move.entered:
                self.enter(contact, move, time is not None)
            else:
                self.leave(contact, move, time)

    def enter(self, contact: Contact, move: Move, by_event: bool) -> None:
        held, policy = self.of(contact), self.policies[move.slot[0]]
        one = Candidate(move.slot, move.stay, interest=move.stay.interest)
        one.stay.caps = tuple(policy.caps)
        released = [
            (decided.candidate.slot, decided.candidate.anchor)
            for decided in held.decided
            if decided.kind == "released" and decided.reason != "left"
        ]
        if (one.slot, one.anchor) in [*contact.fired, *released]:
            return
        reason = "paused" if policy.paused is True else self.withheld(contact, one)
        if reason is None and policy.allowed(contact, one.at) == []:
            reason = "consent"
        if reason is not None:
            self.decide(contact, Decided(one.at, one, "ended", reason), by_event)
            return
        one.target = policy.target(contact, one.at)
        at = max(one.at, contact.decided) if by_event else one.at
        for other in held.waiting[:]:
            if other.is_asked and other.slot[:2] == one.slot[:2] and other.slot[2] < one.slot[2]:
                self.supersede(contact, other, at, by_event)
        held.waiting.append(one)

    def withheld(self, contact: Contact, one: Candidate) -> str | None:
        """Cooldown or limit, where what is released has as good as fired."""
        options = self.segments[one.slot[0]].options
        firings = contact.firings.get(one.slot, []) + [
            decided.candidate.at
            for decided in self.of(contact).decided
            if decided.kind == "released"
            and decided.reason != "left"
            and decided.candidate.slot == one.slot
        ]
        distance = abs(one.at - max(firings, default=0))
        if "cooldown" in options and firings and distance < duration_ms(options["cooldown"]):
            return "cooldown"
        return "limit" if "limit" in options and len(firings) >= options["limit"] else None

    def leave(self, contact: Contact, move: Move, time: int | None) -> None:
        held = self.of(contact)
        for one in held.waiting[:]:
            if one.slot == move.slot and one.stay is move.stay:
                if one.interest is not None:
                    held.carried[one.slot] = one.interest
                    held.used.pop(one.slot, None)
                self.end(contact, one, "left", move.at, time is not None)
        for decided in held.decided[:]:
            is_its = decided.candidate.stay is move.stay and decided.kind != "deferred"
            if is_its and time is not None and time < decided.at + self.lateness:
                decided.reason, decided.by = "left", None
                self.forget_deferral(contact, decided.candidate)

    def ask(self, contact: Contact, at: int, by_event: bool) -> None:
        """Ask all that wait at an instant, each before the next."""
        held = self.of(contact)
        for one in self.in_order(held):
            policy = self.policies[one.slot[0]]
            gate = policy.closed(contact, held, one, at)
            if gate is None:
                self.release(contact, one, at, by_event)
            elif at >= one.at + policy.expires:
                reason = "expired" if policy.expires else gate.split(" ")[0]
                self.end(contact, one, reason, at, by_event, gate)
            one.is_asked = True
        for one in held.waiting[:]:
            if any(o.slot[:2] == one.slot[:2] and o.slot[2] > one.slot[2] for o in held.waiting):
                self.supersede(contact, one, at, by_event)
        for one in self.in_order(held)[MOST:]:
            self.end(contact, one, "crowded", at, by_event)
        for one in held.waiting:
            if not one.is_deferred:
                one.is_deferred = True
                self.decide(contact, self.deferral(contact, one, at), by_event)

    def in_order(self, held: Held) -> list[Candidate]:
        return sorted(
            held.waiting, key=lambda one: (-self.policies[one.slot[0]].priority, one.at, one.slot)
        )

    def deferral(self, contact: Contact, one: Candidate, at: int) -> Decided:
        held, policy = self.of(contact), self.policies[one.slot[0]]
        gate = policy.closed(contact, held, one, at)
        assert gate is not None
        edges = policy.edges(contact, held, at, one.at + policy.expires)
        is_open = [t for t in edges if policy.closed(contact, held, one, t) is None]
        return Decided(at, one, "deferred", gate.split(" ")[0], until=min(is_open, default=None))

    def release(self, contact: Contact, one: Candidate, at: int, by_event: bool) -> None:
        held, policy = self.of(contact), self.policies[one.slot[0]]
        is_instant = self.segments[one.slot[0]].on is not None
        if is_instant and one.is_asked and not one.stay.holds(at):
            self.end(contact, one, "left", at, by_event)
            return
        held.waiting.remove(one)
        contact.decided = max(contact.decided, at)
        decided = Decided(at, one, "released")
        reason = self.withheld(contact, one)
        if reason is None and policy.allowed(contact, at) == []:
            reason = "consent"
        if reason is not None:
            decided.kind, decided.reason = "ended", reason
        else:
            decided.variant = policy.variant(contact.name)
            is_control = decided.variant == "control" and policy.split is not None
            if is_control or decided.variant == "holdout":
                decided.reason = "control"
        self.decide(contact, decided, by_event)

    def supersede(self, contact: Contact, one: Candidate, at: int, by_event: bool) -> None:
        contact.fired[one.slot, one.anchor] = one.at
        self.end(contact, one, "superseded", at, by_event)

    def end(
        self,
        contact: Contact,
        one: Candidate,
        reason: str,
        at: int,
        by_event: bool,
        by: str | None = None,
    ) -> None:
        self.of(contact).waiting.remove(one)
        contact.decided = max(contact.decided, at)
        self.decide(contact, Decided(at, one, "ended", reason, by), by_event)

    def forget(self, contact: Contact, place: int, key: str) -> None:
        """A key is forgotten, with what waits of it."""
        held = self.of(contact)
        for one in held.waiting[:]:
            if one.slot[:2] == (place, key):
                self.end(contact, one, "forgotten", contact.decided, by_event=True)
        for decided in held.decided[:]:
            if decided.candidate.slot[:2] == (place, key):
                held.decided.remove(decided)
                if decided.kind == "released" and decided.reason != "left":
                    decided.kind, decided.reason = "ended", "forgotten"
                if decided.kind != "deferred":
                    self.tell(contact, decided)
        for slot in [slot for slot in (*held.carried, *held.used) if slot[:2] == (place, key)]:
            held.carried.pop(slot, None)
            held.used.pop(slot, None)

    # What is told

    def decide(self, contact: Contact, decided: Decided, by_event: bool) -> None:
        held = self.of(contact)
        if decided.kind != "deferred" and decided.reason != "left":
            slot = decided.candidate.slot
            if slot in held.carried:
                held.used[slot] = decided.candidate.stay.anchor, held.carried.pop(slot)
        if by_event and decided.kind != "deferred":
            self.forget_deferral(contact, decided.candidate)
        elif decided.kind == "ended":  # what began to wait before is told before
            self.forget_deferral(contact, decided.candidate, decided.at)
        if by_event or decided.at + self.lateness <= self.now:
            self.tell(contact, decided)
        else:
            held.decided.append(decided)

    def forget_deferral(self, contact: Contact, one: Candidate, since: float = -inf) -> None:
        held = self.of(contact)
        held.decided = [
            d
            for d in held.decided
            if d.kind != "deferred" or d.at < since or d.candidate is not one
        ]

    def tell_due(self, contact: Contact, limit: int) -> None:
        held = self.of(contact)
        for decided in sorted(held.decided, key=lambda decided: decided.at):
            if decided.at <= limit:
                held.decided.remove(decided)
                self.tell(contact, decided)

    def tell(self, contact: Contact, decided: Decided) -> None:
        held, one = self.of(contact), decided.candidate
        policy = self.policies[one.slot[0]]
        kind, more = "trigger.suppressed", {"reason": decided.reason, "by": decided.by}
        if decided.kind == "deferred":
            kind = "trigger.deferred"
            until = None if decided.until is None else rfc3339(decided.until)
            more = {"reason": decided.reason, "until": until}
        elif decided.kind == "released" and decided.reason != "left":
            allowed = policy.allowed(contact, decided.at)
            if allowed == []:
                more["reason"] = "consent"
                held.freed.append(decided.at)
            else:
                more = {"released_at": rfc3339(decided.at), "variant": decided.variant}
                contact.fired[one.slot, one.anchor] = one.at
                contact.firings.setdefault(one.slot, []).append(one.at)
                if decided.reason is not None:
                    more["reason"] = decided.reason
                else:
                    kind = "trigger.fired"
                    more["allowed"] = None if allowed is None else tuple(allowed)
                    for name, cap in policy.caps.items():
                        if "fired" in cap.get("count", ["fired"]):
                            held.counted.setdefault(name, []).append(decided.at)
        line = self.line(contact, one, kind, more)
        if kind == "trigger.fired":
            one.stay.told, one.stay.released_at, one.stay.line = True, decided.at, line
        self.teller.put(line, decided.at, contact, one.slot)

    def line(self, contact: Contact, one: Candidate, kind: str, more: dict[str, object]) -> Line:
        move = Move(one.at, contact, one.slot, one.stay, entered=True)
        return self.teller.line(kind, move, self.now)._replace(**more)  # type: ignore[arg-type]
