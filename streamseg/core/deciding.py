"""Deciding a contact's segments at an instant: of an event, or one at which time changes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from streamseg.core.conditions.base import Frame
from streamseg.core.contact import (
    FEATURES,
    SLOTS,
    Contact,
    next_key_instant,
    set_key_next,
)
from streamseg.core.features.base import FOREVER, States
from streamseg.core.membership import (
    ANCHOR,
    NO_EVENT,
    OUT,
    STATUS,
    Place,
    Teller,
    new_slot,
)
from streamseg.core.products import ProductFacts
from streamseg.core.segments import RuleSet, Segment

# Segments to decide, with the keys to decide them for; None: itself, or all its keys.
Dirty = dict[Segment, Collection[str] | None]
NO_STATES: States = {}
FactsOf = Callable[[str], ProductFacts | None]


class Decider:
    """Decides who is in which segment, at given instants; tells through a teller.

    ``facts_of`` gives what is known of a product.
    """

    def __init__(self, rules: RuleSet, teller: Teller, facts_of: FactsOf) -> None:
        self._rules = rules
        self._teller = teller
        self._facts_of = facts_of
        self._frame = Frame({}, {})
        self._before: tuple[str, ProductFacts] | None = None
        self._changed_at: int | None = None

    def decide_all(self, contact: Contact, dirty: Dirty, instant: int, event_time: int) -> None:
        """Decide segments (and keys) at an instant, and then those that ask about them."""
        if self._rules.linked:
            self._decide_linked(contact, dirty, instant, event_time)
            return
        for segment, keys in dirty.items():
            if segment.per is None:
                self.decide(contact, segment, instant, event_time)
                continue
            for key in list(contact.keyed.get(segment.index, ())) if keys is None else keys:
                self.decide_key(contact, segment, key, instant, event_time)

    def _decide_linked(self, contact: Contact, dirty: Dirty, instant: int, event_time: int) -> None:
        """The same in the order of who asks about whom; a change makes who asks dirty."""
        instants: dict[Segment, int] = {}
        self._take_change()
        for segment in self._rules.in_order:
            if segment not in dirty:
                continue
            at = max(instant, instants.get(segment, instant))
            keys: list[str | None] = [None]
            if segment.per is not None:
                known = contact.keyed.get(segment.index, {})
                chosen = dirty[segment]
                keys = [key for key in known if chosen is None or key in chosen]
            for key in keys:
                if key is None:
                    self.decide(contact, segment, at, event_time)
                else:
                    self.decide_key(contact, segment, key, at, event_time)
                changed_at = self._take_change()
                if changed_at is not None:
                    for one in segment.dependents:
                        _add(dirty, one, key if one.per == segment.per else None)
                        instants[one] = max(changed_at, instants.get(one, changed_at))

    def _take_change(self) -> int | None:
        """The instant of the last change of a membership since the last call, if there was one."""
        changed_at, self._changed_at = self._changed_at, None
        return changed_at

    def decide(
        self, contact: Contact, segment: Segment, instant: int, event_time: int = NO_EVENT
    ) -> None:
        """Decide a segment of the contact itself at an instant."""
        frame = self._frame
        frame.owner, frame.contact, frame.keyed = contact, contact.features, NO_STATES
        frame.key = frame.facts = None
        due = self._decide_rungs(
            contact, segment, frame, contact.slots, segment.first_slot, instant, event_time
        )
        if due < FOREVER:
            contact.nexts[segment.index] = due
        else:
            contact.nexts.pop(segment.index, None)

    def decide_key(
        self,
        contact: Contact,
        segment: Segment,
        key: str,
        instant: int,
        event_time: int = NO_EVENT,
    ) -> None:
        """Decide a parametric segment for one key, not before its product's last change."""
        state = contact.key(segment.index, key)
        assert state is not None
        facts = self._facts(key) if segment.per_product else None
        if facts is None:
            if segment.needs_facts and not state[SLOTS]:
                return
        elif facts.changed_at is not None and event_time != NO_EVENT:
            instant = max(instant, facts.changed_at)
        frame = self._frame
        frame.owner, frame.contact, frame.keyed = contact, contact.features, state[FEATURES]
        frame.key, frame.facts = key, facts
        due = self._decide_rungs(contact, segment, frame, state[SLOTS], 0, instant, event_time)
        if due < FOREVER or contact.key_nexts:
            set_key_next(contact, segment.index, key, due)

    def _decide_rungs(
        self,
        contact: Contact,
        segment: Segment,
        frame: Frame,
        slots: States,
        first_slot: int,
        instant: int,
        event_time: int,
    ) -> int:
        if segment.is_instant:
            return FOREVER
        soonest = FOREVER
        place = first_slot
        implied_out = False
        for number, rung in enumerate(segment.rungs):
            slot = slots.get(place)
            inside = slot is not None and slot[STATUS] != OUT
            if implied_out:
                holds = False
            else:
                frame.inside = inside
                frame.entered = None if slot is None else slot[ANCHOR]
                holds, change = rung.condition.at(frame, instant)
                if change < soonest:
                    soonest = change
                implied_out = segment.is_ladder and not holds
            if holds is not inside or (
                inside and segment.anchor is not None and segment.anchor(frame) != frame.entered
            ):
                self._changed_at = instant
                if slot is None:
                    slot = slots[place] = new_slot()
                where = Place(contact, segment, frame.key, number, slot)
                if inside:
                    self._teller.exit(where, instant, event_time)
                if holds:
                    self._teller.enter(where, frame, instant, event_time == NO_EVENT)
            place += 1
        return soonest

    # -- time ------------------------------------------------------------------------------

    def due(self, contact: Contact) -> int:
        """The next instant at which something is to be decided or told; FOREVER if none."""
        due = self._next_instant(contact)
        if contact.pending:
            due = min(due, *(entry[0] for entry in contact.pending))
        return due

    def _next_instant(self, contact: Contact) -> int:
        nexts = contact.nexts
        instant = min(nexts.values()) if nexts else FOREVER
        if contact.key_nexts:
            instant = min(instant, next_key_instant(contact))
        for place, feature in self._rules.expiring:
            state = contact.features.get(place)
            if state is not None:
                instant = min(instant, feature.expiry(state))
        return instant

    def advance(self, contact: Contact, limit: int) -> None:
        """Decide what time alone changes up to ``limit``, each at its own instant, in order."""
        rules = self._rules
        while True:
            instant = self._next_instant(contact)
            if instant > limit:
                return
            for place, feature in rules.expiring:
                if feature.expiry(contact.features.get(place)) <= instant:
                    feature.expire(contact.features, place, instant)
            dirty: Dirty = {
                rules.segments[index]: None
                for index, due in contact.nexts.items()
                if due <= instant
            }
            for index, nexts in contact.key_nexts.items():
                keys = {key for key, due in nexts.items() if due <= instant}
                if keys:
                    dirty[rules.segments[index]] = keys
            self.decide_all(contact, dirty, instant, NO_EVENT)

    def bring(self, contact: Contact, product: str, before: ProductFacts, time: int) -> None:
        """Bring a product's change at ``time`` to a contact: what time alone changes for the
        product until then is decided with the facts ``before``, then its segments with those now.
        """
        instant = contact.latest
        concerned = [
            segment
            for segment in self._rules.by_product
            if product in contact.keyed.get(segment.index, ())
        ]
        self._before = (product, before)
        while True:
            dues = {
                segment: contact.key_nexts.get(segment.index, {}).get(product, FOREVER)
                for segment in concerned
            }
            due = min(dues.values(), default=FOREVER)
            if due > time:
                break
            dirty: Dirty = {one: {product} for one in concerned if dues[one] == due}
            self.decide_all(contact, dirty, due, NO_EVENT)
        self._before = None
        self.decide_all(contact, {one: {product} for one in concerned}, instant, time)

    def _facts(self, key: str) -> ProductFacts | None:
        if self._before is not None and self._before[0] == key:
            return self._before[1]
        return self._facts_of(key)

    def settle(self, contact: Contact, indexes: Iterable[int], instant: int) -> None:
        """Decide segments whose rules are new at an instant; who enters does so untold."""
        for index in indexes:
            segment = self._rules.segments[index]
            self._teller.silent = not segment.definition.fires_on_deploy
            if segment.per is None:
                self.decide(contact, segment, instant)
                continue
            for key in list(contact.keyed.get(index, ())):
                self.decide_key(contact, segment, key, instant)
        self._teller.silent = False

    def pending_frame(
        self, contact: Contact, index: int, key: str | None, rung: int
    ) -> tuple[Place, Frame] | None:
        """Where a pending entry belongs; None where its key was forgotten."""
        segment = self._rules.segments[index]
        if key is None:
            frame = self.frame_of(contact, NO_STATES, None, None)
            slot = contact.slots[segment.first_slot + rung]
            return Place(contact, segment, None, rung, slot), frame
        state = contact.key(index, key)
        if state is None:
            return None
        facts = self._facts(key) if segment.per_product else None
        frame = self.frame_of(contact, state[FEATURES], key, facts)
        return Place(contact, segment, key, rung, state[SLOTS][rung]), frame

    def frame_of(
        self, contact: Contact, keyed: States, key: str | None, facts: ProductFacts | None
    ) -> Frame:
        """What conditions see of a contact and a key; the same object at every call."""
        frame = self._frame
        frame.owner = contact
        frame.contact = contact.features
        frame.keyed = keyed
        frame.key = key
        frame.facts = facts
        return frame


def _add(dirty: Dirty, segment: Segment, key: str | None) -> None:
    chosen = dirty.get(segment, set())
    dirty[segment] = None if key is None or chosen is None else {*chosen, key}
