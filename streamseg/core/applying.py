"""Applying an event to a contact: what is remembered, which keys it touches, what it decides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, TypeGuard

from streamseg.core.conditions.base import NO_SINCE, Frame
from streamseg.core.contact import (
    ENCODED,
    FEATURES,
    NEVER_DECIDED,
    SLOTS,
    TOUCHED,
    Contact,
    KeyState,
    new_key,
)
from streamseg.core.deciding import NO_STATES, Decider, Keys
from streamseg.core.events import Event
from streamseg.core.fan_out import FanOut
from streamseg.core.features.base import CHANGED, Moment, States
from streamseg.core.membership import Place, new_slot
from streamseg.core.plans import KeyedSteps, Plan
from streamseg.core.products import ProductFacts
from streamseg.core.rule_set import RuleSet
from streamseg.core.segments import Segment
from streamseg.core.store import Store
from streamseg.core.tables import Table
from streamseg.core.telling import Teller
from streamseg.core.vocabulary import MAX_ID_BYTES, SURELY_SHORT
from streamseg.core.watching import Watch

NOTHING_NEW: Final[frozenset[str]] = frozenset()


class Applier:
    """Applies events to contacts.

    ``products`` has what is known of them; the ``fan_out`` is told of each product that a
    contact begins to have in a segment per product.
    """

    def __init__(
        self,
        rules: RuleSet,
        decider: Decider,
        teller: Teller,
        products: Store[ProductFacts],
        fan_out: FanOut,
    ) -> None:
        self._rules = rules
        self._decider = decider
        self._teller = teller
        self._products = products
        self._fan_out = fan_out
        self._moment = Moment()
        self._frame = Frame({}, {})
        self._asking = 0  # of an event: segments that asked about a key which is forgotten now

    def apply(self, contact: Contact, event: Event, plan: Plan) -> None:
        """Decide what time alone changes up to an event, remember it, and decide the segments it
        concerns, once, at the contact's latest decided instant.
        """
        time = event.time
        rules, decider = self._rules, self._decider
        view = decider.view
        instant = max(contact.latest, time)
        if instant < view.horizon:
            instant = view.instant_of(contact, time, view.horizon)
        if contact.due_at <= instant:
            decider.advance(contact, instant)
        moment = self._moment
        moment.new_in_cart, moment.since = NOTHING_NEW, contact.since
        # A contact's first event decides every segment: who never did X has not done it.
        mask = rules.born if contact.latest == NEVER_DECIDED else 0
        contact.latest = instant
        self._asking = 0
        changed = _remember(contact, event, plan, moment)
        if plan.may_bar:
            contact.unbar()
        keys: Keys = {}
        touched = 0
        for keyed in plan.keyed:
            touched |= self._touch_keys(contact, event, keyed, moment, keys)
        of_key = 0
        for watch in changed:
            mask |= watch.concerned(contact, instant)
            of_key |= watch.of_key
        if of_key:
            touched |= self._touch_named(contact, event, of_key & ~mask, keys)
        if mask | self._asking:
            mask = rules.bars.permitted(contact, mask | self._asking)
        if touched | mask:
            if mask:
                keys = {rank: some for rank, some in keys.items() if not mask >> rank & 1}
            mask |= touched
            decider.decide_event(contact, mask, keys, event)
        if plan.instant:
            self._fire_instant_rules(contact, event, plan.instant)
        if view.later:
            decider.bring_later(contact, event)

    def _touch_named(self, contact: Contact, event: Event, of_key: int, keys: Keys) -> int:
        """Have segments per product decided for the products that the event's items name."""
        touched = 0
        products = dict.fromkeys(item["product"] for item in event.data.get("items") or ())
        for segment in self._rules.by_product:
            rank = segment.rank
            if of_key & segment.bit:
                remembered = contact.keyed.get(segment.table, {})
                named = [product for product in products if product in remembered]
                if named:
                    touched |= segment.bit
                    keys[rank] = [*keys.get(rank, ()), *named]
        return touched

    def _touch_keys(
        self, contact: Contact, event: Event, keyed: KeyedSteps, moment: Moment, keys: Keys
    ) -> int:
        """Update the features of the event's keys in a table; the segments to decide, and the
        keys to decide them for.
        """
        table = keyed.table
        moment.products = self._products if table.per_product else None
        only = event.data.get(table.per)
        if type(only) is str and len(only) <= SURELY_SHORT:
            found = [only]
        else:
            found = keys_of(event, table.per)
        touched: dict[str, KeyState] = {}
        for key in found:
            state = self._touch_key(contact, event, keyed, key, moment)
            if state is not None:
                touched[key] = state
        if not touched:
            return 0
        remembered = contact.keyed[table.index]
        barred = self._rules.bars.barred_of_keys(contact, table.bits)
        mask = 0
        for key, state in touched.items():
            if key not in remembered:
                continue  # another key of the event has taken its place
            slots = state[SLOTS]
            known = not table.asks_of_products or bool(slots) or self._is_told_of(key)
            concerned = table.concerned(state[FEATURES], slots, known) & ~barred
            mask |= concerned
            while concerned:
                bit = concerned & -concerned
                concerned ^= bit
                rank = bit.bit_length() - 1
                if rank in keys:
                    keys[rank].append(key)
                else:
                    keys[rank] = [key]
        return mask

    def _is_told_of(self, product: str) -> bool:
        return self._products.get(product) is not None

    def _touch_key(
        self,
        contact: Contact,
        event: Event,
        keyed: KeyedSteps,
        key: str,
        moment: Moment,
    ) -> KeyState | None:
        """Update one key's features; its state, None where the event did not touch it."""
        table = keyed.table
        known = contact.key(table.index, key)
        state = new_key() if known is None else known
        moment.key = key
        matched = keyed.on is not None and keyed.on(event.data)
        features = state[FEATURES]
        for feature, place, where in keyed.steps:
            if where is not None and not where(event.data):
                continue
            if feature.update(features, place, event, moment):
                matched = True
        if not matched:
            return None
        if known is None and table.per_product and not self._decider.view.has_product(contact, key):
            self._fan_out.joins(contact, key)
        keys = contact.keyed.get(table.index)
        if keys is None:
            keys = contact.keyed[table.index] = {}
        time = event.time
        if time >= state[TOUCHED]:
            state[TOUCHED] = time
            if known is not None:
                del keys[key]
            keys[key] = state
            if time < contact.latest:
                _put_later_keys_behind(contact, table.index, time)
        if len(keys) > table.max_keys:
            self._forget_oldest(contact, table)
        return state

    def _forget_oldest(self, contact: Contact, table: Table) -> None:
        oldest = next(iter(contact.keyed[table.index]))
        self._asking |= self._decider.forget_key(contact, table, oldest)

    def _fire_instant_rules(
        self, contact: Contact, event: Event, segments: Sequence[Segment]
    ) -> None:
        permitted = self._rules.bars.permitted(contact, sum(one.bit for one in segments))
        for segment in segments:
            if not permitted & segment.bit:
                continue
            assert segment.definition.on is not None
            where = segment.definition.on[1]
            if where is not None and not where(event.data):
                continue
            contact.unfold(segment.places)
            if segment.per is None:
                frame = self._frame_of(contact, segment, NO_STATES, None, None)
                self._fire(contact, segment, frame, contact.slots, segment.first_slot, event)
                continue
            for key in keys_of(event, segment.per):
                state = contact.key(segment.table, key)
                if state is not None:
                    facts = self._products.get(key) if segment.per_product else None
                    frame = self._frame_of(contact, segment, state[FEATURES], key, facts)
                    self._fire(contact, segment, frame, state[SLOTS], segment.first_slot, event)

    def _frame_of(
        self,
        contact: Contact,
        segment: Segment,
        keyed: States,
        key: str | None,
        facts: ProductFacts | None,
    ) -> Frame:
        """What a segment's condition sees of a contact and a key; the same object at every call."""
        frame = self._frame
        frame.owner = contact
        frame.contact = contact.features
        frame.keyed = keyed
        frame.key = key
        frame.facts = facts
        frame.since = contact.since
        frame.key_since = contact.key_since.get(segment.table, NO_SINCE)
        frame.inside = False
        frame.entered = None
        return frame

    def _fire(
        self,
        contact: Contact,
        segment: Segment,
        frame: Frame,
        slots: States,
        slot_place: int,
        event: Event,
    ) -> None:
        if segment.definition.trigger and segment.rungs[0].condition.at(frame, contact.latest)[0]:
            slot = slots.setdefault(slot_place, new_slot())
            place = Place(contact, segment, frame.key, 0, slot)
            frame.event = event
            self._teller.fire_instantly(place, frame, event.time, event.name)
            frame.event = None


def _remember(contact: Contact, event: Event, plan: Plan, moment: Moment) -> list[Watch]:
    """Update the contact's features; the watches of those that are others now."""
    features = contact.features
    changed: list[Watch] = []
    steps = plan.steps
    for field, by_text in plan.choices:
        text = event.data.get(field)
        if type(text) is str and text in by_text:
            steps += by_text[text]
    for feature, place, watch, where in steps:
        if where is not None and not where(event.data):
            continue
        if type(features.get(place)) is ENCODED:
            contact.state(place)
        if feature.update(features, place, event, moment) == CHANGED:
            changed.append(watch)
    return changed


def _put_later_keys_behind(contact: Contact, table: int, time: int) -> None:
    """Put the keys of a table that were touched after ``time`` behind the last, touched then."""
    keys = contact.keyed[table]
    later: list[str] = []
    for key in islice(reversed(keys), 1, None):
        state = contact.key(table, key)
        assert state is not None
        if state[TOUCHED] <= time:
            break
        later.append(key)
    for key in reversed(later):
        keys[key] = keys.pop(key)


def keys_of(event: Event, field: str) -> list[str]:
    """The keys of an event: its field, or, where it has none, the field of its items."""
    value = event.data.get(field)
    if value is not None:
        return [value] if _is_key(value) else []
    items = event.data.get("items")
    if type(items) is not list:
        return []
    values = (item.get(field) for item in items if type(item) is dict)
    return list(dict.fromkeys(value for value in values if _is_key(value)))


def _is_key(value: Any) -> TypeGuard[str]:
    """Whether a value can be a key: a text of no more bytes than an id."""
    return type(value) is str and len(value.encode()) <= MAX_ID_BYTES
