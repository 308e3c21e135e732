"""The course of time: when a contact's segments are decided, and when it is told.

Instants are tried one by one: the truth of any condition can only change at the time of an event or
a duration of the rules after one, so these, and all of these, are the instants looked at.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from .carts import Cart, cart_at, snapshot_of
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
from .merges import MERGE, Merging, People, marker_of, openings_of, rename, unite
from .policies import policy_of
from .records import Event, is_of, is_product_record, keys_of, reached_by, time_of
from .segments import MOVES, Segment, durations_in, in_dependency_order, needs, segments_of
from .shelf import Product
from .telling import Forgotten, Move, Teller
from .truth import Asked, holds
from .values import Json, duration_ms, rfc3339, where_matches


class Course:
    """Takes events in the order of arrival."""

    def __init__(self, rules: Mapping[str, Any], lateness_ms: int = 0) -> None:
        self.segments = segments_of(rules)
        self.value: Mapping[str, Any] = rules.get("value", {})
        self.labels = {
            label_asked(self.value, s.template, s.parameters)
            for s in self.segments
            if s.template in MOVES
        }
        self.asks_for_merges = MERGE in str(rules)
        self.stays_of = in_dependency_order([s for s in self.segments if s.on is None])
        # A move can be at any of these instants, and settles so long after it.
        self.settles = {s.milliseconds("settle") for s in self.segments if s.template in MOVES} - {
            0
        }
        self.spans = (
            {0} | durations_in(rules) | durations_in([dict(s.parameters) for s in self.segments])
        )
        self.spans.add(duration_ms("10d"))
        self.lateness = lateness_ms
        self.now = -(2**62)
        self.contacts: dict[str, Contact] = {}
        self.people = People()
        self.merging: Merging | None = None
        self.graves: dict[str, int] = {}
        """When a contact was erased: what is not later than that is of nobody."""
        self.products: dict[str, Product] = {}
        self.put_off: set[str] = set()
        """Products of an event that changed later than it: they come right after it."""
        self.version = 0
        self.interest: int | None = None
        """When the interest was shown that the episode looked at last is for."""
        self.teller = Teller(self.segments)
        policies = {s.place: policy_of(rules, s) for s in self.segments}
        of_place = {place: policy for place, policy in policies.items() if policy is not None}
        self.teller.policied = set(of_place)
        self.holding = Holding(of_place, self.segments, self.teller, lateness_ms)
        self.has_policies = bool(of_place)

    # What comes in

    def take(self, record: Mapping[str, Any], arrival: int) -> None:
        """One valid event."""
        self.advance(reached_by(record))
        self.version += 1
        if is_product_record(record):
            self.take_product(record)
        else:
            self.take_event(record, arrival)
        self.version += 1
        self.teller.flush()
        self.advance(self.now)

    def take_event(self, record: Mapping[str, Any], arrival: int) -> None:
        data: dict[str, Json] = record.get("data") or {}
        time, name, kind = time_of(record), record["contact"], record["type"]
        if time <= self.graves.get(name, time - 1):
            return
        name = self.people.keeper_of(name)
        if time <= self.graves.get(name, time - 1):
            return
        if kind == MERGE and not self.asks_for_merges:
            self.merge(name, data["from"], time)
            return
        if kind == "contact_erased":
            self.holding.held.pop(name, None)
            self.erase(name, time)
            return
        contact = self.contacts.setdefault(name, Contact(name, time))
        order = data.get("order") if kind == "order_placed" else None
        if contact.is_duplicate(kind, record.get("id"), order):
            return
        self.decide_until(contact, time)
        decided = contact.decided
        settled = max(decided, self.now - self.lateness)
        event = Event(
            record.get("id") or f"line:{arrival + 1}", kind, name, time, data, arrival, settled
        )
        if kind == "cart_updated":
            event = self.with_what_it_brings(contact, event)
        if kind == "product_viewed":
            product = self.products.get(str(data["product"])) or Product()
            event = replace(event, catalog=product.price_at(time))
        contact.arrived.append(event)
        contact.cart_log.append(event)
        contact.decided = decided
        self.version += 1
        fired = set(contact.fired)
        waiting = {id(stay) for slot, stay in contact.untold if (slot, stay.anchor) not in fired}
        known = dict(contact.forgotten)
        forgotten = [each for segment in self.segments for each in contact.touch(segment, event)]
        for (place, key), arrived in contact.forgotten.items():
            if known.get((place, key)) != arrived:
                self.holding.forget(contact, place, key)
        moves = self.decided_by_event(contact, event)
        gone = [
            Forgotten(Move(decided, contact, slot, stay, entered=False), id(stay) in waiting)
            for slot, stay in forgotten
        ]
        self.teller.tell_at_once(self.at_once(moves), time, self.now, gone)

    def erase(self, name: str, time: int) -> None:
        """Forgets a contact; who is known to be in a segment exits it, and nothing else is told."""
        for each in [name, *self.people.erased_with(name)]:
            self.graves[each] = time
        contact = self.contacts.pop(name, None)
        if contact is not None:
            left = [
                Move(max(stay.entered_at, time), contact, slot, stay, entered=False)
                for slot, stay in [*contact.stays.items(), *contact.ended]
            ]
            self.teller.record([(move, "erased") for move in left], self.now)

    def merge(self, keeper: str, source: str, at: int) -> None:
        """From now on one contact's past and future are another's."""
        if at <= self.graves.get(source, at - 1):
            return
        is_first = not self.people.stubs.get(source)
        if not self.people.takes((at, keeper, source)) or not is_first:
            return
        mine, other = self.contacts.get(keeper), self.contacts.pop(source, None)
        if mine is not None:
            self.decide(mine, max(mine.decided, at))
        if other is None:
            return
        self.decide_until(other, at)
        if mine is None:
            mine = self.contacts[keeper] = Contact(keeper, at)
        for segment in self.segments:
            openings = openings_of(segment, mine, other, at)
            for contact in (mine, other) if openings else ():
                rename(contact, segment.place, openings)
        mine.cart_log.append(marker_of(at, mine, other))
        self.merging, silenced = unite(mine, other, lambda place: self.segments[place].fires)
        for slot, stay in silenced:
            move = Move(stay.entered_at, mine, slot, stay, entered=True)
            self.teller.hold_back(move, self.now, "merged")
        mine.arrived = [*other.arrived, *mine.arrived]
        mine.decided = max(mine.decided, other.decided, at)
        self.version += 1
        moves = self.evaluate(mine, mine.decided, at)
        left = [move for move in moves if not move.entered and move.slot in self.merging.shared]
        others = [replace(move, stay=self.merging.shared[move.slot]) for move in left]
        self.merging = None
        self.teller.tell_at_once(self.at_once(moves), 2**62, self.now, cause="merged")
        self.teller.record([(move, "merged") for move in others], self.now)

    def with_what_it_brings(self, contact: Contact, event: Event) -> Event:
        """The snapshot, with the products that are new in the cart by it."""
        cart = cart_at(contact.cart_log, event.settled)
        is_older = cart.floor is not None and event.time < cart.floor
        if is_older or event.data.get("cart") in cart.closed:
            return event
        before = cart.contents(event.time)
        after = {product for product, item in snapshot_of(event).items() if item.quantity}
        brings = tuple(product for product in snapshot_of(event) if product in after - {*before})
        return replace(event, brings=brings)

    def take_product(self, record: Mapping[str, Any]) -> None:
        """A product's event comes to the contacts that have it as a key as their own do."""
        name, time = record["product"], time_of(record)
        before = self.product(name)
        after = deepcopy(before)
        after.told(record.get("data") or {}, time)
        moves: list[Move] = []
        if after.is_other_than(before):
            its = [s for s in self.segments if s.per == "product"]
            since = after.changed_since(before, time)
            for contact in [
                c for c in self.contacts.values() if any(name in c.keys(s) for s in its)
            ]:
                self.products[name] = before
                self.decide_until(contact, since)
                self.products[name] = after
                moved = self.evaluate(contact, contact.decided, time, {name})
                self.by_event(contact, moved, time)
                moves += moved
        self.products[name] = after
        self.version += 1
        self.teller.tell_at_once(self.at_once(moves), time, self.now)

    # What is decided

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
            for segment in self.stays_of
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
            inside.episode = episode
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
        carried = self.holding.of(contact).carried.get(slot) if self.has_policies else None
        waiting = Waiting(
            self.product(key),
            key,
            contact.remembered(segment, key),
            contact.entered.get(slot[:2], ()),
            inside.episode if inside else None,
            carried,
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

    # What is told

    def advance(self, now: int) -> None:
        """Advances the logical time, and tells what time alone brought by `now` - lateness."""
        self.now = max(self.now, now)
        limit = self.now - self.lateness
        due: list[Move] = []
        self.holding.now = self.now
        for contact in self.contacts.values():
            self.holding.tell_due(contact, limit)
            self.decide(contact, limit)
            moves = [
                Move(stay.entered_at, contact, slot, stay, entered=True)
                for slot, stay in contact.untold
            ] + [
                Move(stay.left, contact, slot, stay, entered=False) for slot, stay in contact.ended
            ]
            due += [move for move in moves if move.at <= limit]
            later = [move for move in moves if move.at > limit]
            contact.untold = [(move.slot, move.stay) for move in later if move.entered]
            contact.ended = [(move.slot, move.stay) for move in later if not move.entered]
        self.teller.record([(move, self.cause(move)) for move in due], self.now)
        for move in sorted(due, key=lambda move: move.order):
            if move.entered and not move.stay.merged:
                self.teller.tell(move, self.now, "left" if self.has_left(move) else None)
        self.teller.flush()

    def at_once(self, moves: list[Move]) -> list[Move]:
        """Those that are told at once. An exit waits for its entry, if that is to be told: then a
        clock is ahead of now, and the event is dated after the entry was to be told.
        """
        for move in moves:
            slot_and_stay = move.slot, move.stay
            if not move.entered and slot_and_stay in move.contact.untold:
                left_by = move.stay.left_by
                if left_by is None or left_by >= move.stay.entered_at + self.lateness:
                    move.contact.ended.append(slot_and_stay)
        waiting = [id(stay) for move in moves for _, stay in move.contact.ended]
        return [move for move in moves if move.entered or id(move.stay) not in waiting]

    def cause(self, move: Move) -> str:
        return "time" if move.entered or move.stay.left_by is None else "event"

    def has_left(self, move: Move) -> bool:
        """Whether an event that was read by now ended the stay before it was to be told."""
        left_by = move.stay.left_by
        return left_by is not None and left_by < move.at + self.lateness
