"""Deciding a contact's segments: at its events, and at the instants at which time changes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from streamseg.core.conditions.base import Frame
from streamseg.core.contact import FEATURES, NEXT, SLOTS, TOUCHED, Contact, new_key
from streamseg.core.contact import PLACE as PLACE_IN_EVENT
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER, Moment, States
from streamseg.core.membership import (
    ANCHOR,
    NO_EVENT,
    OUT,
    STATUS,
    Place,
    Teller,
    forget,
    new_slot,
)
from streamseg.core.products import ProductFacts
from streamseg.core.segments import KeyedSteps, Plan, RuleSet, Segment

FactsOf = Callable[[str], ProductFacts | None]


class Decider:
    """Applies events to contacts and decides their segments; tells through a teller.

    ``facts_of`` gives what is known of a product; ``key_added`` hears of each key that a contact
    begins to have in a segment per product.
    """

    def __init__(
        self,
        rules: RuleSet,
        teller: Teller,
        facts_of: FactsOf,
        key_added: Callable[[str, str], None],
    ) -> None:
        self._rules = rules
        self._teller = teller
        self._facts_of = facts_of
        self._key_added = key_added
        self._frame = Frame({}, {})

    # -- events ----------------------------------------------------------------------------

    def apply(self, contact: Contact, event: Event, plan: Plan) -> None:
        """Remember an event and decide the segments it concerns, once, at the contact's latest
        decided instant. What time alone changes up to the event has been decided before.
        """
        instant = contact.latest = max(contact.latest, event.time)
        moment = Moment()
        mask = 0
        features = contact.features
        for step in plan.steps:
            if step.feature.update(features, step.place, event, moment):
                mask |= step.mask
        touched = self._touch_keys(contact, event, plan, moment) if plan.keyed else {}
        for place, feature in self._rules.expiring:
            if place in features:
                contact.nexts[-1 - place] = feature.expiry(features[place])
        for segment in self._rules.concerned(mask):
            if segment.per is None:
                self.decide(contact, segment, instant, event.time)
            else:
                touched[segment] = contact.keyed.get(segment.index, ())
        for segment, keys in touched.items():
            for key in list(keys):
                facts = self._facts_of(key) if segment.per_product else None
                self.decide_key(contact, segment, key, facts, instant, event.time)
        if plan.instant:
            self._fire_instant_rules(contact, event, plan.instant, instant)

    def _touch_keys(
        self, contact: Contact, event: Event, plan: Plan, moment: Moment
    ) -> dict[Segment, Iterable[str]]:
        """Update the features of the event's keys; the keys that it touched, by segment."""
        touched: dict[Segment, Iterable[str]] = {}
        for keyed in plan.keyed:
            segment = keyed.segment
            keys = contact.keyed.get(segment.index, {})
            matched = [
                key
                for place, key in enumerate(_keys_of(event, segment.per or ""))
                if self._touch_key(contact, event, keyed, keys, key, place, moment)
            ]
            if matched:
                contact.keyed[segment.index] = keys
                touched[segment] = [key for key in matched if key in keys]
        return touched

    def _touch_key(
        self,
        contact: Contact,
        event: Event,
        keyed: KeyedSteps,
        keys: dict[str, Any],
        key: str,
        place: int,
        moment: Moment,
    ) -> bool:
        """Update one key's features; whether the event touched it."""
        segment = keyed.segment
        fresh = key not in keys
        state = new_key() if fresh else keys[key]
        moment.key = key
        moment.facts = self._facts_of(key) if segment.per_product else None
        matched = keyed.on is not None and keyed.on(event.data)
        for feature, feature_place in keyed.steps:
            matched |= feature.update(state[FEATURES], feature_place, event, moment)
        if not matched:
            return False
        if (event.time, place) >= (state[TOUCHED], state[PLACE_IN_EVENT]):
            state[TOUCHED], state[PLACE_IN_EVENT] = event.time, place
            keys.pop(key, None)  # of equal touches the later arrival is the later
        keys[key] = state
        if fresh and segment.per_product:
            self._key_added(key, contact.id)
        if len(keys) > segment.definition.max_keys:
            self._forget_oldest(contact, segment, keys)
        return True

    def _forget_oldest(self, contact: Contact, segment: Segment, keys: dict[str, Any]) -> None:
        oldest = min(keys, key=lambda key: (keys[key][TOUCHED], keys[key][PLACE_IN_EVENT]))
        del keys[oldest]
        if contact.pending:
            forget(contact, segment, oldest)

    def _fire_instant_rules(
        self, contact: Contact, event: Event, segments: Iterable[Segment], instant: int
    ) -> None:
        for segment in segments:
            assert segment.definition.on is not None
            where = segment.definition.on[1]
            if where is not None and not where(event.data):
                continue
            if segment.per is None:
                frame = self._frame_of(contact, {}, None, None)
                self._fire(contact, segment, frame, contact.slots, segment.first_slot, event)
                continue
            for key in _keys_of(event, segment.per):
                state = contact.keyed.get(segment.index, {}).get(key)
                if state is not None:
                    facts = self._facts_of(key) if segment.per_product else None
                    frame = self._frame_of(contact, state[FEATURES], key, facts)
                    self._fire(contact, segment, frame, state[SLOTS], 0, event)

    def _fire(
        self,
        contact: Contact,
        segment: Segment,
        frame: Frame,
        slots: States,
        slot_place: int,
        event: Event,
    ) -> None:
        if segment.rungs[0].condition.at(frame, contact.latest)[0]:
            slot = slots.setdefault(slot_place, new_slot())
            place = Place(contact, segment, frame.key, 0, slot)
            frame.event = event
            self._teller.fire_instantly(place, frame, event.time, event.name)
            frame.event = None

    # -- deciding --------------------------------------------------------------------------

    def decide(
        self, contact: Contact, segment: Segment, instant: int, event_time: int = NO_EVENT
    ) -> None:
        """Decide a segment of the contact itself at an instant."""
        frame = self._frame_of(contact, {}, None, None)
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
        facts: ProductFacts | None,
        instant: int,
        event_time: int = NO_EVENT,
    ) -> None:
        """Decide a parametric segment for one key, not before its product's last change."""
        state = contact.keyed[segment.index][key]
        if facts is not None and facts.changed_at is not None and event_time != NO_EVENT:
            instant = max(instant, facts.changed_at)
        frame = self._frame_of(contact, state[FEATURES], key, facts)
        state[NEXT] = self._decide_rungs(
            contact, segment, frame, state[SLOTS], 0, instant, event_time
        )

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
        if segment.definition.on is not None:
            return FOREVER
        soonest = FOREVER
        place = first_slot
        for number, rung in enumerate(segment.rungs):
            slot = slots.get(place)
            inside = slot is not None and slot[STATUS] != OUT
            frame.inside = inside
            frame.entered = None if slot is None else slot[ANCHOR]
            holds, change = rung.condition.at(frame, instant)
            if change < soonest:
                soonest = change
            if holds is not inside:
                if slot is None:
                    slot = slots[place] = new_slot()
                where = Place(contact, segment, frame.key, number, slot)
                if holds:
                    self._teller.enter(where, frame, instant, event_time == NO_EVENT)
                else:
                    self._teller.exit(where, instant, event_time)
            place += 1
        return soonest

    # -- time ------------------------------------------------------------------------------

    def advance(self, contact: Contact, limit: int) -> None:
        """Decide what time alone changes up to ``limit``, each at its own instant, in order."""
        rules = self._rules
        while True:
            instant = _next_instant(contact)
            if instant > limit:
                return
            for place, feature in rules.expiring:
                if contact.nexts.get(-1 - place, FOREVER) <= instant:
                    feature.expire(contact.features, place, instant)
                    del contact.nexts[-1 - place]
            for index in [one for one, due in contact.nexts.items() if due <= instant]:
                self.decide(contact, rules.segments[index], instant)
            for index, keys in contact.keyed.items():
                segment = rules.segments[index]
                for key in [one for one, state in keys.items() if state[NEXT] <= instant]:
                    facts = self._facts_of(key) if segment.per_product else None
                    self.decide_key(contact, segment, key, facts, instant)

    def advance_key(
        self,
        contact: Contact,
        segment: Segment,
        key: str,
        facts: ProductFacts | None,
        limit: int,
    ) -> None:
        """The same for one key of a segment, with the product's facts until ``limit``."""
        state = contact.keyed[segment.index][key]
        while state[NEXT] <= limit:
            self.decide_key(contact, segment, key, facts, state[NEXT])

    def settle(self, contact: Contact, indexes: Iterable[int], instant: int) -> None:
        """Decide segments whose rules are new at an instant; who enters does so untold."""
        self._teller.silent = True
        for place, feature in self._rules.expiring:
            if place in contact.features:
                contact.nexts[-1 - place] = feature.expiry(contact.features[place])
        for index in indexes:
            segment = self._rules.segments[index]
            if segment.per is None:
                self.decide(contact, segment, instant)
                continue
            for key in contact.keyed.get(index, ()):
                facts = self._facts_of(key) if segment.per_product else None
                self.decide_key(contact, segment, key, facts, instant)
        self._teller.silent = False

    def pending_frame(
        self, contact: Contact, index: int, key: str | None, rung: int
    ) -> tuple[Place, Frame] | None:
        """Where a pending entry belongs; None where its key was forgotten."""
        segment = self._rules.segments[index]
        if key is None:
            frame = self._frame_of(contact, {}, None, None)
            slot = contact.slots[segment.first_slot + rung]
            return Place(contact, segment, None, rung, slot), frame
        state = contact.keyed.get(index, {}).get(key)
        if state is None:
            return None
        facts = self._facts_of(key) if segment.per_product else None
        frame = self._frame_of(contact, state[FEATURES], key, facts)
        return Place(contact, segment, key, rung, state[SLOTS][rung]), frame

    def _frame_of(
        self, contact: Contact, keyed: States, key: str | None, facts: ProductFacts | None
    ) -> Frame:
        frame = self._frame
        frame.contact = contact.features
        frame.keyed = keyed
        frame.key = key
        frame.facts = facts
        return frame


def _next_instant(contact: Contact) -> int:
    instant = min(contact.nexts.values(), default=FOREVER)
    for keys in contact.keyed.values():
        for state in keys.values():
            if state[NEXT] < instant:
                instant = state[NEXT]
    return instant


def _keys_of(event: Event, field: str) -> Iterable[str]:
    """The keys of an event: its field, or, where it has none, the field of its items."""
    value = event.data.get(field)
    if value is not None:
        return (value,) if type(value) is str else ()
    items = event.data.get("items")
    if type(items) is not list:
        return ()
    values = (item.get(field) for item in items if type(item) is dict)
    return list(dict.fromkeys(value for value in values if type(value) is str))
