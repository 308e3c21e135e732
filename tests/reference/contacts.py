"""What the reference keeps of a contact: all its events, and what it was told."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .episodes import Episode
from .labels import Moves
from .records import Event, interests_of, is_of, keys_of
from .segments import Segment, conditions_in
from .values import Json, where_matches

REMEMBERED = 64
"""How many ids and orders are remembered, to know a duplicate."""

Slot = tuple[int, str, int]
"""Place of the segment in the file, key (empty: none), place of the rung: the order of output."""


@dataclass
class Stay:
    """One stay in a segment."""

    episode: Episode
    entered_at: int
    left_at: int | None = None
    left_by: int | None = None
    """The time of the event that ended it; None: it lasts, or time alone did."""
    told: bool = False
    recorded: bool = False
    """Whether its membership was told."""
    is_over: bool = False
    """Whether its end was told."""
    is_void: bool = False
    """An event ended it before it was to be told, so its membership never is."""
    merged: bool = False
    """Its trigger is not told: the same is told of a contact who is the same."""
    told_as: int | None = None
    """The anchor of its trigger, where a merge gave the stay another one since."""
    label: str | None = None
    """The anchor of what an instant rule fired, which is no instant."""
    holds: Callable[[int], bool] = lambda at: True
    """Of what an instant rule fired: whether its condition holds at an instant."""
    released_at: int | None = None
    """When a policy released its trigger."""
    line: Any = None
    """What was told of it under a policy."""
    caps: tuple[str, ...] = ()
    """The caps in which its trigger counts."""
    interest: int | None = None
    """When the interest was shown that it uses up."""

    @property
    def left(self) -> int:
        assert self.left_at is not None
        return self.left_at

    @property
    def anchor(self) -> int:
        return self.entered_at if self.episode.anchor is None else self.episode.anchor


@dataclass
class Contact:
    name: str
    decided: int
    """The latest decided instant."""
    arrived: list[Event] = field(default_factory=list)
    cart_log: list[Event] = field(default_factory=list)
    """The same for its carts; a merge stands in it as what the other contact's carts came of."""
    ids: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    orders: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    stays: dict[Slot, Stay] = field(default_factory=dict)
    untold: list[tuple[Slot, Stay]] = field(default_factory=list)
    """What time alone brought and was not told yet."""
    ended: list[tuple[Slot, Stay]] = field(default_factory=list)
    """What ended and was not told yet: by time alone, or by an event before the entry was told."""
    firings: dict[Slot, list[int]] = field(default_factory=dict)
    """The `entered_at`s of what fired."""
    fired: dict[tuple[Slot, int | str], int] = field(default_factory=dict)
    """The episodes that fired, by their anchors; when they were entered."""
    entered: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    """The anchors of the episodes that it ever entered, per segment and key."""
    touched: dict[int, dict[str, tuple[int, int, int]]] = field(default_factory=dict)
    """Per segment, its keys and when last touched: time, arrival, place in the event."""
    forgotten: dict[tuple[int, str], int] = field(default_factory=dict)
    """The arrival up to which a key's events are forgotten."""
    lost: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    """The arrivals of those of its events that were forgotten before a merge, on either side."""
    unanswered: dict[str, set[int]] = field(default_factory=dict)
    """By consent, the arrivals of events whose answers count no more: of two contacts who became
    one the other's answer holds."""
    moves: dict[str, Moves] = field(default_factory=dict)
    """The moves of labels that rules ask about, by their names."""
    examined: tuple[int, int] = (0, 0)
    """(version of what is known, instant): nothing is left to decide up to there."""

    def is_duplicate(self, type_: str, record_id: str | None, order: str | None) -> bool:
        """Whether the id (of an event of this type), or the order, is remembered; if not, both are
        from now on.
        """
        if (type_, record_id) in self.ids or order in self.orders:
            return True
        if record_id is not None:
            self.ids.append((type_, record_id))
        if order is not None:
            self.orders.append(order)
        return False

    def keys(self, segment: Segment) -> list[str]:
        return [""] if segment.per is None else sorted(self.touched.get(segment.place, {}))

    def counted(self, segment: Segment, key: str) -> list[Event]:
        """The events that count for a key."""
        if segment.per is None:
            return self.arrived
        return [e for e in self.remembered(segment, key) if key in keys_of(e, segment.per)]

    def remembered(self, segment: Segment, key: str) -> list[Event]:
        """The events that came after the key was forgotten, if it was."""
        since = self.forgotten.get((segment.place, key), -1)
        lost = self.lost.get((segment.place, key), set())
        return [e for e in self.arrived if e.arrival > since and e.arrival not in lost]

    def unite_keys(
        self, other: "Contact", segments: list[Segment], arrival: int
    ) -> list[tuple[Slot, Stay]]:
        """The keys of both, the last touched `max_keys`; the stays that end. It is done before the
        events are united.
        """
        for contact in (self, other):
            for where, since in contact.forgotten.items():
                lost = {event.arrival for event in contact.arrived if event.arrival <= since}
                self.lost[where] = self.lost.get(where, set()) | lost
            contact.forgotten = {}
        for where, lost in other.lost.items():
            self.lost[where] = self.lost.get(where, set()) | lost
        ended: list[tuple[Slot, Stay]] = []
        for segment in segments:
            touched = self.touched.setdefault(segment.place, {})
            for key, when in other.touched.get(segment.place, {}).items():
                touched[key] = max(when, touched.get(key, when))
            while len(touched) > segment.max_keys:
                least = min(touched, key=lambda key: touched[key])
                del touched[least]
                ended += self.forget(segment, least, arrival)
        return ended

    def touch(self, segment: Segment, event: Event) -> list[tuple[Slot, Stay]]:
        """The event touches keys of a segment, one by one in their places; the stays that end.

        The least recently touched beyond `max_keys` goes, even if the event touches it later.
        """
        ended: list[tuple[Slot, Stay]] = []
        touched = self.touched.setdefault(segment.place, {})
        keys = list(keys_touched(segment, event))
        for place, key in enumerate(keys):
            before = touched.get(key, (event.time, -1, 0))
            touched[key] = max(before, (event.time, event.arrival, place))
            if len(touched) > segment.max_keys:
                least = min(touched, key=lambda key: touched[key])
                del touched[least]
                arrival = event.arrival - (least in keys[place + 1 :])
                ended += self.forget(segment, least, arrival)
        return ended

    def forget(self, segment: Segment, key: str, arrival: int) -> list[tuple[Slot, Stay]]:
        """The key leaves without a trigger, cooldown and all; the stays that were not all told."""

        def is_its(slot: Slot) -> bool:
            return slot[:2] == (segment.place, key)

        stays = [*self.stays.items(), *self.untold, *self.ended]
        ended = {id(stay): (slot, stay) for slot, stay in stays if is_its(slot)}
        self.forgotten[segment.place, key] = arrival
        self.stays = {slot: stay for slot, stay in self.stays.items() if not is_its(slot)}
        self.untold = [(slot, stay) for slot, stay in self.untold if not is_its(slot)]
        self.ended = [(slot, stay) for slot, stay in self.ended if not is_its(slot)]
        self.firings = {slot: at for slot, at in self.firings.items() if not is_its(slot)}
        self.fired = {episode: at for episode, at in self.fired.items() if not is_its(episode[0])}
        self.entered.pop((segment.place, key), None)
        return list(ended.values())


def keys_touched(segment: Segment, event: Event) -> Iterator[str]:
    """The keys that an event touches, in their places in it."""
    if segment.per is None:
        return
    of_template = interests_of(event, segment.parameters["by"]) if segment.template else ()
    for key in keys_of(event, segment.per):
        if (
            key in of_template
            or any(touches(condition, event, key) for condition in conditions_in(segment.when))
            or (
                segment.on is not None
                and is_of(event, segment.on)
                and where_matches(event.data, segment.where)
            )
        ):
            yield key


def touches(condition: Mapping[str, Json], event: Event, key: str) -> bool:
    """Whether the event matches the type and `where` of a condition, or shows its interest."""
    if "interest" in condition:
        return key in interests_of(event, condition["interest"]["by"])
    if "price_drop" in condition.get("product", {}):
        measured = condition["product"]["price_drop"].get("from", "seen")
        return measured == "seen" and event.type == "product_viewed"
    for name in ("followed", "not_followed"):
        if name in condition:
            return is_of(event, condition[name]["first"]) or is_of(event, condition[name]["by"])
    for name in ("did", "idle", "over"):
        if name in condition:
            types, where = condition[name], condition.get("where")
            return is_of(event, types) and where_matches(event.data, where)
    return False
