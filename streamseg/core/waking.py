"""Wakes contacts from rest, and lays them to rest. Both may evaluate segments."""

from __future__ import annotations

from streamseg.core.contacts.contact import Contact
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.policies.tally import WaitingTally
from streamseg.core.rule_change.rule_pass import RulePass
from streamseg.core.scheduling import Scheduler
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.shrinking import shrink
from streamseg.core.store import Store
from streamseg.core.tables.tables import Tables


class Waking:
    """Turns the bytes of a contact into the contact, under the present rules, and back.

    A contact that rested under other rules is evaluated as it wakes. One that has outgrown a record
    is evaluated as it is shrunk: a contact takes ``most_bytes`` at rest (None: there is no limit).
    ``outgrown`` lists those contacts, and how many things each forgot.

    ``tables`` and ``tally`` are those of the partition. The pipeline sets ``evaluator`` and
    ``scheduler``, anew after a rollback.
    """

    evaluator: Evaluator
    scheduler: Scheduler
    rule_pass: RulePass

    def __init__(self, rules: RuleSet, most_bytes: int | None, tally: WaitingTally | None) -> None:
        self.outgrown: list[tuple[str, int]] = []
        self.tables: Tables | None = None
        self._rules = rules
        self._most_bytes = most_bytes
        self._tally = tally

    def wake(self, raw: bytes, value: bytes) -> Contact:
        """The contact with an id in UTF-8 that rests as ``value``, brought to the present rules."""
        contact = Contact.decode(raw, value)
        if self.tables is not None:
            self.tables.in_force.set_cuts(contact)
        rule_pass = self.rule_pass
        if contact.layout == rule_pass.layout:
            contact.inside = self._rules.inside(contact.slots)
        else:
            now = self.evaluator.transitions.emission.now
            rule_pass.bring(contact, self.evaluator, now, self.scheduler.catch_up)
            self.scheduler.schedule(contact)
        return contact

    def lay_to_rest(self, contact: Contact) -> bytes:
        """The bytes of a contact; it is shrunk where it has outgrown a record."""
        value, most = contact.encode(), self._most_bytes
        if most is not None and len(value) > most:
            # A tenth is left free, so that its next events need not shrink it again.
            excess = len(value) - most * 9 // 10
            forgotten = shrink(contact, self._rules, self.evaluator, excess)
            self.outgrown.append((contact.id, forgotten))
            self.scheduler.schedule(contact)
            value = contact.encode()
        if self._tally is not None:
            self._tally.note(contact.raw, contact.waiting)
        return value


class Contacts(Store[Contact]):
    """The contacts. Each has its id in UTF-8, which is not encoded anew when it is laid to rest."""

    def raw_of(self, key: str, state: Contact) -> bytes:
        return state.raw
