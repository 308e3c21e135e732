"""Applies an event to a contact: updates its features, and has segments evaluated."""

from __future__ import annotations

from typing import Final

from streamseg.core.contacts.contact import ENCODED, NEVER_DECIDED, Contact
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.evaluation.instant_rules import InstantRules
from streamseg.core.evaluation.key_updating import KeyUpdater
from streamseg.core.evaluation.segment_evaluator import Keys
from streamseg.core.evaluation.transitions import Transitions
from streamseg.core.events import Event
from streamseg.core.features.base import CHANGED, UpdateContext
from streamseg.core.products.facts import ProductFacts
from streamseg.core.products.fan_out import FanOut
from streamseg.core.segments.dependency_index import Dependents, union
from streamseg.core.segments.dispatch import Dispatch
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.store import Store

NOTHING_NEW: Final[frozenset[str]] = frozenset()


class Applier:
    """Applies events to contacts."""

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
        self._key_updater = KeyUpdater(rules, evaluator, products, fan_out)
        self._instant_rules = InstantRules(rules, transitions, products)
        self._update_ctx = UpdateContext()
        counts = transitions.emission.counts
        self._update_ctx.exposure_counter = None if counts is None else counts.exposure_counter
        self._update_ctx.rule_metrics = evaluator.policy_stage.rule_metrics

    def apply(self, contact: Contact, event: Event, dispatch: Dispatch) -> None:
        """Evaluate what time alone changes up to an event, update the features, and evaluate the
        segments that the event can change, once, at the contact's latest decided instant.
        """
        time = event.time
        rules, evaluator = self._rules, self._evaluator
        visible = evaluator.visible
        instant = max(contact.latest, time)
        if instant < visible.horizon:
            instant = visible.decided_instant(contact, time, visible.horizon)
        if contact.due_at <= instant:
            evaluator.evaluate_until(contact, instant)
        update_ctx = self._update_ctx
        update_ctx.new_in_cart, update_ctx.kept_since = NOTHING_NEW, contact.kept_since
        update_ctx.maybe_new_in_cart = NOTHING_NEW
        # Some segments hold of a contact without any event ("never ordered"): the first event of a
        # contact evaluates them.
        mask = rules.true_of_empty if contact.latest == NEVER_DECIDED else 0
        contact.latest = instant
        updater = self._key_updater
        updater.asking = 0
        changed = _remember(contact, event, dispatch, update_ctx)
        keys: Keys = {}
        touched = 0
        for keyed in dispatch.key_updates:
            touched |= updater.touch_keys(contact, event, keyed, update_ctx, keys)
        of_key = 0
        for dependents in changed:
            mask = union(mask, dependents.affected(contact, instant))
            of_key = union(of_key, dependents.of_key)
        if of_key:
            touched |= updater.touch_named(contact, event, of_key & ~mask, keys)
        mask = union(mask, updater.asking)
        if mask:
            mask = rules.preconditions.possible(contact, mask)
        if touched or mask:
            if mask and touched:
                keys = {rank: some for rank, some in keys.items() if not mask >> rank & 1}
            evaluator.evaluate_event(contact, union(mask, touched), keys, event)
        if dispatch.instant_rules or contact.waiting or visible.later:
            self._finish(contact, event, dispatch)

    def _finish(self, contact: Contact, event: Event, dispatch: Dispatch) -> None:
        """Do what follows the memberships: fire instant rules, ask the triggers that wait for a
        policy, and deliver the product changes that are later than the event.
        """
        evaluator = self._evaluator
        if dispatch.instant_rules:
            self._instant_rules.fire(contact, event, dispatch.instant_rules)
        if contact.waiting:
            evaluator.policy_stage.ask(contact, contact.latest, event)
        if evaluator.visible.later:
            evaluator.deliver_after_event(contact, event)


def _remember(
    contact: Contact, event: Event, dispatch: Dispatch, update_ctx: UpdateContext
) -> list[Dependents]:
    """Update the contact's features; returns the dependents of those that changed."""
    features = contact.features
    changed: list[Dependents] = []
    updates = dispatch.updates
    for field, by_text in dispatch.updates_by_text:
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
    if update_ctx.has_new_spending and update_ctx.exposure_counter is not None:
        update_ctx.has_new_spending = False
        update_ctx.exposure_counter.spend(contact)
    return changed
