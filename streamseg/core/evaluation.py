"""Evaluating a contact's segments at an instant: an event's, or one at which time changes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from streamseg.core.conditions.base import NEVER, NO_SINCE, EvalContext
from streamseg.core.conditions.follows_up import FollowsUp
from streamseg.core.contact import (
    FEATURES,
    NEVER_DECIDED,
    SLOTS,
    Contact,
    next_deadline,
    set_key_deadline,
)
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER, States
from streamseg.core.key_groups import KeyGroup
from streamseg.core.labels.base import NONE as NO_LABEL
from streamseg.core.labels.base import UNKNOWN, Label
from streamseg.core.membership import (
    ANCHOR,
    NO_EVENT,
    OUT,
    STATUS,
    Membership,
    new_slot,
)
from streamseg.core.moves import no_moves, note_label, unknown_moves
from streamseg.core.passes import Change
from streamseg.core.pending import KEY, RUNG, SEGMENT, Item
from streamseg.core.policies.stage import PolicyStage
from streamseg.core.product_index import ProductIndex
from streamseg.core.product_view import ProductView
from streamseg.core.products import ProductFacts
from streamseg.core.rule_set import RuleSet
from streamseg.core.segments import Segment
from streamseg.core.store import Store
from streamseg.core.transitions import Transitions

# By rank of a parametric segment the keys to evaluate it for; a segment that is missing here is
# evaluated for all its keys.
Keys = dict[int, list[str]]
NO_STATES: Final[States] = {}


class Evaluator:
    """Decides who is in which segment at an instant; hands entries and exits to ``transitions``.

    ``products`` has what is known of them; the ``index`` is told of keys that contacts lose.
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
        self.view = ProductView(products, rules.key_groups)
        emission, gate = transitions.emission, transitions.gate
        self.stage = PolicyStage(rules, emission, gate, self.view, transitions.lateness)
        transitions.stage = self.stage
        self._rules = rules
        self._ctx = EvalContext({}, {})
        self._instant = NEVER_DECIDED
        self._event_time = NO_EVENT
        self._is_changed = False  # a membership, since this was last looked at

    def evaluate_event(self, contact: Contact, mask: int, keys: Keys, event: Event) -> None:
        """Evaluate segments after an event, at the contact's latest decided instant."""
        self.transitions.event = event
        self.view.event_instant = contact.latest
        self.evaluate_all(contact, mask, keys, contact.latest, event.time)
        self.view.event_instant = FOREVER
        self.transitions.event = None

    def deliver_later(self, contact: Contact, event: Event) -> None:
        """Deliver the changes of products that are later than the event which made these products
        keys of the contact.
        """
        later = self.view.later
        self.transitions.event = event
        for product, changed_at in sorted(later.items(), key=lambda each: (each[1], each[0])):
            self.advance(contact, changed_at)
            del later[product]
            contact.latest = changed_at
            segments = self._rules.having(contact, product)
            self._evaluate_product(contact, segments, product, event.time)
            if contact.waiting:
                self.stage.ask(contact, changed_at, event)
        self.transitions.event = None

    def evaluate_all(
        self, contact: Contact, mask: int, keys: Keys, instant: int, event_time: int
    ) -> None:
        """Evaluate segments at an instant in the order of ranks, then those that ask about them."""
        ranked = self._rules.ranked
        self._instant, self._event_time = instant, event_time
        self._is_changed = False
        while mask:
            bit = mask & -mask
            mask ^= bit
            segment = ranked[bit.bit_length() - 1]
            if segment.per is None:
                self.evaluate(contact, segment)
                if self._is_changed:
                    mask |= self._ask_anew(contact, segment, None, mask, keys)
                continue
            chosen = keys.get(segment.rank)
            known = contact.keys.get(segment.key_group)
            if known:
                for key in list(known) if chosen is None else chosen:
                    if key in known:
                        self._evaluate_key(contact, segment, key)
                        if self._is_changed:
                            mask |= self._ask_anew(contact, segment, key, mask, keys)

    def _ask_anew(
        self, contact: Contact, segment: Segment, key: str | None, mask: int, keys: Keys
    ) -> int:
        """The segments that ask about one whose membership changed, as bits."""
        self._is_changed = False
        added = 0
        for one in segment.referrers:
            rank = one.rank
            if one.per is not None:
                if key is None or one.per != segment.per:
                    keys.pop(rank, None)
                elif not mask & one.bit or rank in keys:
                    keys[rank] = list(dict.fromkeys([*keys.get(rank, ()), key]))
            added |= one.bit
        return self._rules.preconditions.possible(contact, added)

    def evaluate(self, contact: Contact, segment: Segment) -> None:
        """Evaluate a segment of the contact itself."""
        if segment.keeps is not None:
            self._keep_moves(contact, segment, segment.keeps)
            return
        if segment.follows is not None:
            self._follow_up(contact, segment, segment.follows)
            return
        contact.decode_features(segment.columns)
        ctx = self._ctx
        ctx.contact, ctx.features, ctx.key_features = contact, contact.features, NO_STATES
        ctx.key = ctx.facts = None
        ctx.since, ctx.key_since = contact.since, NO_SINCE
        due = self._evaluate_rungs(contact, segment, ctx, contact.slots)
        if due < FOREVER:
            for dependents, wait in segment.waits:
                if dependents.ends_at(contact, wait, due):
                    break  # the feature's deadline covers it
            else:
                contact.deadlines[segment.index] = due
                return
        contact.deadlines.pop(segment.index, None)

    def _looking_at(self, contact: Contact, segment: Segment) -> EvalContext:
        """The context of a contact without a key, with the features of a segment."""
        contact.decode_features(segment.columns)
        ctx = self._ctx
        ctx.contact, ctx.features, ctx.key_features = contact, contact.features, NO_STATES
        ctx.since, ctx.key_since = contact.since, NO_SINCE
        return ctx

    def _keep_moves(self, contact: Contact, segment: Segment, label: Label) -> None:
        """Note whether a label is another now; who asks about its moves is decided after this."""
        instant = self._instant
        value, due = label.at(self._looking_at(contact, segment), instant)
        moves = contact.slots.get(segment.first_slot)
        if moves is None and value != NO_LABEL:
            is_known = value != UNKNOWN and not self.transitions.silent & segment.bit
            moves = no_moves() if is_known else unknown_moves()
            contact.slots[segment.first_slot] = moves
        is_event = self._event_time != NO_EVENT and self.transitions.merging is None
        event_time = self._event_time if is_event else None
        before = moves[:] if moves is not None and segment.counts_moves else None
        by_table = self.transitions.by_table
        if moves is not None and note_label(moves, value, instant, event_time, by_table):
            contact.latest = max(contact.latest, instant)
            self._is_changed = True
            counts = self.transitions.emission.counts
            if before is not None and counts is not None and self.transitions.merging is None:
                counts.move(label, before, moves)
        _note_due(contact, segment, due)

    def _follow_up(self, contact: Contact, segment: Segment, follows: FollowsUp) -> None:
        """Note what came of a prediction; who is in which segment does not depend on it."""
        ctx, number = self._looking_at(contact, segment), segment.first_slot
        slot, due, came = follows.follow(ctx, contact.slots.get(number), self._instant)
        if slot is not None:
            contact.slots[number] = slot
        if came is not None:
            outcomes = self.stage.noticed.outcomes
            outcomes[came] = outcomes.get(came, 0) + 1
        _note_due(contact, segment, due)

    def _evaluate_key(self, contact: Contact, segment: Segment, key: str) -> None:
        """Evaluate a parametric segment for a key. Where its product changed after the event, that
        is left for `deliver_later`.
        """
        state = contact.key(segment.key_group, key)
        assert state is not None
        facts = self.view.facts(key) if segment.per_product else None
        slots = state[SLOTS]
        if facts is None:
            if segment.needs_facts and not slots:
                return
        elif self.view.is_later(key, facts):
            return
        contact.decode_features(segment.columns)
        ctx = self._ctx
        ctx.contact, ctx.features, ctx.key_features = contact, contact.features, state[FEATURES]
        ctx.key, ctx.facts = key, facts
        ctx.since = contact.since
        ctx.key_since = contact.key_since.get(segment.key_group, NO_SINCE)
        due = self._evaluate_rungs(contact, segment, ctx, slots)
        if due < FOREVER or contact.key_deadlines:
            set_key_deadline(contact, segment.index, key, due)

    def _evaluate_rungs(
        self, contact: Contact, segment: Segment, ctx: EvalContext, slots: States
    ) -> int:
        """Evaluate each rung; the next instant at which time alone may change one."""
        instant = ctx.instant = self._instant
        soonest = FOREVER
        changed = fails = False
        for number, rung in enumerate(segment.rungs):
            ctx.rung = number
            slot = slots.get(segment.first_slot + number)
            inside = ctx.inside = slot is not None and slot[STATUS] != OUT
            ctx.slot = slot
            ctx.entered = None if slot is None else slot[ANCHOR]
            # In a ladder no rung holds above one that does not.
            truth, change = NEVER if fails else rung.condition.at(ctx, instant)
            holds = truth is True
            if change < soonest:
                soonest = change
            if holds is not inside or (inside and segment.anchor is not None):
                changed |= self._change(contact, segment, ctx, slots, number, holds)
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
        ctx: EvalContext,
        slots: States,
        rung: int,
        holds: bool,
    ) -> bool:
        """Leave or enter a rung, or begin another episode of it; whether anything changed."""
        inside = ctx.inside
        if holds and inside and (segment.anchor is None or segment.anchor(ctx) == ctx.entered):
            return False
        transitions = self.transitions
        number = segment.first_slot + rung
        slot = slots.get(number)
        if slot is None:
            slot = slots[number] = new_slot()
        membership = Membership(contact, segment, ctx.key, rung, slot)
        if holds and inside and transitions.merging is not None:
            assert segment.anchor is not None
            if transitions.goes_on(membership, segment.anchor(ctx)):
                return False
        if inside:
            transitions.exit(membership, self._instant, self._event_time)
        if holds:
            transitions.enter(membership, ctx, self._instant, self._event_time == NO_EVENT)
        return True

    # -- time ------------------------------------------------------------------------------

    def advance(self, contact: Contact, limit: int) -> int:
        """Evaluate what time alone changes up to ``limit``, each change at its own instant and in
        order; the next deadline.
        """
        rules = self._rules
        while True:
            instant = next_deadline(contact)
            if instant > limit:
                return instant
            mask = 0
            for index, due in list(contact.deadlines.items()):
                if due <= instant:
                    if index < 0:
                        mask |= rules.dependents[~index].at_deadline(contact, instant)
                    else:
                        mask |= rules.segments[index].bit
            keys: Keys = {}
            for index, deadlines in contact.key_deadlines.items():
                due_keys = [key for key, due in deadlines.items() if due <= instant]
                segment = rules.segments[index]
                if due_keys and not mask & segment.bit:
                    keys[segment.rank] = due_keys
                    mask |= segment.bit
            self.evaluate_all(contact, mask, keys, instant, NO_EVENT)
            if contact.waiting:
                self.stage.ask(contact, instant)

    def decide_until(self, contact: Contact, instant: int) -> None:
        """Decide what time alone changes up to an instant, and the changes of products by then."""
        view = self.view
        latest = max(contact.latest, instant)
        if latest < view.horizon:
            latest = view.instant_of(contact, instant, view.horizon)
        if contact.due_at <= latest:
            self.advance(contact, latest)

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
            affected = [one for one in segments if one.depends_on(change.before, after)]
            self._evaluate_product(contact, affected, change.product, change.time)
            if contact.waiting:
                self.stage.ask(contact, instant, at_once=True)

    def _evaluate_product(
        self, contact: Contact, segments: Iterable[Segment], product: str, event_time: int
    ) -> None:
        mask = 0
        keys: Keys = {}
        for segment in segments:
            mask |= segment.bit
            keys[segment.rank] = [product]
        self.evaluate_all(contact, mask, keys, contact.latest, event_time)

    def forget_key(self, contact: Contact, key_group: KeyGroup, key: str) -> int:
        """Forget a key of a contact; the segments that asked about it, as bits."""
        asking = 0
        state, counts = None, self.transitions.emission.counts
        waits = counts is not None or contact.pending or contact.waiting or contact.untold
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
                self.transitions.forget(contact, segment, key, state[SLOTS], "forgotten")
        return asking

    def settle(self, contact: Contact, segments: Iterable[Segment], instant: int) -> None:
        """Evaluate segments whose rules are new, after what time alone changes until then. They
        fire nothing, unless the rules say so (``on_deploy: fire``).
        """
        mask = 0
        for segment in segments:
            mask |= segment.bit
            if not segment.definition.fires_on_deploy:
                self.transitions.silent |= segment.bit
        self.advance(contact, instant)
        contact.latest = instant
        self.evaluate_all(contact, mask, {}, instant, NO_EVENT)
        self.transitions.silent = 0
        if contact.waiting:
            self.stage.ask(contact, instant)

    def take_table(self, contact: Contact, instant: int) -> None:
        """Evaluate, once, the segments that ask about quantile tables, of which others hold now.
        They fire nothing, unless the rules say so (``on_table: fire``).
        """
        transitions = self.transitions
        transitions.silent, transitions.by_table = self._rules.silent_of_tables, True
        contact.latest = instant
        self.evaluate_all(contact, self._rules.of_tables, {}, instant, NO_EVENT)
        transitions.silent, transitions.by_table = 0, False
        if contact.waiting:
            self.stage.ask(contact, instant)

    def membership_of(self, contact: Contact, item: Item) -> Membership:
        """The membership that a pending item is of."""
        segment = self._rules.segments[item[SEGMENT]]
        slots, key = contact.slots, item[KEY]
        if key is not None:
            state = contact.key(segment.key_group, key)
            assert state is not None
            slots = state[SLOTS]
        slot = slots[segment.first_slot + item[RUNG]]
        return Membership(contact, segment, key, item[RUNG], slot)


def _note_due(contact: Contact, segment: Segment, due: int) -> None:
    """Note when time alone may next change a segment that is looked at whole."""
    if due < FOREVER:
        contact.deadlines[segment.index] = due
    else:
        contact.deadlines.pop(segment.index, None)
