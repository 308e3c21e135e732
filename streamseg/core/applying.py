"""Applying an event to a contact: what is remembered, which keys it touches, what it decides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, TypeGuard

from streamseg.core.conditions.base import NO_SINCE, EvalContext
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
from streamseg.core.dependency_index import Dependents
from streamseg.core.dispatch import Dispatch, KeyUpdates
from streamseg.core.evaluation import Evaluator
from streamseg.core.events import Event
from streamseg.core.fan_out import FanOut
from streamseg.core.features.base import CHANGED, States, UpdateContext
from streamseg.core.key_groups import KeyGroup
from streamseg.core.membership import Membership, new_slot
from streamseg.core.products import ProductFacts
from streamseg.core.rule_set import RuleSet
from streamseg.core.segment_evaluation import NO_STATES, Keys
from streamseg.core.segments import Segment
from streamseg.core.store import Store
from streamseg.core.transitions import Transitions
from streamseg.core.vocabulary import MAX_ID_BYTES, SURELY_SHORT

NOTHING_NEW: Final[frozenset[str]] = frozenset()


class Applier:
    """Applies events to contacts.

    ``products`` has what is known of them; the ``fan_out`` is told of each product that a
    contact begins to have in a segment per product.
    """

    def __init__(
        self,
        rules: RuleSet,
        evaluator: Evaluator,
        transitions: Transitions,
        products: Store[ProductFacts],
        fan_out: FanOut,
    ) -> None:
        self._rules = rules
        self._evaluator = evaluator
        self._transitions = transitions
        self._products = products
        self._fan_out = fan_out
        self._update_ctx = UpdateContext()
        self._update_ctx.book = transitions.emission.counts
        self._update_ctx.noticed = evaluator.stage.noticed
        self._ctx = EvalContext({}, {})
        self._asking = 0  # segments that ask about a key which this event made forgotten

    def apply(self, contact: Contact, event: Event, dispatch: Dispatch) -> None:
        """Evaluate what time alone changes up to an event, update the features, and evaluate the
        segments that the event can change, once, at the contact's latest decided instant.
        """
        time = event.time
        rules, evaluator = self._rules, self._evaluator
        view = evaluator.view
        instant = max(contact.latest, time)
        if instant < view.horizon:
            instant = view.instant_of(contact, time, view.horizon)
        if contact.due_at <= instant:
            evaluator.advance(contact, instant)
        update_ctx = self._update_ctx
        update_ctx.new_in_cart, update_ctx.since = NOTHING_NEW, contact.since
        # At its first event a contact enters what an empty contact satisfies: it never did X.
        mask = rules.true_of_empty if contact.latest == NEVER_DECIDED else 0
        contact.latest = instant
        self._asking = 0
        changed = _remember(contact, event, dispatch, update_ctx)
        keys: Keys = {}
        touched = 0
        for keyed in dispatch.key_updates:
            touched |= self._touch_keys(contact, event, keyed, update_ctx, keys)
        of_key = 0
        for dependents in changed:
            mask |= dependents.affected(contact, instant)
            of_key |= dependents.of_key
        if of_key:
            touched |= self._touch_named(contact, event, of_key & ~mask, keys)
        if mask | self._asking:
            mask = rules.preconditions.possible(contact, mask | self._asking)
        if touched | mask:
            if mask:
                keys = {rank: some for rank, some in keys.items() if not mask >> rank & 1}
            mask |= touched
            evaluator.evaluate_event(contact, mask, keys, event)
        if dispatch.instant or contact.waiting or view.later:
            self._finish(contact, event, dispatch)

    def _finish(self, contact: Contact, event: Event, dispatch: Dispatch) -> None:
        """What comes after the memberships by an event: instant rules, what waits for a policy, and
        the changes of its products that are later.
        """
        evaluator = self._evaluator
        if dispatch.instant:
            self._fire_instant_rules(contact, event, dispatch.instant)
        if contact.waiting:
            evaluator.stage.ask(contact, contact.latest, event)
        if evaluator.view.later:
            evaluator.deliver_later(contact, event)

    def _touch_named(self, contact: Contact, event: Event, of_key: int, keys: Keys) -> int:
        """Note the segments per product to evaluate for the products that the items name."""
        touched = 0
        products = dict.fromkeys(item["product"] for item in event.data.get("items") or ())
        for segment in self._rules.by_product:
            rank = segment.rank
            if of_key & segment.bit:
                remembered = contact.keys.get(segment.key_group, {})
                named = [product for product in products if product in remembered]
                if named:
                    touched |= segment.bit
                    keys[rank] = [*keys.get(rank, ()), *named]
        return touched

    def _touch_keys(
        self,
        contact: Contact,
        event: Event,
        keyed: KeyUpdates,
        update_ctx: UpdateContext,
        keys: Keys,
    ) -> int:
        """Update the features of the event's keys in a group; the segments to decide, and the
        keys to decide them for.
        """
        key_group = keyed.key_group
        update_ctx.products = self._products if key_group.per_product else None
        only = event.data.get(key_group.per)
        if type(only) is str and len(only) <= SURELY_SHORT:
            found = [only]
        else:
            found = keys_of(event, key_group.per)
        touched: dict[str, KeyState] = {}
        for key in found:
            state = self._touch_key(contact, event, keyed, key, update_ctx)
            if state is not None:
                touched[key] = state
        if not touched:
            return 0
        remembered = contact.keys[key_group.index]
        preconditions = self._rules.preconditions
        unmet = preconditions.unmet(contact, contact.features, key_group.bits)
        mask = 0
        for key, state in touched.items():
            if key not in remembered:
                continue  # another key of the event has taken its place
            slots = state[SLOTS]
            known = not key_group.asks_of_products or bool(slots) or self._is_told_of(key)
            affected = key_group.affected(contact, state, known) & ~unmet
            mask |= affected
            while affected:
                bit = affected & -affected
                affected ^= bit
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
        keyed: KeyUpdates,
        key: str,
        update_ctx: UpdateContext,
    ) -> KeyState | None:
        """Update one key's features; its state, None where the event did not touch it."""
        key_group = keyed.key_group
        known = contact.key(key_group.index, key)
        state = new_key() if known is None else known
        update_ctx.key = key
        matched = keyed.on is not None and keyed.on(event.data)
        features = state[FEATURES]
        for feature, column, where in keyed.updates:
            if where is not None and not where(event.data):
                continue
            if feature.update(features, column, event, update_ctx):
                matched = True
        if not matched:
            return None
        if (
            known is None
            and key_group.per_product
            and not self._evaluator.view.has_product(contact, key)
        ):
            self._fan_out.joins(contact, key)
        keys = contact.keys.get(key_group.index)
        if keys is None:
            keys = contact.keys[key_group.index] = {}
        time = event.time
        if time >= state[TOUCHED]:
            state[TOUCHED] = time
            if known is not None:
                del keys[key]
            keys[key] = state
            if time < contact.latest:
                _put_later_keys_behind(contact, key_group.index, time)
        if len(keys) > key_group.max_keys:
            self._forget_oldest(contact, key_group)
        return state

    def _forget_oldest(self, contact: Contact, key_group: KeyGroup) -> None:
        oldest = next(iter(contact.keys[key_group.index]))
        self._asking |= self._evaluator.forget_key(contact, key_group, oldest)

    def _fire_instant_rules(
        self, contact: Contact, event: Event, segments: Sequence[Segment]
    ) -> None:
        possible = self._rules.preconditions.possible(contact, sum(one.bit for one in segments))
        for segment in segments:
            if not possible & segment.bit:
                continue
            assert segment.definition.on is not None
            where = segment.definition.on[1]
            if where is not None and not where(event.data):
                continue
            contact.decode_features(segment.columns)
            if segment.per is None:
                ctx = self._frame_of(contact, segment, NO_STATES, None, None)
                self._fire(contact, segment, ctx, contact.slots, segment.first_slot, event)
                continue
            for key in keys_of(event, segment.per):
                state = contact.key(segment.key_group, key)
                if state is not None:
                    facts = self._products.get(key) if segment.per_product else None
                    ctx = self._frame_of(contact, segment, state[FEATURES], key, facts)
                    self._fire(contact, segment, ctx, state[SLOTS], segment.first_slot, event)

    def _frame_of(
        self,
        contact: Contact,
        segment: Segment,
        keyed: States,
        key: str | None,
        facts: ProductFacts | None,
    ) -> EvalContext:
        """What a segment's condition sees of a contact and a key; the same object at every call."""
        ctx = self._ctx
        ctx.contact = contact
        ctx.features = contact.features
        ctx.key_features = keyed
        ctx.key = key
        ctx.facts = facts
        ctx.since = contact.since
        ctx.key_since = contact.key_since.get(segment.key_group, NO_SINCE)
        ctx.inside = False
        ctx.entered = None
        return ctx

    def _fire(
        self,
        contact: Contact,
        segment: Segment,
        ctx: EvalContext,
        slots: States,
        slot_number: int,
        event: Event,
    ) -> None:
        if segment.definition.trigger and segment.rungs[0].condition.at(ctx, contact.latest)[0]:
            slot = slots.setdefault(slot_number, new_slot())
            membership = Membership(contact, segment, ctx.key, 0, slot)
            ctx.event = event
            self._transitions.fire_instantly(membership, ctx, event.time, event.name)
            ctx.event = None


def _remember(
    contact: Contact, event: Event, dispatch: Dispatch, update_ctx: UpdateContext
) -> list[Dependents]:
    """Update the contact's features; the dependents of those that changed."""
    features = contact.features
    changed: list[Dependents] = []
    updates = dispatch.updates
    for field, by_text in dispatch.choices:
        text = event.data.get(field)
        if type(text) is str and text in by_text:
            updates += by_text[text]
    for feature, column, dependents, where in updates:
        if where is not None and not where(event.data):
            continue
        if type(features.get(column)) is ENCODED:
            contact.state(column)
        if feature.update(features, column, event, update_ctx) == CHANGED:
            changed.append(dependents)
            if feature.has_total and contact.totals:
                contact.totals = {}
    if update_ctx.has_spent and update_ctx.book is not None:
        update_ctx.has_spent = False
        update_ctx.book.spend(contact)
    return changed


def _put_later_keys_behind(contact: Contact, key_group: int, time: int) -> None:
    """Put the keys of a group that were touched after ``time`` behind the last, touched then."""
    keys = contact.keys[key_group]
    later: list[str] = []
    for key in islice(reversed(keys), 1, None):
        state = contact.key(key_group, key)
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
