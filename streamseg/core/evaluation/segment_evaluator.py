"""Evaluates segments of a contact at one instant: entries, exits, and the next deadline."""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import NEVER, EvalContext
from streamseg.core.conditions.follows_up import FollowsUp
from streamseg.core.contacts.contact import FEATURES, NEVER_DECIDED, SLOTS, TOUCHED, Contact
from streamseg.core.contacts.deadlines import set_deadline, set_key_deadline
from streamseg.core.contacts.membership import NO_EVENT, Membership
from streamseg.core.contacts.moves import no_moves, note_label, unknown_moves
from streamseg.core.contacts.slots import ANCHOR, is_inside, new_slot
from streamseg.core.evaluation.transitions import Transitions
from streamseg.core.features.base import FOREVER, States
from streamseg.core.labels.base import NONE as NO_LABEL
from streamseg.core.labels.base import UNKNOWN, Label
from streamseg.core.products.visible_facts import VisibleFacts
from streamseg.core.rule_metrics import RuleMetrics
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment

# By rank of a parametric segment: the keys to evaluate it for. A segment that is missing here is
# evaluated for all its keys.
Keys = dict[int, list[str]]


class SegmentEvaluator:
    """Asks the conditions of segments at an instant, and hands entries and exits to
    ``transitions``.

    ``visible`` has the facts of products as of that instant. ``rule_metrics`` counts predictions
    that came true or did not. ``held_back``: segments, as bits, that are not evaluated for now.
    """

    def __init__(
        self,
        rules: RuleSet,
        transitions: Transitions,
        visible: VisibleFacts,
        rule_metrics: RuleMetrics,
    ) -> None:
        self._rules = rules
        self._transitions = transitions
        self._visible = visible
        self._rule_metrics = rule_metrics
        self._ctx = EvalContext()
        self._instant = NEVER_DECIDED
        self._event_time = NO_EVENT
        self._is_changed = False  # whether a membership has changed since this was last reset
        self.held_back = 0
        self._objecting = 0 if rules.objecting is None else rules.objecting.bit

    def evaluate_all(
        self, contact: Contact, mask: int, keys: Keys, instant: int, event_time: int
    ) -> None:
        """Evaluate the segments of ``mask`` in the order of their ranks. Where a membership
        changes, the segments that ask about it are evaluated, too; they have higher ranks.
        """
        if contact.inside & self._objecting:
            mask &= self._objecting
        if self.held_back:
            mask &= ~self.held_back
        ranked = self._rules.ranked
        self._instant, self._event_time = instant, event_time
        self._is_changed = False
        while mask:
            rest = mask & (mask - 1)  # without the lowest bit
            segment = ranked[(mask ^ rest).bit_length() - 1]
            mask = rest
            if segment.per is None:
                self._evaluate(contact, segment)
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
        """The segments to evaluate, as bits, because they ask about ``segment``, whose membership
        has changed; adds their keys to ``keys``.
        """
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
        if self.held_back:
            added &= ~self.held_back
        return self._rules.preconditions.possible(contact, added)

    def _evaluate(self, contact: Contact, segment: Segment) -> None:
        """Evaluate a segment of the contact itself."""
        if segment.keeps is not None:
            self._keep_moves(contact, segment, segment.keeps)
            return
        if segment.follows is not None:
            self._follow_up(contact, segment, segment.follows)
            return
        contact.decode_features(segment.columns)
        ctx = self._ctx.look_at(contact)
        due = self._evaluate_rungs(contact, segment, ctx, contact.slots, False)
        if due < FOREVER:
            for dependents, wait in segment.waits:
                if dependents.ends_at(contact, wait, due):
                    break  # the feature's deadline covers it
            else:
                set_deadline(contact, segment.index, due)
                return
        set_deadline(contact, segment.index, FOREVER)

    def _looking_at(self, contact: Contact, segment: Segment) -> EvalContext:
        """The context for conditions on the contact itself, with the features of a segment
        decoded.
        """
        contact.decode_features(segment.columns)
        return self._ctx.look_at(contact)

    def _keep_moves(self, contact: Contact, segment: Segment, label: Label) -> None:
        """Evaluate a label and keep its move, if its name changed. The segments that ask about the
        move are evaluated after this one.
        """
        instant = self._instant
        value, due = label.at(self._looking_at(contact, segment), instant)
        moves = contact.slots.get(segment.first_slot)
        if moves is None and value != NO_LABEL:
            is_known = value != UNKNOWN and not self._transitions.silent & segment.bit
            moves = no_moves() if is_known else unknown_moves()
            contact.slots[segment.first_slot] = moves
        is_event = self._event_time != NO_EVENT and self._transitions.merging is None
        event_time = self._event_time if is_event else None
        before = moves[:] if moves is not None and segment.counts_moves else None
        by_table = self._transitions.by_table
        if moves is not None and note_label(moves, value, instant, event_time, by_table):
            contact.latest = max(contact.latest, instant)
            self._is_changed = True
            counts = self._transitions.emission.counts
            if before is not None and counts is not None and self._transitions.merging is None:
                counts.move(label, before, moves)
        set_deadline(contact, segment.index, due)

    def _follow_up(self, contact: Contact, segment: Segment, follows: FollowsUp) -> None:
        """Note whether a prediction came true. This is for the metric alone: no membership depends
        on it.
        """
        ctx, number = self._looking_at(contact, segment), segment.first_slot
        slot, due, came = follows.follow(ctx, contact.slots.get(number), self._instant)
        if slot is not None:
            contact.slots[number] = slot
        if came is not None:
            outcomes = self._rule_metrics.outcomes
            outcomes[came] = outcomes.get(came, 0) + 1
        set_deadline(contact, segment.index, due)

    def _evaluate_key(self, contact: Contact, segment: Segment, key: str) -> None:
        """Evaluate a parametric segment for a key. If the key's product has a change later than the
        event, `Evaluator.deliver_after_event` does this instead.
        """
        state = contact.key(segment.key_group, key)
        assert state is not None
        facts = self._visible.of(key) if segment.per_product else None
        slots = state[SLOTS]
        if facts is None:
            if segment.needs_facts and not slots:
                return
        elif self._visible.is_after_event(key, facts):
            return
        contact.decode_features(segment.columns)
        ctx = self._ctx.look_at_key(contact, segment.key_group, key, state[FEATURES], facts)
        is_untouched = state[TOUCHED] == NEVER_DECIDED  # it is no key under the present rules
        due = self._evaluate_rungs(contact, segment, ctx, slots, is_untouched)
        if due < FOREVER or contact.key_deadlines:
            set_key_deadline(contact, segment.index, key, due)

    def _evaluate_rungs(
        self,
        contact: Contact,
        segment: Segment,
        ctx: EvalContext,
        slots: States,
        is_untouched: bool,
    ) -> int:
        """Evaluate each rung; returns the next instant at which time alone may change one. None
        holds for a key that is untouched.
        """
        instant = ctx.instant = self._instant
        soonest = FOREVER
        changed, fails = False, is_untouched
        for number, condition in enumerate(segment.conditions):
            ctx.rung = number
            slot: list[Any] | None = slots.get(segment.first_slot + number)
            inside = ctx.inside = is_inside(slot)
            ctx.slot = slot
            ctx.last_anchor = None if slot is None else slot[ANCHOR]
            # In a ladder a rung holds only where all rungs below it do.
            truth, change = NEVER if fails else condition.at(ctx, instant)
            holds = truth is True
            if change < soonest:
                soonest = change
            if holds is not inside or (inside and segment.anchor is not None):
                changed |= self._change(contact, segment, ctx, slots, number, holds)
            fails = is_untouched or (segment.is_ladder and not holds)
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
        """Have the contact exit or enter a rung, or begin another episode on it; returns whether
        anything changed.
        """
        inside = ctx.inside
        if holds and inside and (segment.anchor is None or segment.anchor(ctx) == ctx.last_anchor):
            return False
        transitions = self._transitions
        number = segment.first_slot + rung
        slot = slots.get(number)
        if slot is None:
            slot = slots[number] = new_slot()
        membership = Membership(contact, segment, ctx.key, rung, slot)
        if holds and inside and transitions.merging is not None:
            assert segment.anchor is not None
            if transitions.continue_merged_stay(membership, segment.anchor(ctx)):
                return False
        if inside:
            transitions.exit(membership, self._instant, self._event_time)
        if holds:
            transitions.enter(membership, ctx, self._instant, self._event_time == NO_EVENT)
        return True
