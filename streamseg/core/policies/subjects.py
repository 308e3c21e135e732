"""Finds the segment, policy and membership that a waiting trigger belongs to, and its context."""

from __future__ import annotations

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import FEATURES, Contact
from streamseg.core.contacts.membership import Membership
from streamseg.core.contacts.slots import ANCHOR, OUT, STATUS, new_slot
from streamseg.core.policies.policy import NO_POLICY, Policy
from streamseg.core.policies.waiting import Waiting
from streamseg.core.products.visible_facts import VisibleFacts
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment, slots_at


class Subjects:
    """Resolves waiting triggers under the present rules."""

    def __init__(self, rules: RuleSet, visible: VisibleFacts) -> None:
        self._rules = rules
        self._visible = visible
        self._ctx = EvalContext()

    def segment_of(self, trigger: Waiting) -> Segment:
        """The segment of a trigger."""
        return self._rules.segments[trigger.segment]

    def policy_of(self, trigger: Waiting) -> Policy:
        """The policy of a trigger's segment."""
        return self._rules.segments[trigger.segment].policy or NO_POLICY

    def membership_of(self, contact: Contact, trigger: Waiting) -> Membership:
        """The membership of a trigger."""
        segment = self._rules.segments[trigger.segment]
        slots = slots_at(contact, segment, trigger.key)
        assert slots is not None
        number = segment.first_slot + trigger.rung
        slot = slots.get(number)
        if slot is None:
            slot = slots[number] = new_slot()
        return Membership(contact, segment, trigger.key, trigger.rung, slot)

    def ctx_of(self, membership: Membership) -> EvalContext:
        """The `EvalContext` of a contact and a key for a segment's condition; the same object at
        every call.
        """
        contact, segment, key = membership.contact, membership.segment, membership.key
        ctx = self._ctx
        contact.decode_features(segment.columns)
        if key is None:
            ctx.look_at(contact)
        else:
            state = contact.key(segment.key_group, key)
            assert state is not None
            facts = self._visible.of(key) if segment.per_product else None
            ctx.look_at_key(contact, segment.key_group, key, state[FEATURES], facts)
        ctx.slot = slot = membership.slot
        ctx.rung = membership.rung
        ctx.inside, ctx.last_anchor = slot[STATUS] != OUT, slot[ANCHOR]
        return ctx
