"""Policies as predicates over the events of a contact, tried at every instant at which they can
change: the rules drawn for them have no gate that opens within a minute.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .contacts import Contact, Slot, Stay
from .segments import Segment
from .values import Json, duration_ms, exact, instant_ms, where_matches

MINUTE = 60_000
DAY = 86_400_000
DEFAULT_STOPS = ["message_unsubscribed", "message_complained"]


@dataclass
class Candidate:
    """A trigger that may be told."""

    slot: Slot
    stay: Stay
    target: int | None = None
    interest: int | None = None
    is_asked: bool = False
    is_deferred: bool = False

    @property
    def at(self) -> int:
        return self.stay.entered_at

    @property
    def anchor(self) -> int | str:
        return self.stay.label or self.stay.anchor


@dataclass
class Decided:
    """What was decided of a candidate, to be told `lateness` after its instant."""

    at: int
    candidate: Candidate
    kind: str
    reason: str | None = None
    by: str | None = None
    until: int | None = None
    variant: str | None = None


@dataclass
class Held:
    """What policies know of a contact."""

    waiting: list[Candidate] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    counted: dict[str, list[int]] = field(default_factory=dict)
    carried: dict[Slot, int] = field(default_factory=dict)
    """By slot, the interest whose trigger ended as `left` while it waited."""
    used: dict[Slot, tuple[int, int]] = field(default_factory=dict)
    """By slot, the last that was told, and the anchor of the stay for which alone it is good."""
    freed: list[int] = field(default_factory=list)
    """Releases that gave their places back as they were to be told."""


def bucket(salt: str, seed: str, x: str) -> int:
    text = json.dumps([salt, seed, x], ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") * 10_000 // 2**64


def attribute(contact: Contact, path: str, default: Json = None) -> Json:
    """The value that the latest update gives, of those that name the path's first field."""
    first, *rest = path.split(".")
    naming = [e for e in contact.arrived if e.type == "contact_updated" and first in e.data]
    if not naming:
        return default
    value: Json = max(naming, key=lambda e: e.order).data[first]
    for name in rest:
        value = value.get(name) if isinstance(value, dict) else None
    return default if value is None else value


class Policy:
    """The policy of a segment, with what the file says for all."""

    def __init__(self, shared: Mapping[str, Json], segment: Segment) -> None:
        own = segment.policy or {}
        self.shared = shared

        def chosen(name: str) -> Json:
            value = own.get(name, shared.get(name))
            return None if value == "none" else value

        self.consents = chosen("consent") if "consent" in own else None
        caps = own.get("caps", list(shared.get("caps", {})))
        self.caps = {
            name: cap
            for name, cap in shared.get("caps", {}).items()
            if caps != "none" and name in caps
        }
        self.quiet, self.holdout = chosen("quiet"), chosen("holdout")
        self.snooze = None if own.get("snooze") == "none" else shared.get("snooze")
        self.split, self.priority = own.get("split"), own.get("priority", 50)
        self.expires = duration_ms(own.get("expires", shared.get("expires", "24h")))
        self.paused = own.get("paused", False)
        self.otherwise = own.get("send_at", {}).get("best", {}).get("else")
        self.seed = (self.split or {}).get("seed", segment.name)

    # Answers, zone, arms

    def allowed(self, contact: Contact, at: int) -> list[str] | None:
        if self.consents is None:
            return None
        return [name for name in self.consents if self.is_yes(contact, name, at)]

    def is_yes(self, contact: Contact, name: str, at: int) -> bool:
        answer, consent = self.answer(contact, name), self.shared["consent"][name]
        lasts = duration_ms(consent["expires"]) if "expires" in consent else 1 << 62
        return answer is not None and answer[1] and at < answer[0] + lasts

    def answer(self, contact: Contact, name: str) -> tuple[int, bool] | None:
        """The latest answer by time holds, of one instant the no."""
        consent = self.shared["consent"][name]
        first = consent["grant"].split(".")[0]
        answers: list[tuple[int, bool]] = []
        for event in contact.arrived:
            if event.arrival in contact.unanswered.get(name, ()):
                continue
            if event.type == "contact_updated" and first in event.data:
                value: Json = event.data
                for part in consent["grant"].split("."):
                    value = value.get(part) if isinstance(value, dict) else None
                answers.append((event.time, value is True))
            stops = [
                stop if isinstance(stop, dict) else {"on": stop}
                for stop in consent.get("stop", DEFAULT_STOPS)
            ]
            if event.data.get("channel") == consent.get("channel") and any(
                event.type == stop["on"] and where_matches(event.data, stop.get("where"))
                for stop in stops
            ):
                answers.append((event.time, False))
        if not answers:
            return None
        latest = max(time for time, _ in answers)
        return latest, all(yes for time, yes in answers if time == latest)

    def offset(self, contact: Contact) -> int:
        """How far the contact's clock is ahead, in ms: the reference knows only offsets."""
        name = attribute(contact, self.shared.get("zone", {}).get("attribute", "-"))
        if not isinstance(name, str) or len(name) != 6 or name[0] not in "+-" or name[3] != ":":
            return 0
        ahead = (int(name[1:3]) * 60 + int(name[4:])) * MINUTE
        return -ahead if name[0] == "-" else ahead

    def variant(self, contact: str) -> str | None:
        holdout = self.holdout
        if holdout and bucket("holdout", holdout["seed"], contact) < holdout["percent"] * 100:
            return "holdout"
        if self.split is None:
            return None
        drawn, reached = bucket("split", self.seed, contact), 0
        for arm, weight in self.split["of"].items():
            reached += weight * 100
            if drawn < reached:
                return str(arm)
        raise AssertionError("the weights of a split sum to 100")

    # Gates

    def target(self, contact: Contact, at: int) -> int | None:
        """The next time of the clock at which to send; too little is known of anybody's hours."""
        if self.otherwise in (None, "now"):
            return at if self.otherwise else None
        offset = self.offset(contact)
        clock = clock_ms(self.otherwise)
        return at + (clock - (at + offset)) % DAY

    def closed(self, contact: Contact, held: Held, one: Candidate, at: int) -> str | None:
        """The first gate that is closed at an instant."""
        if isinstance(self.paused, str) and at < instant_ms(self.paused):
            return "paused"
        if self.snooze is not None and at < snoozed_until(attribute(contact, self.snooze)):
            return "snooze"
        if one.target is not None and at < one.target:
            return "send_at"
        offset = self.offset(contact)
        if self.quiet is not None:
            clock = (at + offset) % DAY
            begin, end = clock_ms(self.quiet["from"]), clock_ms(self.quiet["to"])
            within = begin <= clock < end if begin < end else clock >= begin or clock < end
            if within:
                return "quiet_hours"
        for name, cap in self.caps.items():
            instants = held.counted.get(name, []) + [
                decided.at
                for decided in held.decided
                if decided.kind == "released"
                and decided.reason is None
                and name in decided.candidate.stay.caps
                and "fired" in cap.get("count", ["fired"])
            ]
            if "sent" in cap.get("count", []):
                instants += [
                    event.time
                    for event in contact.arrived
                    if event.type == "message_sent" and event.data["channel"] == cap["channel"]
                ]
            if "within" in cap:
                inside = [t for t in instants if at - duration_ms(cap["within"]) < t <= at]
            else:
                inside = [t for t in instants if (t + offset) // DAY == (at + offset) // DAY]
            if len(inside) >= self.most(contact, cap["max"]):
                return f"cap {name}"
        return None

    def most(self, contact: Contact, limit: Json) -> int:
        if not isinstance(limit, dict):
            return int(limit)
        own = attribute(contact, limit["attribute"])
        is_number = isinstance(own, int | float) and not isinstance(own, bool)
        return int(exact(own)) if is_number and own >= 0 else int(limit["default"])

    def edges(self, contact: Contact, held: Held, start: int, end: int) -> list[int]:
        """All instants after ``start`` up to ``end`` at which a gate may open."""
        found = set(range(start - start % MINUTE + MINUTE, end + 1, MINUTE)) | {end}
        return sorted(t for t in found | set(self.cap_edges(contact, held)) if start < t <= end)

    def cap_edges(self, contact: Contact, held: Held) -> Iterable[int]:
        """When what counts, or may, falls out of a window."""
        sent = [event.time for event in contact.arrived if event.type == "message_sent"]
        for name, cap in self.caps.items():
            if "within" in cap:
                instants = held.counted.get(name, []) + [one.at for one in held.decided] + sent
                yield from (t + duration_ms(cap["within"]) for t in instants)


def clock_ms(text: str) -> int:
    hours, minutes = text.split(":")
    return (int(hours) * 60 + int(minutes)) * MINUTE


def snoozed_until(value: Json) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return int(value) if is_number and value >= 10**11 else -(1 << 62)


def policy_of(rules: Mapping[str, Any], segment: Segment) -> Policy | None:
    shared = rules.get("policies")
    if not segment.fires or (shared is None and segment.policy is None):
        return None
    return Policy(shared or {}, segment)
