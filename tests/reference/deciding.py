"""What is decided: in which segments a contact is at an instant.

Instants are tried one by one: the truth of any condition can only change at the time of an event or
a duration of the rules after one, so these, and all of these, are the instants looked at.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from .carts import Cart, cart_at
from .contacts import Contact, Slot, Stay
from .episodes import (
    Episode,
    Waiting,
    abandoned_cart,
    back_in_stock,
    cart_of_template,
    inactivity,
)
from .holding import Holding
from .labels import extra_instants, label, label_asked, moved_to, names_of, new_moves
from .merges import Merging, change_episode
from .records import Event, is_of, keys_of
from .segments import MOVES, Segment, durations_in, in_dependency_order, needs
from .shelf import Product
from .telling import Move
from .truth import Asked, holds
from .values import duration_ms, rfc3339, where_matches


class Decider:
    """Decides by what has arrived of a contact, and by the products as they are known."""

    def __init__(self, rules: Mapping[str, Any], segments: list[Segment], holding: Holding) -> None:
        self.segments = segments
        self.holding = holding
        self.has_policies = bool(holding.policies)
        self.value: Mapping[str, Any] = rules.get("value", {})
        self.labels = {
            label_asked(self.value, s.template, s.parameters)
            for s in segments
            if s.template in MOVES
        }
        self.stays_of = in_dependency_order([s for s in segments if s.on is None])
        # A move can be at any of these instants, and settles so long after it.
        self.settles = {s.milliseconds("settle") for s in segments if s.template in MOVES} - {0}
        self.spans = (
            {0} | durations_in(rules) | durations_in([dict(s.parameters) for s in segments])
        )
        self.spans.add(duration_ms("10d"))
        self.products: dict[str, Product] = {}
        self.put_off: set[str] = set()
        """Products of an event that changed later than it: they come right after it."""
        self.merging: Merging | None = None
        self.version = 0
        """Grows with all that is read: what was found out before may be otherwise since."""
        self.interest: int | None = None
        """When the interest was shown that the episode looked at last is for."""

    def candidates(self, contact: Contact) -> set[int]:
        """Every instant at which something can change."""
        times = {event.time for event in contact.arrived}
        for product in self.products.values():
            times |= {time for time, _ in [*product.stocks, *product.prices]}
        found = {time + span for time in times for span in self.spans}
        if self.value:
            found |= extra_instants(self.value, contact.arrived)
        return found | {instant + settle for instant in found for settle in self.settles}

    def decide(self, contact: Contact, until: int) -> None:
        """What time alone changes up to and including an instant, each at its own instant."""
        version, instant = contact.examined
        is_examined = version == self.version and not self.has_policies
        start = max(contact.decided, instant) if is_examined else contact.decided
        moves: list[Move] = []
        for at in self.instants(contact, start, until):
            moved = self.evaluate(contact, at)
            self.holding.moved(contact, moved, None)
            self.holding.ask(contact, at, by_event=False)
            moves += moved
        contact.untold += [(move.slot, move.stay) for move in moves if move.entered]
        contact.ended += [(move.slot, move.stay) for move in moves if not move.entered]
        contact.decided = max([contact.decided, *(move.at for move in moves)])
        contact.examined = (self.version, max(until, start))

    def instants(self, contact: Contact, start: int, until: int) -> Iterable[int]:
        """The instants to look at, in their order; what waits may bring others meanwhile."""
        own = sorted(each for each in self.candidates(contact) if start < each <= until)
        if not self.has_policies:
            yield from own
            return
        while True:
            after = {at for at in own if at > start} | self.holding.instants(contact, start, until)
            if not after:
                return
            start = min(after)
            yield start

    def by_event(self, contact: Contact, moves: list[Move], time: int) -> None:
        """What an event brought about for who has a policy: at the latest decided instant."""
        self.holding.moved(contact, moves, time)
        self.holding.ask(contact, contact.decided, by_event=True)

    def decide_until(self, contact: Contact, instant: int) -> None:
        """What time alone changes until then; from then on that is the latest decided instant."""
        self.decide(contact, max(contact.decided, instant))
        contact.decided = max(contact.decided, instant)

    def decided_by_event(self, contact: Contact, event: Event) -> list[Move]:
        """The contact's segments after an event, at the latest decided instant; instant rules.

        Of a key that it brings and whose product has changed later, that change comes right after.
        """
        decided = contact.decided
        keys = {
            key
            for segment in self.segments
            if segment.per == "product"
            for key in contact.keys(segment)
        }
        later = sorted((self.product(key).changed, key) for key in keys)
        later = [(changed, key) for changed, key in later if changed > decided]
        self.put_off = {key for _, key in later}
        moves = self.evaluate(contact, decided, event.time)
        moves += self.instant_rules(contact, event)
        self.by_event(contact, moves, event.time)
        for changed, key in later:
            self.decide_until(contact, changed)
            self.put_off.discard(key)
            moved = self.evaluate(contact, changed, event.time, {key})
            self.by_event(contact, moved, event.time)
            moves += moved
        return moves

    def evaluate(
        self, contact: Contact, at: int, time: int | None = None, keys: set[str] | None = None
    ) -> list[Move]:
        """Evaluates all segments by an event of a time (None: by time alone); or, if given, only
        those per product for some keys, and who asks about one that changes by that.
        """
        moves: list[Move] = []
        if keys is None:
            self.decide_labels(contact, at, time)
        for segment in self.stays_of:
            for key in contact.keys(segment):
                is_its = keys is None or (segment.per == "product" and key in keys)
                if not is_its and not any(self.asks_about(segment, key, move) for move in moves):
                    continue
                if segment.per == "product" and key in self.put_off:
                    continue
                for place, rung in enumerate(segment.rungs):
                    slot = (segment.place, key, place)
                    moves += self.evaluate_slot(contact, segment, slot, rung, at, time)
        return moves

    def decide_labels(self, contact: Contact, at: int, time: int | None) -> None:
        """The labels whose moves somebody asks about; a move is decided like a segment."""
        for name in self.labels:
            moves = contact.moves.setdefault(name, new_moves())
            if moves.decide(label(self.value, name, contact.arrived, at), at, time):
                contact.decided = max(contact.decided, at)

    def asks_about(self, segment: Segment, key: str, move: Move) -> bool:
        """Whether a segment asks, for a key, about the one that a contact entered or left."""
        other = self.segments[move.slot[0]]
        is_other_key = segment.per is not None and segment.per == other.per and key != move.slot[1]
        return other.name in needs(segment) and not is_other_key

    def evaluate_slot(
        self,
        contact: Contact,
        segment: Segment,
        slot: Slot,
        rung: str | None,
        at: int,
        time: int | None,
    ) -> Iterable[Move]:
        inside, episode = contact.stays.get(slot), self.episode(contact, segment, slot, rung, at)
        shared = self.merging is not None and slot in self.merging.shared
        if shared and inside is not None and episode is not None and inside.episode != episode:
            assert self.merging is not None
            change_episode(inside, episode)
            if slot in self.merging.fired:
                contact.fired.setdefault((slot, inside.anchor), inside.entered_at)
        if inside is not None and inside.episode != episode:
            inside.left_at, inside.left_by = at, time
            del contact.stays[slot]
            yield Move(at, contact, slot, inside, entered=False)
        if episode is not None and (inside is None or inside.episode != episode):
            stay = contact.stays[slot] = Stay(
                episode, at, label=episode.label, interest=self.interest
            )
            contact.entered.setdefault(slot[:2], []).append(stay.anchor)
            yield Move(at, contact, slot, stay, entered=True)

    def episode(
        self, contact: Contact, segment: Segment, slot: Slot, rung: str | None, at: int
    ) -> Episode | None:
        """The episode of the segment that the contact is in at an instant, None if it is not."""
        self.interest = None
        asked = self.asked(contact, segment, slot[1], at)
        if segment.when is not None and not holds(asked, segment.when):
            return None
        if segment.template is None:
            return Episode()
        return self.episode_of_template(contact, segment, slot, rung, at)

    def episode_of_template(
        self, contact: Contact, segment: Segment, slot: Slot, rung: str | None, at: int
    ) -> Episode | None:
        """The episode of the segment's template."""
        key = slot[1]
        if segment.template == "abandoned_cart":
            return abandoned_cart(segment, rung or "", contact.cart_log, at)
        if segment.template == "inactivity":
            return inactivity(segment, rung or "", contact.arrived, at)
        if segment.template in MOVES:
            return self.move(contact, segment, at)
        inside = contact.stays.get(slot)
        held = self.holding.of(contact) if self.has_policies else None
        waiting = Waiting(
            self.product(key),
            key,
            contact.remembered(segment, key),
            contact.arrived,
            contact.entered.get(slot[:2], ()),
            inside.episode if inside else None,
            held and held.carried.get(slot),
            held and held.used.get(slot),
        )
        found = back_in_stock(segment, waiting, at)
        if found is None:
            return None
        episode, self.interest = found
        return episode

    def move(self, contact: Contact, segment: Segment, at: int) -> Episode | None:
        """The move of a label that a template is in."""
        name = label_asked(self.value, segment.template or "", segment.parameters)
        found = moved_to(contact.moves[name], names_of(self.value, name), segment.parameters, at)
        return None if found is None else Episode(label=f"{rfc3339(found[0])}#{found[1]}")

    def asked(self, contact: Contact, segment: Segment, key: str, at: int) -> Asked:
        def is_member(name: str) -> bool:
            other = next(s for s in self.segments if s.name == name)
            keys = {k for place, k, _ in contact.stays if place == other.place}
            same_per = segment.per is not None and segment.per == other.per
            return key in keys if same_per else bool(keys)

        product = self.product(key) if segment.per == "product" else Product()
        counted = contact.counted(segment, key)

        def cart() -> Cart:
            if segment.template == "abandoned_cart":
                return cart_of_template(segment, contact.cart_log, at)
            return cart_at(contact.cart_log, at)

        key_or_none = key or None
        return Asked(
            at, contact.arrived, counted, key_or_none, product, is_member, cart, self.value
        )

    def product(self, name: str) -> Product:
        return self.products.get(name) or Product()

    def instant_rules(self, contact: Contact, event: Event) -> Iterable[Move]:
        """The instant rules that fire at the event: they have no stay."""
        for segment in self.segments:
            if segment.on is None or not is_of(event, segment.on):
                continue
            own = [""] if segment.per is None else keys_of(event, segment.per)
            for key in set(own) & set(contact.keys(segment)):
                asked = self.asked(contact, segment, key, contact.decided)
                if where_matches(event.data, segment.where) and (
                    segment.when is None or holds(asked, segment.when)
                ):
                    label = f"{rfc3339(event.time)}#{event.name}"
                    stay = Stay(Episode(), event.time, label=label)
                    stay.holds = partial(self.still_holds, contact, segment, key)
                    yield Move(event.time, contact, (segment.place, key, 0), stay, entered=True)

    def still_holds(self, contact: Contact, segment: Segment, key: str, at: int) -> bool:
        asked = self.asked(contact, segment, key, at)
        return segment.when is None or holds(asked, segment.when)
