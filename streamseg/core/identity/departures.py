"""Contacts that leave a partition: sent to a keeper by a merge, or erased."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.slots import ENTERED_AT, OUT, STATUS
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.partition_state import PartitionState
from streamseg.core.scheduling import Scheduler
from streamseg.core.segments.segment import slots_of

ERASED: Final = "erased"  # the cause of an exit


class Given(NamedTuple):
    """A contact that was given away: its state at rest, its layout, and its stays as (segment, key,
    rung, entered at).
    """

    value: bytes
    layout: bytes
    stays: list[list[Any]]


class Departures:
    """Evaluates and emits what is still due of a contact that leaves, then removes its state."""

    def __init__(self, state: PartitionState, evaluator: Evaluator, scheduler: Scheduler) -> None:
        self._rules = state.rules
        self._contacts = state.contacts
        self._tables = state.tables
        self._rule_pass = state.rule_pass
        self._evaluator = evaluator
        self._transitions = evaluator.transitions
        self._scheduler = scheduler
        # A segment with ``consents`` is told as another segment: see `derived.outward_of`.
        self._told = [
            one
            for one in state.rules.segments
            if one.told_as in state.rules.defined and not one.definition.consents
        ]

    def protects(self, contact: Contact | None, at: int) -> bool:
        """Whether the rules protect a contact from being merged into another one, at an instant.

        If that is unknown, it is not protected.
        """
        protect = self._rules.protect
        if protect is None or contact is None:
            return False
        contact.decode_features(self._rules.protect_columns)
        ctx = EvalContext().look_at(contact)
        return protect.at(ctx, at)[0] is True

    def give(self, contact: Contact, at: int, until: int) -> Given:
        """Give a contact away and remove its state: what time alone changes until ``at`` is
        evaluated first, and what is due by ``until`` is told.
        """
        self._scheduler.bring_up_to_date(contact, until)
        if self._tables is not None:
            self._tables.settle_before(contact, at)
        self._evaluator.evaluate_until_decided(contact, at)
        self._scheduler.schedule(contact)
        stays = self._stays_of(contact)
        counts = self._transitions.emission.counts
        if counts is not None:
            counts.part(contact, at)
        given = Given(contact.encode(), self._rule_pass.described, stays)
        self._forget(contact)
        return given

    def erase(self, contact: Contact, at: int, outcomes: list[Any]) -> dict[str, int]:
        """Remove an erased contact. The exits from its segments go to ``outcomes``. Returns what
        was removed, counted by kind.
        """
        if self._tables is not None:
            self._tables.settle_before(contact, at)
        contact.latest = max(contact.latest, at)
        if self._transitions.emission.counts is not None:
            self._transitions.emission.counts.erase(contact, at, ERASED)
        removed = {"states": 1, "pending": len(contact.pending), "waiting": len(contact.waiting)}
        removed["keys"] = sum(len(keys) for keys in contact.keys.values())
        for segment in self._rules.segments:
            for key, slots in slots_of(contact, segment):
                self._evaluator.forgotten.tell_of_erasure(contact, segment, key, slots, at, ERASED)
        self._transitions.emission.drain(outcomes)
        self._forget(contact)
        return removed

    def _stays_of(self, contact: Contact) -> list[list[Any]]:
        """The stays in segments of the rule file."""
        stays: list[list[Any]] = []
        for segment in self._told:
            for key, slots in slots_of(contact, segment):
                for number, rung in enumerate(segment.rungs):
                    slot = slots.get(segment.first_slot + number)
                    if slot is not None and slot[STATUS] != OUT:
                        stays.append([segment.told_as.name, key, rung.label, slot[ENTERED_AT]])
        return stays

    def _forget(self, contact: Contact) -> None:
        """Remove a contact's state."""
        products = self._evaluator.visible.products_of(contact)
        contact.keys = {}
        for product in products:
            self._evaluator.index.drop(product, contact)
        self._contacts.remove(contact.id)
