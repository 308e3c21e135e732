"""Fires instant rules (``on:``): at an event itself, without any membership."""

from __future__ import annotations

from collections.abc import Sequence

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import FEATURES, SLOTS, Contact
from streamseg.core.contacts.membership import Membership
from streamseg.core.contacts.slots import new_slot
from streamseg.core.evaluation.keys_of_event import keys_of
from streamseg.core.evaluation.transitions import Transitions
from streamseg.core.events import Event
from streamseg.core.features.base import States
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment
from streamseg.core.store import Store


class InstantRules:
    """Fires instant rules, after the event was applied."""

    def __init__(
        self, rules: RuleSet, transitions: Transitions, products: Store[ProductFacts]
    ) -> None:
        self._rules = rules
        self._transitions = transitions
        self._products = products
        self._ctx = EvalContext()

    def fire(self, contact: Contact, event: Event, segments: Sequence[Segment]) -> None:
        """Fire the instant rules whose ``where`` the event passes and whose ``when`` holds."""
        possible = self._rules.preconditions.possible(contact, sum(one.bit for one in segments))
        ctx = self._ctx
        for segment in segments:
            if not possible & segment.bit:
                continue
            assert segment.definition.on is not None
            where = segment.definition.on[1]
            if where is not None and not where(event.data):
                continue
            contact.decode_features(segment.columns)
            if segment.per is None:
                ctx.look_at(contact)
                self._fire(contact, segment, ctx, contact.slots, segment.first_slot, event)
                continue
            for key in keys_of(event, segment.per):
                state = contact.key(segment.key_group, key)
                if state is not None:
                    facts = self._products.get(key) if segment.per_product else None
                    ctx.look_at_key(contact, segment.key_group, key, state[FEATURES], facts)
                    self._fire(contact, segment, ctx, state[SLOTS], segment.first_slot, event)

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
