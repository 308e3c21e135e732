"""Deciding a contact's segments at an instant: of an event, or one at which time changes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from streamseg.core.conditions.base import NEVER, NO_SINCE, Frame
from streamseg.core.contact import (
    FEATURES,
    NEVER_DECIDED,
    SLOTS,
    Contact,
    next_instant,
    set_key_next,
)
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER, States
from streamseg.core.membership import (
    ANCHOR,
    NO_EVENT,
    OUT,
    STATUS,
    Place,
    new_slot,
)
from streamseg.core.passes import Change
from streamseg.core.pending import KEY, RUNG, SEGMENT, Item
from streamseg.core.product_index import ProductIndex
from streamseg.core.product_view import ProductView
from streamseg.core.products import ProductFacts
from streamseg.core.rule_set import RuleSet
from streamseg.core.segments import Segment
from streamseg.core.store import Store
from streamseg.core.tables import Table
from streamseg.core.telling import Teller

# By rank of a parametric segment the keys to decide it for; all, where it has none here.
Keys = dict[int, list[str]]
NO_STATES: Final[States] = {}


class Decider:
    """Decides who is in which segment, at given instants; tells through a teller.

    ``products`` has what is known of them; the ``index`` is told of keys that contacts lose.
    """

    def __init__(
        self, rules: RuleSet, teller: Teller, products: Store[ProductFacts], index: ProductIndex
    ) -> None:
        self.teller = teller
        self.index = index
        self.view = ProductView(products, rules.tables)
        self._rules = rules
        self._frame = Frame({}, {})
        self._instant = NEVER_DECIDED
        self._event_time = NO_EVENT
        self._is_changed = False  # a membership, since somebody looked

    def decide_event(self, contact: Contact, mask: int, keys: Keys, event: Event) -> None:
        """Decide segments after an event, at the contact's latest decided instant."""
        self.teller.event = event
        self.view.event_instant = contact.latest
        self.decide_all(contact, mask, keys, contact.latest, event.time)
        self.view.event_instant = FOREVER
        self.teller.event = None

    def bring_later(self, contact: Contact, event: Event) -> None:
        """Bring to a contact the changes of products that are later than the event which brought
        these as keys.
        """
        later = self.view.later
        self.teller.event = event
        for product, changed_at in sorted(later.items(), key=lambda each: (each[1], each[0])):
            self.advance(contact, changed_at)
            del later[product]
            contact.latest = changed_at
            segments = self._rules.having(contact, product)
            self._decide_product(contact, segments, product, event.time)
        self.teller.event = None

    def decide_all(
        self, contact: Contact, mask: int, keys: Keys, instant: int, event_time: int
    ) -> None:
        """Decide segments at an instant, each before those that ask about it, and then those."""
        ranked = self._rules.ranked
        self._instant, self._event_time = instant, event_time
        self._is_changed = False
        while mask:
            bit = mask & -mask
            mask ^= bit
            segment = ranked[bit.bit_length() - 1]
            if segment.per is None:
                self.decide(contact, segment)
                if self._is_changed:
                    mask |= self._ask_anew(contact, segment, None, mask, keys)
                continue
            chosen = keys.get(segment.rank)
            known = contact.keyed.get(segment.table)
            if known:
                for key in list(known) if chosen is None else chosen:
                    if key in known:
                        self._decide_key(contact, segment, key)
                        if self._is_changed:
                            mask |= self._ask_anew(contact, segment, key, mask, keys)

    def _ask_anew(
        self, contact: Contact, segment: Segment, key: str | None, mask: int, keys: Keys
    ) -> int:
        """Who is to be decided as a membership of a segment changed, besides those in ``mask``."""
        self._is_changed = False
        added = 0
        for one in segment.dependents:
            rank = one.rank
            if one.per is not None:
                if key is None or one.per != segment.per:
                    keys.pop(rank, None)
                elif not mask & one.bit or rank in keys:
                    keys[rank] = list(dict.fromkeys([*keys.get(rank, ()), key]))
            added |= one.bit
        return self._rules.bars.permitted(contact, added)

    def decide(self, contact: Contact, segment: Segment) -> None:
        """Decide a segment of the contact itself."""
        inside = contact.inside
        if not inside & segment.bit and (
            segment.within & ~inside or (segment.leasts and segment.lacks(contact.state))
        ):
            if segment.index in contact.nexts:
                del contact.nexts[segment.index]
            return
        contact.unfold(segment.places)
        frame = self._frame
        frame.owner, frame.contact, frame.keyed = contact, contact.features, NO_STATES
        frame.key = frame.facts = None
        frame.since, frame.key_since = contact.since, NO_SINCE
        due = self._decide_rungs(contact, segment, frame, contact.slots)
        if due < FOREVER:
            for watch, wait in segment.waits:
                if watch.ends_at(contact, wait, due):
                    break  # noted there
            else:
                contact.nexts[segment.index] = due
                return
        contact.nexts.pop(segment.index, None)

    def _decide_key(self, contact: Contact, segment: Segment, key: str) -> None:
        """Decide a parametric segment for one key; later, where its product has changed since."""
        state = contact.key(segment.table, key)
        assert state is not None
        facts = self.view.facts(key) if segment.per_product else None
        slots = state[SLOTS]
        if segment.leasts and segment.lacks(state[FEATURES].get) and not segment.holds_in(slots):
            if contact.key_nexts:
                set_key_next(contact, segment.index, key, FOREVER)
            return
        if facts is None:
            if segment.needs_facts and not slots:
                return
        elif self.view.is_later(key, facts):
            return
        contact.unfold(segment.places)
        frame = self._frame
        frame.owner, frame.contact, frame.keyed = contact, contact.features, state[FEATURES]
        frame.key, frame.facts = key, facts
        frame.since = contact.since
        frame.key_since = contact.key_since.get(segment.table, NO_SINCE)
        due = self._decide_rungs(contact, segment, frame, slots)
        if due < FOREVER or contact.key_nexts:
            set_key_next(contact, segment.index, key, due)

    def _decide_rungs(self, contact: Contact, segment: Segment, frame: Frame, slots: States) -> int:
        """Decide each rung; the next instant at which time alone may change one."""
        instant = self._instant
        soonest = FOREVER
        changed = fails = False
        for number, rung in enumerate(segment.rungs):
            slot = slots.get(segment.first_slot + number)
            inside = frame.inside = slot is not None and slot[STATUS] != OUT
            frame.entered = None if slot is None else slot[ANCHOR]
            # Above a rung of a ladder that does not hold none does.
            truth, change = NEVER if fails else rung.condition.at(frame, instant)
            holds = truth is True
            if change < soonest:
                soonest = change
            if holds is not inside or (inside and segment.anchor is not None):
                changed |= self._change(contact, segment, frame, slots, number, holds)
            fails = segment.is_ladder and not holds
        if changed:
            self._is_changed = True
            if segment.per is None:
                others = contact.inside & ~segment.bit
                contact.inside = others | segment.bit if segment.holds_in(slots) else others
        return soonest

    def _change(
        self,
        contact: Contact,
        segment: Segment,
        frame: Frame,
        slots: States,
        rung: int,
        holds: bool,
    ) -> bool:
        """Leave or enter a rung, or another episode of it; whether there was anything to do."""
        inside = frame.inside
        if holds and inside and (segment.anchor is None or segment.anchor(frame) == frame.entered):
            return False
        number = segment.first_slot + rung
        slot = slots.get(number)
        if slot is None:
            slot = slots[number] = new_slot()
        place = Place(contact, segment, frame.key, rung, slot)
        if inside:
            self.teller.exit(place, self._instant, self._event_time)
        if holds:
            self.teller.enter(place, frame, self._instant, self._event_time == NO_EVENT)
        return True

    # -- time ------------------------------------------------------------------------------

    def advance(self, contact: Contact, limit: int) -> int:
        """Decide what time alone changes up to ``limit``, each at its own instant, in order; the
        next instant.
        """
        rules = self._rules
        while True:
            instant = next_instant(contact)
            if instant > limit:
                return instant
            mask = 0
            for index, due in list(contact.nexts.items()):
                if due <= instant:
                    if index < 0:
                        mask |= rules.watches[~index].lapse(contact, instant)
                    else:
                        mask |= rules.segments[index].bit
            keys: Keys = {}
            for index, nexts in contact.key_nexts.items():
                due_keys = [key for key, due in nexts.items() if due <= instant]
                segment = rules.segments[index]
                if due_keys and not mask & segment.bit:
                    keys[segment.rank] = due_keys
                    mask |= segment.bit
            self.decide_all(contact, mask, keys, instant, NO_EVENT)

    # -- products --------------------------------------------------------------------------

    def bring(self, contact: Contact, changes: Sequence[Change]) -> None:
        """Bring changes of products to a contact, in their order, each as an event: what time
        alone changes until then is decided first, with the facts before it.
        """
        view = self.view
        view.hold_back(changes)
        for number, change in enumerate(changes, start=1):
            instant = view.instant_of(contact, change.since, change.horizon)
            self.advance(contact, instant)
            contact.latest = instant
            after = view.bring(change, changes[number:])
            segments = self._rules.having(contact, change.product)
            concerned = [one for one in segments if one.depends_on(change.before, after)]
            self._decide_product(contact, concerned, change.product, change.time)

    def _decide_product(
        self, contact: Contact, segments: Iterable[Segment], product: str, event_time: int
    ) -> None:
        mask = 0
        keys: Keys = {}
        for segment in segments:
            mask |= segment.bit
            keys[segment.rank] = [product]
        self.decide_all(contact, mask, keys, contact.latest, event_time)

    def forget_key(self, contact: Contact, table: Table, key: str) -> int:
        """A contact has a key no more; the segments that asked about it, as bits."""
        asking = 0
        state = None
        if contact.pending or any(one.dependents or one.is_told for one in table.segments):
            state = contact.key(table.index, key)
        del contact.keyed[table.index][key]
        if table.per_product:
            self.index.drop(key, contact)
        for segment in table.segments:
            set_key_next(contact, segment.index, key, FOREVER)
            if state is not None:
                if segment.holds_in(state[SLOTS]):
                    for one in segment.dependents:
                        asking |= one.bit
                self.teller.forget(contact, segment, key, state[SLOTS], "forgotten")
        return asking

    def settle(self, contact: Contact, segments: Iterable[Segment], instant: int) -> None:
        """Decide segments whose rules are new, after what time alone changes until then; who enters
        or leaves does so without a trigger.
        """
        mask = 0
        for segment in segments:
            mask |= segment.bit
            if not segment.definition.fires_on_deploy:
                self.teller.silent |= segment.bit
        self.advance(contact, instant)
        contact.latest = instant
        self.decide_all(contact, mask, {}, instant, NO_EVENT)
        self.teller.silent = 0

    def place_of(self, contact: Contact, item: Item) -> Place:
        """The membership that a pending item is of."""
        segment = self._rules.segments[item[SEGMENT]]
        slots, key = contact.slots, item[KEY]
        if key is not None:
            state = contact.key(segment.table, key)
            assert state is not None
            slots = state[SLOTS]
        slot = slots[segment.first_slot + item[RUNG]]
        return Place(contact, segment, key, item[RUNG], slot)
