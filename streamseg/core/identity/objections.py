"""Objections to profiling: while a contact objects, only the objection, its answers to consents and
its ids are remembered.

    known ──objects──> nothing but the objection ──takes it back──> known anew, from then on only

A contact that objects is in a segment of the engine's own, and no other segment is evaluated for
it.
"""

from __future__ import annotations

from typing import Final

from streamseg.core.contacts.contact import NEVER_DECIDED, UNKNOWN, Contact
from streamseg.core.contacts.slots import ANCHOR, OUT, STATUS
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.events import Event
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import FOREVER, UpdateContext
from streamseg.core.segments.dispatch import Dispatch
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment, slots_of
from streamseg.core.values.predicates import field_at

OBJECTED: Final = "objected"  # the cause of an exit


class Objections:
    """Decides whether an event may be remembered: not while its contact objects.

    ``objecting`` is the segment of the contacts that object.
    """

    def __init__(self, rules: RuleSet, objecting: Segment, evaluator: Evaluator) -> None:
        self._rules = rules
        self._objecting = objecting
        self._evaluator = evaluator
        self._path = tuple(objecting.definition.version.split("."))
        (self._column,) = objecting.columns
        self._ctx = UpdateContext()
        self._ctx.rule_metrics = evaluator.policy_stage.rule_metrics

    def admits(self, contact: Contact, event: Event, dispatch: Dispatch) -> bool:
        """Whether an event is to be applied. Of other events only answers to consents are kept."""
        objected = bool(contact.inside & self._objecting.bit)
        objects = self._said_by(contact, event, objected)
        if not objects:
            if objected:
                begin_anew(contact, event.time, event.time, self._rules, self._objecting)
                contact.latest = NEVER_DECIDED  # as at a first event, see `Applier`
            return event.time >= _taken_back_at(contact, self._objecting)
        if not objected:
            forget_profile(contact, event.time, self._rules, self._objecting, self._evaluator)
        contact.latest = max(contact.latest, event.time)
        for feature, column, _, where in dispatch.updates:
            if column in self._rules.outliving and (where is None or where(event.data)):
                contact.state(column)
                feature.update(contact.features, column, event, self._ctx)
        if not objected:
            self._evaluator.evaluate(contact, self._objecting.bit, contact.latest, event.time)
        return False

    def _said_by(self, contact: Contact, event: Event, objected: bool) -> bool:
        """Whether a contact objects after an event, which may not have the attribute."""
        if event.type != "contact_updated" or self._path[0] not in event.data:
            return objected
        told = contact.state(self._column)
        if told is not None and event.time < told[0]:
            return objected
        return field_at(event.data, self._path) is False


def is_objecting(contact: Contact, rules: RuleSet) -> bool:
    """Whether a contact is in the segment of contacts that object."""
    return rules.objecting is not None and bool(contact.inside & rules.objecting.bit)


def objects(contact: Contact, objecting: Segment) -> bool:
    """Whether a contact objects, by the attribute's last value."""
    (column,) = objecting.columns
    return Attribute.value(contact.state(column)) is False


def unite_objections(
    contact: Contact, at: int, rules: RuleSet, objecting: Segment, evaluator: Evaluator
) -> bool:
    """Apply the later of two values to a contact that was united from two. If it objects,
    everything else is forgotten; returns whether it does.
    """
    if objects(contact, objecting):
        forget_profile(contact, at, rules, objecting, evaluator)
        evaluator.evaluate(contact, objecting.bit, contact.latest, at)
        return True
    slot = contact.slots.get(objecting.first_slot)
    if slot is not None and slot[STATUS] != OUT:
        told: int = contact.state(objecting.columns[0])[0]
        begin_anew(contact, at, told, rules, objecting)
    return False


def forget_profile(
    contact: Contact, at: int, rules: RuleSet, objecting: Segment, evaluator: Evaluator
) -> None:
    """Forget everything of a contact except what outlives an objection. Its exits are emitted; what
    is pending is dropped.
    """
    transitions = evaluator.transitions
    contact.latest = max(contact.latest, at)
    if transitions.emission.counts is not None:
        transitions.emission.counts.erase(contact, at, OBJECTED)
    for segment in rules.segments:
        for key, slots in slots_of(contact, segment):
            evaluator.forgotten.tell_of_erasure(contact, segment, key, slots, at, OBJECTED)
    products = evaluator.visible.products_of(contact)
    contact.keys = {}
    for product in products:
        evaluator.index.drop(product, contact)
    slot = contact.slots.get(objecting.first_slot)
    contact.slots = {} if slot is None else {objecting.first_slot: slot}
    contact.features = {
        column: state for column, state in contact.features.items() if column in rules.outliving
    }
    contact.deadlines, contact.key_deadlines, contact.next_key_due = {}, {}, UNKNOWN
    contact.pending, contact.waiting, contact.decisions = [], [], []
    contact.delivered, contact.totals = {}, {}
    contact.inside = rules.inside(contact.slots)
    know_from(contact, at, rules)


def begin_anew(contact: Contact, since: int, told: int, rules: RuleSet, objecting: Segment) -> None:
    """End a contact's objection by the value ``told`` at that instant. The contact is known
    ``since`` another instant.
    """
    slot = contact.slots[objecting.first_slot]
    slot[STATUS], slot[ANCHOR] = OUT, told
    contact.inside &= ~objecting.bit
    know_from(contact, since, rules)


def know_from(contact: Contact, since: int, rules: RuleSet) -> None:
    """Note that nothing from before an instant is known of a contact, except what outlives an
    objection.
    """
    contact.kept_since = {
        column: max(since, contact.kept_since.get(column, since))
        for column in range(len(rules.contact.features))
        if column not in rules.outliving
    }
    contact.key_kept_since = {
        group.index: dict.fromkeys(range(len(group.columns.features)), since)
        for group in rules.key_groups
    }


def _taken_back_at(contact: Contact, objecting: Segment) -> int:
    """When the last objection was taken back: nothing from before is remembered."""
    slot = contact.slots.get(objecting.first_slot)
    taken_back: int | None = None if slot is None else slot[ANCHOR]
    return -FOREVER if taken_back is None else taken_back
