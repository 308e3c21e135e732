"""Decides at which instants a contact's segments are evaluated, and which of them: at an event, as
time passes, at a product's change, under new rules and under new quantile tables. How they are
evaluated is in `segment_evaluator`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from streamseg.core.contacts.contact import SLOTS, UNKNOWN, Contact
from streamseg.core.contacts.deadlines import (
    deadline_of,
    next_deadline,
    set_deadline,
    set_key_deadline,
)
from streamseg.core.contacts.membership import NO_EVENT, Membership
from streamseg.core.evaluation.forgotten_stays import ForgottenStays
from streamseg.core.evaluation.segment_evaluator import Keys, SegmentEvaluator
from streamseg.core.evaluation.transitions import Transitions
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER
from streamseg.core.messages.pending import KEY, RUNG, SEGMENT, Item
from streamseg.core.policies.stage import PolicyStage
from streamseg.core.products.facts import ProductFacts
from streamseg.core.products.product_index import ProductIndex
from streamseg.core.products.product_pass import Change
from streamseg.core.products.visible_facts import VisibleFacts
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment, slots_at
from streamseg.core.store import Store

# Delivers to a contact the product changes that are still on their way to it.
CatchUp = Callable[[Contact], object]


class Evaluator:
    """Has segments evaluated on each occasion that may change their members.

    ``products`` holds the facts of products. The ``index`` is told which keys contacts lose.
    """

    def __init__(
        self,
        rules: RuleSet,
        transitions: Transitions,
        products: Store[ProductFacts],
        index: ProductIndex,
    ) -> None:
        self.transitions = transitions
        self.index = index
        self.visible = VisibleFacts(products, rules.key_groups)
        emission, firing = transitions.emission, transitions.firing
        self.policy_stage = PolicyStage(rules, emission, firing, self.visible, transitions.lateness)
        transitions.policy_stage = self.policy_stage
        self.forgotten = ForgottenStays(emission, self.policy_stage.ending)
        self._rules = rules
        self._segments = SegmentEvaluator(
            rules, transitions, self.visible, self.policy_stage.rule_metrics
        )

    def evaluate(
        self, contact: Contact, mask: int, instant: int, event_time: int = NO_EVENT
    ) -> None:
        """Evaluate the segments of ``mask`` at an instant, for all their keys, then the segments
        that ask about them.
        """
        self._segments.evaluate_all(contact, mask, {}, instant, event_time)

    def evaluate_event(self, contact: Contact, mask: int, keys: Keys, event: Event) -> None:
        """Evaluate the segments of ``mask`` after an event, at the contact's latest decided
        instant.
        """
        self.transitions.event = event
        self.visible.event_instant = contact.latest
        self._segments.evaluate_all(contact, mask, keys, contact.latest, event.time)
        self.visible.event_instant = FOREVER
        self.transitions.event = None

    def deliver_after_event(self, contact: Contact, event: Event) -> None:
        """Deliver the product changes that are later than the event, of the products that the event
        has made keys of the contact.
        """
        later = self.visible.later
        self.transitions.event = event
        for product, changed_at in sorted(later.items(), key=lambda each: (each[1], each[0])):
            self.evaluate_until(contact, changed_at)
            del later[product]
            contact.latest = changed_at
            segments = self._rules.segments_having(contact, product)
            self._evaluate_product(contact, segments, product, event.time)
            if contact.waiting:
                self.policy_stage.ask(contact, changed_at, event)
        self.transitions.event = None

    # -- time ------------------------------------------------------------------------------

    def evaluate_until(self, contact: Contact, until: int) -> int:
        """Evaluate what time alone changes up to ``until``, each change at its own instant and in
        order; returns the next deadline.
        """
        rules = self._rules
        while True:
            instant = next_deadline(contact)
            if instant > until:
                return instant
            mask = 0
            for index in [one for one, due in contact.deadlines.items() if due <= instant]:
                if index < 0:
                    mask |= rules.dependents[deadline_of(index)].at_deadline(contact, instant)
                else:
                    mask |= rules.segments[index].bit
            keys: Keys = {}
            for index, deadlines in contact.key_deadlines.items():
                due_keys = [key for key, due in deadlines.items() if due <= instant]
                segment = rules.segments[index]
                if due_keys and not mask & segment.bit:
                    keys[segment.rank] = due_keys
                    mask |= segment.bit
            self._segments.evaluate_all(contact, mask, keys, instant, NO_EVENT)
            if contact.waiting:  # by a late event, a wait may end before the latest decided instant
                self.policy_stage.ask(contact, max(instant, contact.latest))

    def emit_pending(self, contact: Contact, until: int) -> None:
        """Emit what is pending and decided of a contact, of instants up to ``until``."""
        if contact.pending:
            self.transitions.emit_pending(contact, until, self.membership_of)
        if contact.decisions:
            self.policy_stage.emit_decisions(contact, until)

    def evaluate_until_decided(self, contact: Contact, instant: int) -> None:
        """Evaluate what time alone changes up to an instant or, if that is later, up to the last
        change of a product that the contact has as a key.
        """
        visible = self.visible
        latest = max(contact.latest, instant)
        if latest < visible.horizon:
            latest = visible.decided_instant(contact, instant, visible.horizon)
        if contact.due_at <= latest:
            self.evaluate_until(contact, latest)

    # -- products --------------------------------------------------------------------------

    def deliver(self, contact: Contact, changes: Sequence[Change]) -> None:
        """Deliver product changes to a contact in their order. Each comes as an event does: what
        time alone changes until then is evaluated first, with the facts from before the change.
        """
        visible = self.visible
        visible.hide(changes)
        for number, change in enumerate(changes, start=1):
            instant = visible.decided_instant(contact, change.counts_from, change.horizon)
            self.evaluate_until(contact, instant)
            if self.transitions.emission.catches_up:
                self.emit_pending(contact, change.time - self.transitions.lateness)
            contact.latest = instant
            after = visible.reveal(change, changes[number:])
            segments = self._rules.segments_having(contact, change.product)
            affected = [one for one in segments if one.is_changed_by(change.before, after)]
            self._evaluate_product(contact, affected, change.product, change.time)
            if contact.waiting:
                self.policy_stage.ask(contact, instant, at_once=True)

    def _evaluate_product(
        self, contact: Contact, segments: Iterable[Segment], product: str, event_time: int
    ) -> None:
        mask = 0
        keys: Keys = {}
        for segment in segments:
            mask |= segment.bit
            keys[segment.rank] = [product]
        self._segments.evaluate_all(contact, mask, keys, contact.latest, event_time)

    def forget_key(self, contact: Contact, key_group: KeyGroup, key: str) -> int:
        """Forget a key of a contact; returns the segments to evaluate, as bits: those that asked
        about a segment which the contact was in for this key.
        """
        asking = 0
        state, counts = None, self.transitions.emission.counts
        waits = counts is not None or contact.pending or contact.waiting or contact.decisions
        if waits or any(one.referrers or one.reports_membership for one in key_group.segments):
            state = contact.key(key_group.index, key)
        del contact.keys[key_group.index][key]
        if key_group.per_product:
            self.index.drop(key, contact)
        for segment in key_group.segments:
            set_key_deadline(contact, segment.index, key, FOREVER)
            if state is not None:
                if segment.holds_in(state[SLOTS]):
                    for one in segment.referrers:
                        asking |= one.bit
                if counts is not None:
                    counts.forget(contact, segment, key, state[SLOTS], "forgotten")
                self.forgotten.forget(contact, segment, key, state[SLOTS], "forgotten")
        return asking

    def evaluate_changed_rules(
        self,
        contact: Contact,
        segments: Iterable[Segment],
        instant: int,
        by_model: int,
        catch_up: CatchUp,
    ) -> None:
        """Evaluate what product changes on their way (``catch_up`` delivers them) and time alone
        change up to ``instant`` of the other segments, then those whose rules have changed; of
        those in ``by_model`` (bits) only the model that they predict by has. They fire nothing,
        unless a rule says so (``on_deploy: fire``).
        """
        mask = 0
        self.transitions.by_model = by_model
        for segment in segments:
            mask |= segment.bit
            set_deadline(contact, segment.index, FOREVER)
            contact.key_deadlines.pop(segment.index, None)
            if not segment.definition.fires_on_deploy:
                self.transitions.silent |= segment.bit
        contact.next_key_due = UNKNOWN
        # Their first evaluation is the one at ``instant``: one of them may ask about another, of
        # which nothing is known under the present rules before.
        self._segments.held_back = mask
        catch_up(contact)
        self.evaluate_until(contact, instant)
        self._segments.held_back = 0
        contact.latest = instant
        self.evaluate(contact, mask, instant)
        self.transitions.silent, self.transitions.by_model = 0, 0
        if contact.waiting:
            self.policy_stage.ask(contact, instant)

    def evaluate_new_table(self, contact: Contact, instant: int) -> None:
        """Evaluate, once, the segments that ask about quantile tables, as new tables hold from now
        on. They fire nothing, unless a rule says so (``on_table: fire``).
        """
        transitions = self.transitions
        transitions.silent, transitions.by_table = self._rules.silent_of_tables, True
        contact.latest = instant
        self.evaluate(contact, self._rules.of_tables, instant)
        transitions.silent, transitions.by_table = 0, False
        if contact.waiting:
            self.policy_stage.ask(contact, instant)

    def membership_of(self, contact: Contact, item: Item) -> Membership:
        """The membership that a pending item belongs to."""
        segment = self._rules.segments[item[SEGMENT]]
        key = item[KEY]
        slots = slots_at(contact, segment, key)
        assert slots is not None
        slot = slots[segment.first_slot + item[RUNG]]
        return Membership(contact, segment, key, item[RUNG], slot)
