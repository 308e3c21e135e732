"""Updates the keys of a contact that an event touches: their features, order and number."""

from __future__ import annotations

from itertools import islice

from streamseg.core.conditions.base import ALL_KEPT
from streamseg.core.contacts.contact import FEATURES, SLOTS, TOUCHED, Contact, KeyState, new_key
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.evaluation.keys_of_event import keys_of
from streamseg.core.evaluation.segment_evaluator import Keys
from streamseg.core.events import Event
from streamseg.core.features.base import UpdateContext
from streamseg.core.products.facts import ProductFacts
from streamseg.core.products.fan_out import FanOut
from streamseg.core.segments.dispatch import KeyUpdates
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.store import Store


class KeyUpdater:
    """Updates the features of keys.

    ``asking``: the segments to evaluate, as bits, because they ask about a key that was forgotten
    at this event, as there were too many. ``products`` holds the facts of products. The
    ``fan_out`` is told of each product that becomes a key of a contact.
    """

    def __init__(
        self,
        rules: RuleSet,
        evaluator: Evaluator,
        products: Store[ProductFacts],
        fan_out: FanOut,
    ) -> None:
        self.asking = 0
        self._rules = rules
        self._evaluator = evaluator
        self._products = products
        self._fan_out = fan_out

    def touch_named(self, contact: Contact, event: Event, of_key: int, keys: Keys) -> int:
        """Add to ``keys`` the products that the event's items name, for the segments ``of_key``
        (bits); returns those of the segments that have any, as bits.
        """
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

    def touch_keys(
        self,
        contact: Contact,
        event: Event,
        keyed: KeyUpdates,
        update_ctx: UpdateContext,
        keys: Keys,
    ) -> int:
        """Update the features of the event's keys in a key group. Returns the segments to evaluate,
        as bits, and adds to ``keys`` the keys to evaluate each of them for.
        """
        key_group = keyed.key_group
        update_ctx.products = self._products if key_group.per_product else None
        gaps = contact.key_kept_since
        update_ctx.kept_since = gaps.get(key_group.index, ALL_KEPT) if gaps else ALL_KEPT
        if update_ctx.maybe_new_in_cart:
            _note_unknown_interest(contact, keyed, event.time)
        touched: list[tuple[str, KeyState]] = []
        for key in keys_of(event, key_group.per):
            state = self._touch_key(contact, event, keyed, key, update_ctx)
            if state is not None:
                touched.append((key, state))
        if not touched:
            return 0
        preconditions = self._rules.preconditions
        possible = preconditions.met(contact, contact.features, key_group.bits)
        if not possible:
            return 0
        remembered = contact.keys[key_group.index]
        mask = 0
        for key, state in touched:
            if key not in remembered:
                continue  # forgotten again: the event has more keys than are kept
            slots = state[SLOTS]
            known = not key_group.asks_of_products or bool(slots) or self._is_told_of(key)
            affected = key_group.affected(contact, state, known) & possible
            if affected:
                mask |= affected
                _add_key(keys, affected, key)
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
        """Update one key's features; returns its state, None where the event does not touch it."""
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
            and not self._evaluator.visible.has_product(contact, key)
        ):
            self._fan_out.note_key(contact, key)
        self._put(contact, key_group, key, state, event.time)
        return state

    def _put(
        self, contact: Contact, key_group: KeyGroup, key: str, state: KeyState, time: int
    ) -> None:
        """Put a key that was touched at ``time`` in its place: the last touched key is last."""
        keys = contact.keys.get(key_group.index)
        if keys is None:
            keys = contact.keys[key_group.index] = {}
        touched: int = state[TOUCHED]
        if time >= touched:
            state[TOUCHED] = time
            if key in keys:
                del keys[key]
            keys[key] = state
            if time < contact.latest:
                _put_later_keys_behind(contact, key_group.index, time)
        if len(keys) > key_group.max_keys:
            self._forget_oldest(contact, key_group)

    def _forget_oldest(self, contact: Contact, key_group: KeyGroup) -> None:
        oldest = next(iter(contact.keys[key_group.index]))
        self.asking |= self._evaluator.forget_key(contact, key_group, oldest)


def _add_key(keys: Keys, segments: int, key: str) -> None:
    """Add a key to those that the segments (bits) are evaluated for."""
    while segments:
        rest = segments & (segments - 1)  # without the lowest bit
        rank = (segments ^ rest).bit_length() - 1
        segments = rest
        if rank in keys:
            keys[rank].append(key)
        else:
            keys[rank] = [key]


def _note_unknown_interest(contact: Contact, keyed: KeyUpdates, time: int) -> None:
    """Note that interest is known only after ``time``: a snapshot was told then, and which products
    it added is not known. Of later snapshots it is known.
    """
    index = keyed.key_group.index
    gaps = dict(contact.key_kept_since.get(index, {}))
    for feature, column, _ in keyed.updates:
        if feature.asks_what_is_new:
            gaps[column] = max(time, gaps.get(column, time))
    if gaps:
        contact.key_kept_since = {**contact.key_kept_since, index: gaps}


def _put_later_keys_behind(contact: Contact, key_group: int, time: int) -> None:
    """The last key was touched at ``time``: move the keys that were touched later behind it."""
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
