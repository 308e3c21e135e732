"""The course of time: what comes in, when it is decided, and when it is told."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from .carts import cart_at, snapshot_of
from .contacts import Contact
from .deciding import Decider
from .holding import Holding
from .holding_merges import unite_held
from .merges import MERGE, People, marker_of, openings_of, rename, unite, unite_waiting
from .policies import attribute, policy_of
from .records import Event, is_of, is_product_record, reached_by, time_of
from .segments import segments_of
from .telling import Forgotten, Move, Teller
from .truth import operators_in
from .values import Json, duration_ms, value_matches


class Course:
    """Takes events in the order of arrival."""

    def __init__(self, rules: Mapping[str, Any], lateness_ms: int = 0) -> None:
        self.segments = segments_of(rules)
        self.asks_for_merges = MERGE in str(rules)
        self.protect: Mapping[str, Json] | None = rules.get("identity", {}).get("protect")
        forget_after = rules.get("privacy", {}).get("forget_after")
        self.forget_after = None if forget_after is None else duration_ms(forget_after)
        self.lateness = lateness_ms
        self.now = -(2**62)
        self.contacts: dict[str, Contact] = {}
        self.people = People()
        self.graves: dict[str, int] = {}
        """When a contact was erased: what is not later than that is of nobody."""
        self.teller = Teller(self.segments)
        policies = {s.place: policy_of(rules, s) for s in self.segments}
        of_place = {place: policy for place, policy in policies.items() if policy is not None}
        self.teller.policied = set(of_place)
        self.holding = Holding(of_place, self.segments, self.teller, lateness_ms)
        self.decider = Decider(rules, self.segments, self.holding)

    # What comes in

    def take(self, record: Mapping[str, Any], arrival: int) -> None:
        """One valid event."""
        self.advance(reached_by(record))
        self.decider.version += 1
        if is_product_record(record):
            self.take_product(record)
        else:
            self.take_event(record, arrival)
        self.decider.version += 1
        self.teller.flush()
        self.advance(self.now)

    def take_event(self, record: Mapping[str, Any], arrival: int) -> None:
        time, kind = time_of(record), record["type"]
        name = self.people.keeper_of(record["contact"])
        if any(time <= self.graves.get(one, time - 1) for one in (record["contact"], name)):
            return
        if kind == MERGE and not self.asks_for_merges:
            self.merge(name, record["data"]["from"], time, arrival)
        elif kind == "contact_erased":
            self.holding.held.pop(name, None)
            self.erase(name, time)
        else:
            self.take_own(self.contacts.setdefault(name, Contact(name, time)), record, arrival)

    def take_own(self, contact: Contact, record: Mapping[str, Any], arrival: int) -> None:
        """An event that is remembered of a contact, unless it came before."""
        data, time, kind = record.get("data") or {}, time_of(record), record["type"]
        order = data.get("order") if kind == "order_placed" else None
        if contact.is_duplicate(kind, record.get("id"), order):
            return
        self.decider.decide_until(contact, time)
        decided = contact.decided
        event = self.event_of(contact, record, arrival)
        contact.arrived.append(event)
        contact.cart_log.append(event)
        contact.decided = decided
        self.decider.version += 1
        fired = set(contact.fired)
        waiting = {id(stay) for slot, stay in contact.untold if (slot, stay.anchor) not in fired}
        known = dict(contact.forgotten)
        forgotten = [each for segment in self.segments for each in contact.touch(segment, event)]
        for (place, key), arrived in contact.forgotten.items():
            if known.get((place, key)) != arrived:
                self.holding.forget(contact, place, key)
        moves = self.decider.decided_by_event(contact, event)
        gone = [
            Forgotten(Move(decided, contact, slot, stay, entered=False), id(stay) in waiting)
            for slot, stay in forgotten
        ]
        self.teller.tell_at_once(self.at_once(moves), time, self.now, gone)

    def event_of(self, contact: Contact, record: Mapping[str, Any], arrival: int) -> Event:
        """The event, with what of the cart and the catalog is known as it arrives."""
        data: dict[str, Json] = record.get("data") or {}
        time, kind, name = time_of(record), record["type"], record.get("id")
        settled = max(contact.decided, self.now - self.lateness)
        event = Event(
            name or f"line:{arrival + 1}", kind, contact.name, time, data, arrival, settled
        )
        if kind == "cart_updated":
            event = self.with_what_it_brings(contact, event)
        if kind == "product_viewed":
            product = self.decider.product(str(data["product"]))
            event = replace(event, catalog=product.price_at(time))
        return event

    def erase(self, name: str, time: int) -> None:
        """Forgets a contact; who is known to be in a segment exits it, and nothing else is told."""
        for each in [name, *self.people.erased_with(name, time)]:
            self.graves[each] = time
        contact = self.contacts.pop(name, None)
        if contact is not None:
            left = [
                Move(max(stay.entered_at, time), contact, slot, stay, entered=False)
                for slot, stay in [*contact.stays.items(), *contact.ended]
            ]
            self.teller.record([(move, "erased") for move in left], self.now)

    def merge(self, keeper: str, source: str, at: int, arrival: int) -> None:
        """From now on one contact's past and future are another's."""
        if at <= self.graves.get(source, at - 1):
            return
        is_first = not self.people.stubs.get(source)
        if is_first and self.is_protected(source):
            return
        if not self.people.takes((at, keeper, source)) or not is_first:
            return
        mine, other = self.contacts.get(keeper), self.contacts.pop(source, None)
        if mine is not None:
            self.decider.decide(mine, max(mine.decided, at))
        if other is None:
            return
        self.decider.decide_until(other, at)
        if mine is None:
            mine = self.contacts[keeper] = Contact(keeper, at)
        policied = self.teller.policied
        plain = {s.place for s in self.segments if s.fires} - policied
        unite_held(self.holding, mine, other)
        for slot, stay in unite_waiting(mine, other, lambda place: place in plain):
            move = Move(stay.entered_at, mine, slot, stay, entered=True)
            self.teller.hold_back(move, self.now, "merged")
        for segment in self.segments:
            openings = openings_of(segment, mine, other, at)
            for contact in (mine, other) if openings else ():
                rename(contact, segment.place, openings)
        mine.cart_log.append(marker_of(at, mine, other))
        self.decider.merging = unite(mine, other)
        gone = self.keys_that_go(mine, other, arrival)
        mine.arrived = [*other.arrived, *mine.arrived]
        mine.decided = max(mine.decided, other.decided, at)
        self.decider.version += 1
        moves = self.decider.evaluate(mine, mine.decided, at)
        self.decider.by_event(mine, moves, at)
        left = [
            move for move in moves if not move.entered and move.slot in self.decider.merging.shared
        ]
        others = [replace(move, stay=self.decider.merging.shared[move.slot]) for move in left]
        self.decider.merging = None
        self.teller.tell_at_once(self.at_once(moves), 2**62, self.now, gone, cause="merged")
        self.teller.record([(move, "merged") for move in others], self.now)

    def keys_that_go(self, mine: Contact, other: Contact, arrival: int) -> list[Forgotten]:
        """The stays of the keys for which there is no room in the one contact. What policies have
        wait of these keys is told.
        """
        waiting = {
            id(stay)
            for slot, stay in mine.untold
            if (slot, stay.anchor) not in mine.fired and not stay.merged
        }
        ended = mine.unite_keys(other, self.segments, arrival)
        for place, key in mine.forgotten:
            self.holding.forget(mine, place, key)
        return [
            Forgotten(Move(mine.decided, mine, slot, stay, entered=False), id(stay) in waiting)
            for slot, stay in ended
        ]

    def is_protected(self, name: str) -> bool:
        """Whether a contact is known by itself, as far as is known now."""
        contact = self.contacts.get(name)
        if self.protect is None or contact is None:
            return False
        value = attribute(contact, self.protect["attribute"])
        return value_matches(value, operators_in(self.protect))

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
        before = self.decider.product(name)
        after = deepcopy(before)
        after.told(record.get("data") or {}, time)
        moves: list[Move] = []
        if after.is_other_than(before):
            its = [s for s in self.segments if s.per == "product"]
            since = after.changed_since(before, time)
            for contact in [
                c for c in self.contacts.values() if any(name in c.keys(s) for s in its)
            ]:
                self.decider.products[name] = before
                self.decider.decide_until(contact, since)
                self.decider.products[name] = after
                moved = self.decider.evaluate(contact, contact.decided, time, {name})
                self.decider.by_event(contact, moved, time)
                moves += moved
        self.decider.products[name] = after
        self.decider.version += 1
        self.teller.tell_at_once(self.at_once(moves), time, self.now)

    # What is told

    def advance(self, now: int) -> None:
        """Advances the logical time, and tells what time alone brought by `now` - lateness."""
        self.now = max(self.now, now)
        due: list[Move] = []
        self.holding.now = self.now
        unseen = [(self.unseen_at(contact), name) for name, contact in self.contacts.items()]
        for contact in self.contacts.values():
            limit = min(self.now - self.lateness, self.unseen_at(contact))
            self.holding.tell_due(contact, limit)
            self.decider.decide(contact, limit)
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
        self.teller.record([(move, move.cause) for move in due], self.now)
        for move in sorted(due, key=lambda move: move.order):
            if move.entered and not move.stay.merged:
                self.teller.tell(move, self.now, "left" if self.has_left(move) else None)
        self.teller.flush()
        for at, name in sorted(unseen):
            if at <= self.now - self.lateness:
                self.holding.held.pop(name, None)
                self.erase(name, at)

    def unseen_at(self, contact: Contact) -> int:
        """When it was not seen for so long that it is forgotten."""
        if self.forget_after is None or not contact.arrived:
            return 2**62
        active = [event.time for event in contact.arrived if is_of(event, "any")]
        seen = max(active) if active else min(event.time for event in contact.arrived)
        return seen + self.forget_after

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

    def has_left(self, move: Move) -> bool:
        """Whether an event that was read by now ended the stay before it was to be told."""
        left_by = move.stay.left_by
        return left_by is not None and left_by < move.at + self.lateness
