"""Deciding a contact's segments at an instant: of an event, or one at which time changes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamseg.core.conditions.base import Frame
from streamseg.core.contact import (
    FEATURES,
    NEVER_DECIDED,
    SLOTS,
    Contact,
    next_instant,
    set_key_next,
)
from streamseg.core.features.base import FOREVER, States
from streamseg.core.membership import (
    ANCHOR,
    NO_EVENT,
    OUT,
    STATUS,
    Place,
    new_slot,
)
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

    ``products`` has what is known of them.
    """

    def __init__(self, rules: RuleSet, teller: Teller, products: Store[ProductFacts]) -> None:
        self._rules = rules
        self.teller = teller
        self._products = products
        self._frame = Frame({}, {})
        self._before: tuple[str, ProductFacts] | None = None
        self._changed_at = NEVER_DECIDED
        self._later: dict[str, int] | None = None  # products left for later, and when they changed

    def decide_all(
        self, contact: Contact, mask: int, keys: Keys, instant: int, event_time: int
    ) -> None:
        """Decide segments at an instant, each before those that ask about it, and then those."""
        ranked = self._rules.ranked
        self._changed_at = NEVER_DECIDED
        later: dict[int, int] = {}  # by rank, where another segment changed later than at instant
        while mask:
            bit = mask & -mask
            mask ^= bit
            segment = ranked[bit.bit_length() - 1]
            at = later.get(segment.rank, instant) if later else instant
            if segment.per is None:
                self.decide(contact, segment, at, event_time)
                if self._changed_at > NEVER_DECIDED:
                    mask |= self._ask_anew(contact, segment, None, mask, keys, later)
                continue
            chosen = keys.get(segment.rank)
            known = contact.keyed.get(segment.table)
            if known:
                for key in list(known) if chosen is None else chosen:
                    if key in known:
                        self.decide_key(contact, segment, key, at, event_time)
                        if self._changed_at > NEVER_DECIDED:
                            mask |= self._ask_anew(contact, segment, key, mask, keys, later)

    def _ask_anew(
        self,
        contact: Contact,
        segment: Segment,
        key: str | None,
        mask: int,
        keys: Keys,
        later: dict[int, int],
    ) -> int:
        """Who is to be decided as a membership of a segment changed, besides those in ``mask``."""
        changed_at, self._changed_at = self._changed_at, NEVER_DECIDED
        added = 0
        for one in segment.dependents:
            rank = one.rank
            later[rank] = max(changed_at, later.get(rank, changed_at))
            if one.per is not None:
                if key is None or one.per != segment.per:
                    keys.pop(rank, None)
                elif not mask & one.bit or rank in keys:
                    keys[rank] = list(dict.fromkeys([*keys.get(rank, ()), key]))
            added |= one.bit
        return self._rules.bars.permitted(contact, added)

    def decide(
        self, contact: Contact, segment: Segment, instant: int, event_time: int = NO_EVENT
    ) -> None:
        """Decide a segment of the contact itself at an instant."""
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
        due = self._decide_rungs(contact, segment, frame, contact.slots, instant, event_time)
        if due < FOREVER:
            for watch, wait in segment.waits:
                if watch.ends_at(contact, wait, due):
                    break  # noted there
            else:
                contact.nexts[segment.index] = due
                return
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
        state = contact.key(segment.table, key)
        assert state is not None
        facts = self._facts(key) if segment.per_product else None
        slots = state[SLOTS]
        if segment.leasts and segment.lacks(state[FEATURES].get) and not segment.holds_in(slots):
            if contact.key_nexts:
                set_key_next(contact, segment.index, key, FOREVER)
            return
        if facts is None:
            if segment.needs_facts and not slots:
                return
        elif facts.changed_at is not None and event_time != NO_EVENT:
            if self._later is not None and facts.changed_at > instant:
                self._later[key] = facts.changed_at
                return
            instant = max(instant, facts.changed_at)
        contact.unfold(segment.places)
        frame = self._frame
        frame.owner, frame.contact, frame.keyed = contact, contact.features, state[FEATURES]
        frame.key, frame.facts = key, facts
        due = self._decide_rungs(contact, segment, frame, slots, instant, event_time)
        if due < FOREVER or contact.key_nexts:
            set_key_next(contact, segment.index, key, due)

    def _decide_rungs(
        self,
        contact: Contact,
        segment: Segment,
        frame: Frame,
        slots: States,
        instant: int,
        event_time: int,
    ) -> int:
        """Decide each rung; the next instant at which time alone may change one."""
        soonest = FOREVER
        changed = fails = False
        for number, rung in enumerate(segment.rungs):
            slot = slots.get(segment.first_slot + number)
            inside = frame.inside = slot is not None and slot[STATUS] != OUT
            frame.entered = None if slot is None else slot[ANCHOR]
            # Above a rung of a ladder that does not hold none does.
            holds, change = (False, FOREVER) if fails else rung.condition.at(frame, instant)
            if change < soonest:
                soonest = change
            if holds is not inside or (inside and segment.anchor is not None):
                changed |= self._change(
                    contact, segment, frame, slots, number, holds, change, instant, event_time
                )
            fails = segment.is_ladder and not holds
        if changed:
            self._changed_at = instant
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
        until: int,
        instant: int,
        event_time: int,
    ) -> bool:
        """Leave or enter a rung, or another episode of it; whether there was anything to do.

        Time alone does not change before ``until`` whether it ``holds``.
        """
        inside = frame.inside
        if holds and inside and (segment.anchor is None or segment.anchor(frame) == frame.entered):
            return False
        place = segment.first_slot + rung
        slot = slots.get(place)
        if slot is None:
            slot = slots[place] = new_slot()
        where = Place(contact, segment, frame.key, rung, slot)
        if inside:
            self.teller.exit(where, instant, event_time)
        if holds:
            self.teller.enter(where, frame, instant, until, event_time == NO_EVENT)
        return True

    # -- time ------------------------------------------------------------------------------

    def advance(self, contact: Contact, limit: int, until_pending: bool = False) -> int:
        """Decide what time alone changes up to ``limit``, each at its own instant, in order; or
        until something is pending. The next instant.
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
            if until_pending and contact.pending:
                return instant

    def _decide_product(
        self,
        contact: Contact,
        segments: Iterable[Segment],
        product: str,
        instant: int,
        event_time: int,
    ) -> None:
        mask = 0
        keys: Keys = {}
        for segment in segments:
            mask |= segment.bit
            keys[segment.rank] = [product]
        self.decide_all(contact, mask, keys, instant, event_time)

    def _facts(self, key: str) -> ProductFacts | None:
        if self._before is not None and self._before[0] == key:
            return self._before[1]
        return self._products.get(key)

    def forget_key(self, contact: Contact, table: Table, key: str) -> int:
        """A contact has a key no more; the segments that asked about it, as bits."""
        asking = 0
        state = None
        if contact.pending or any(one.dependents or one.is_told for one in table.segments):
            state = contact.key(table.index, key)
        del contact.keyed[table.index][key]
        for segment in table.segments:
            set_key_next(contact, segment.index, key, FOREVER)
            if state is not None:
                if segment.holds_in(state[SLOTS]):
                    for one in segment.dependents:
                        asking |= one.bit
                self.teller.forget(contact, segment, key, state[SLOTS], "forgotten")
        return asking

    def settle(self, contact: Contact, segments: Iterable[Segment], instant: int) -> None:
        """Decide segments whose rules are new, in their ranks; who enters or leaves does so
        without a trigger.
        """
        for segment in segments:
            self.teller.silent = not segment.definition.fires_on_deploy
            if segment.per is None:
                self.decide(contact, segment, instant)
                continue
            for key in list(contact.keyed.get(segment.table, ())):
                self.decide_key(contact, segment, key, instant)
        self.teller.silent = False

    def pending_frame(
        self, contact: Contact, index: int, key: str | None, rung: int
    ) -> tuple[Place, Frame] | None:
        """Where a pending entry belongs, seen from inside; None where its key was forgotten."""
        segment = self._rules.segments[index]
        contact.unfold(segment.places)
        keyed, slots, facts = NO_STATES, contact.slots, None
        if key is not None:
            state = contact.key(segment.table, key)
            if state is None:
                return None
            keyed, slots = state[FEATURES], state[SLOTS]
            facts = self._facts(key) if segment.per_product else None
        slot = slots[segment.first_slot + rung]
        frame = self.frame_of(contact, keyed, key, facts)
        frame.inside, frame.entered = True, slot[ANCHOR]
        return Place(contact, segment, key, rung, slot), frame

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
        frame.inside = False
        frame.entered = None
        return frame
