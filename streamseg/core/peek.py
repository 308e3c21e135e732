"""Peeks: answer questions about a contact as committed, from a copy that nothing else sees.

A peek does not see what is taken and not yet committed. The copy is brought to the present rules,
gets the product changes that are on their way to it, and is evaluated up to an instant.
"""

from __future__ import annotations

from streamseg.core.conditions.base import NO_STATES, EvalContext, Part
from streamseg.core.contacts.contact import FEATURES, SLOTS, Contact
from streamseg.core.contacts.deadlines import next_deadline
from streamseg.core.contacts.membership import Membership
from streamseg.core.contacts.slots import ANCHOR, is_inside, new_slot
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.evaluation.transitions import Transitions
from streamseg.core.features.base import FOREVER, States
from streamseg.core.identity.objections import is_objecting
from streamseg.core.partition_state import PartitionState
from streamseg.core.products.fact_cache import FactCache
from streamseg.core.products.facts import ProductFacts
from streamseg.core.products.fan_out import FanOut
from streamseg.core.products.product_index import ProductIndex
from streamseg.core.products.product_pass import ProductPass
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment
from streamseg.core.store import Store


class Peek:
    """A copy of a contact at an ``instant``; asking it, or going on in time, changes nothing else.

    ``merged`` are the ids that were merged into the contact.
    """

    def __init__(
        self, contact: Contact, evaluator: Evaluator, rules: RuleSet, now: int, horizon: int
    ) -> None:
        self.merged: list[str] = []
        evaluator.evaluate_until(contact, now)
        self.contact = contact
        self.rules = rules
        self.instant = evaluator.visible.decided_instant(contact, now, horizon)
        evaluator.evaluate_until(contact, self.instant)
        self._evaluator = evaluator

    @property
    def is_objecting(self) -> bool:
        """Whether the contact objects to profiling, and so is in no segment."""
        return is_objecting(self.contact, self.rules)

    def keys(self, segment: Segment) -> list[str]:
        """The keys that are remembered for a segment, the least recently touched first."""
        return list(self.contact.keys.get(segment.key_group, ()))

    def is_touched(self, segment: Segment, key: str) -> bool:
        """Whether an event of the present rules touched a key; if not, the contact is not in."""
        return self.contact.touched_key(segment.key_group, key) is not None

    def slots(self, segment: Segment, key: str | None) -> States:
        """The slots of a segment, for a key where it has keys; empty for a key that is not kept."""
        if segment.per is None:
            return self.contact.slots
        state = self.contact.key(segment.key_group, key or "")
        return NO_STATES if state is None else state[SLOTS]

    def membership(self, segment: Segment, key: str | None, rung: int) -> Membership:
        """The membership on a rung, with its slot, or a new slot where there is none."""
        slot = self.slots(segment, key).get(segment.first_slot + rung)
        return Membership(self.contact, segment, key, rung, slot or new_slot())

    def context(self, segment: Segment, key: str | None, rung: int) -> EvalContext:
        """The context in which the condition of a rung is asked."""
        contact = self.contact
        contact.decode_features(segment.columns)
        ctx = EvalContext()
        if key is None:
            ctx.look_at(contact)
        else:
            state = contact.key(segment.key_group, key)
            features = NO_STATES if state is None else state[FEATURES]
            facts = self._evaluator.visible.of(key) if segment.per_product else None
            ctx.look_at_key(contact, segment.key_group, key, features, facts)
        ctx.instant, ctx.rung = self.instant, rung
        ctx.has_merged = bool(self.merged)
        ctx.slot = slot = self.membership(segment, key, rung).slot
        ctx.inside = is_inside(slot)
        ctx.last_anchor = slot[ANCHOR]
        return ctx

    def explain(self, segment: Segment, key: str | None, rung: int) -> tuple[EvalContext, Part]:
        """The explanation of a rung's condition, and the context that it was asked in."""
        ctx = self.context(segment, key, rung)
        return ctx, segment.rungs[rung].condition.explain(ctx, self.instant)

    def closed(self, membership: Membership) -> list[tuple[str, int]]:
        """The gates that would hold a trigger back now, and until when (FOREVER: not known)."""
        return self._evaluator.policy_stage.closed_at(membership, self.instant)

    @property
    def due(self) -> int:
        """The next instant at which time alone may change a segment; FOREVER: none."""
        return next_deadline(self.contact)

    def go_on(self) -> bool:
        """Go to the next instant at which time alone may change something; False where there
        is none.
        """
        if self.due >= FOREVER:
            return False
        self.go_to(self.due)
        return True

    def go_to(self, instant: int) -> None:
        """Go to an instant that is not before this one."""
        self._evaluator.evaluate_until(self.contact, instant)
        self.instant = instant


def peek(name: str, at: int, state: PartitionState, stale_after: int) -> Peek | None:
    """A copy of a contact at ``at``, or at its latest decided instant if that is later; None where
    the contact has no state.
    """
    raw = name.encode()
    value = state.contacts.committed(raw)
    if value is None:
        return None
    rules, rule_pass = state.rules, state.rule_pass
    now, horizon = state.installed
    contact = Contact.decode(raw, value)
    keys = list(dict.fromkeys(key for group in contact.keys.values() for key in group))
    products: Store[ProductFacts] = Store(
        b"p", lambda _, value: ProductFacts.decode(value), ProductFacts.encode
    )
    passes: Store[ProductPass] = Store(b"w", ProductPass.decode, ProductPass.encode)
    state.products.copy_to(products, keys)
    state.passes.copy_to(passes, keys)
    empty: Store[Contact] = Store(b"c", Contact.decode, Contact.encode)
    index = ProductIndex(empty, rules.key_groups)
    transitions = Transitions(state.lateness, stale_after)
    transitions.emission.now = -FOREVER  # so that all that time decides stays pending
    evaluator = Evaluator(rules, transitions, products, index)
    evaluator.visible.horizon = horizon
    if state.tables is not None:
        state.tables.in_force.set_cuts(contact)
    fan_out = FanOut(evaluator, products, passes, FactCache(rules), index, rule_pass, None)
    if contact.layout == rule_pass.layout:
        contact.inside = rules.inside(contact.slots)
    else:
        rule_pass.bring(contact, evaluator, now, fan_out.catch_up)
    if passes.is_used:
        fan_out.catch_up(contact)
    if state.tables is not None:
        state.tables.in_force.bring(contact, evaluator)
    found = Peek(contact, evaluator, rules, max(at, now), horizon)
    found.merged = state.ids.merged_into(name)
    return found
