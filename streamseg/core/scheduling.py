"""Finds the contacts that are due, and brings a contact up to date before its event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.deadlines import next_deadline
from streamseg.core.contacts.resting import due_of
from streamseg.core.contacts.slots import ENTERED_AT
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.features.base import FOREVER
from streamseg.core.messages.pending import first_pending
from streamseg.core.policies.telling import first_decision
from streamseg.core.products.fan_out import FanOut
from streamseg.core.products.product_pass import ProductPass
from streamseg.core.segments.segment import Segment
from streamseg.core.store import Store
from streamseg.core.tables.tables import Tables
from streamseg.core.timers import Timers

OPENED_AT_ONCE: Final = 5_000  # contacts whose due instants are looked up; some milliseconds


class Scheduler:
    """Finds the contacts that are due, and brings single contacts up to date."""

    def __init__(
        self,
        timers: Timers,
        contacts: Store[Contact],
        evaluator: Evaluator,
        fan_out: FanOut,
        passes: Store[ProductPass],
        tables: Tables | None,
        unseen: Segment | None,
    ) -> None:
        self._timers = timers
        self._contacts = contacts
        self._evaluator = evaluator
        self._fan_out = fan_out
        self._passes = passes
        self._tables = tables
        self._unseen = unseen
        self._find_due: Callable[[bytes], int] = self._due_of  # to bind it takes 320 instructions
        self.found_unseen: list[str] = []  # contacts that were found in the segment ``unseen``

    def schedule(self, contact: Contact) -> None:
        """Set a timer for the next due instant of a contact that was evaluated."""
        unseen = self._unseen
        if unseen is not None and contact.inside & unseen.bit:
            self.found_unseen.append(contact.id)
            # It is erased `lateness` after its entry: until then the entry stays its deadline.
            contact.deadlines[unseen.index] = contact.slots[unseen.first_slot][ENTERED_AT]
        due = next_deadline(contact)
        if contact.pending or contact.decisions:
            due = min(due, _first_to_tell(contact))
        if due != contact.due_at:
            if due < contact.due_at:
                self._timers.push(due, contact.raw)
            contact.due_at = due

    def bring_up_to_date(self, contact: Contact, until: int) -> None:
        """Bring a contact up to date before anything else happens to it: emit what is due by
        ``until``, deliver the product changes that are still on their way to it, and bring it under
        the quantile tables that hold.
        """
        if contact.due_at <= until:
            self._process(contact, until)
        elif self._passes.is_used:
            if self._fan_out.catch_up(contact):
                self.schedule(contact)  # by the change, it may be due sooner
                if contact.due_at <= until:
                    self._process(contact, until)
        elif contact.delivered:
            contact.delivered = {}
        if self._tables is not None:
            self._tables.bring(contact)

    def catch_up(self, contact: Contact) -> None:
        """Deliver to a contact the product changes that are still on their way to it."""
        if self._passes.is_used:
            self._fan_out.catch_up(contact)

    def bring_to(self, raw: bytes, instant: int) -> None:
        """Bring a contact to an instant, and set its timer; nothing happens
        where it has no state.
        """
        contact = self._contacts.get(raw.decode())
        if contact is not None:
            self.bring_up_to_date(contact, instant)
            self.schedule(contact)

    def process_due(self, limit: int | None, until: int) -> int | None:
        """Find up to ``limit`` contacts (None: all) that are due by ``until``; emit what is due of
        each, and evaluate what time alone changes. Returns how much of the limit is left.
        """
        timers, contacts = self._timers, self._contacts
        while limit is None or limit > 0:
            raw = timers.pop(until)
            if raw is None:
                to_open = None if limit is None else OPENED_AT_ONCE
                if not timers.open(until, to_open, self._find_due):
                    return limit
                continue
            name = raw.decode()
            contact = contacts.live.get(name)
            due = self._due_at_rest(raw) if contact is None else contact.due_at
            if due > until:
                timers.push(due, raw)
                continue
            contact = contacts.get(name, raw)
            assert contact is not None
            self._process(contact, until)
            timers.push(contact.due_at, raw)
            if limit is not None:
                limit -= 1
        return 0

    def _process(self, contact: Contact, until: int) -> None:
        """Emit what is due of a contact by ``until``, and evaluate what time alone changes until
        then. A contact that is to be erased by then is only noted.
        """
        if self._unseen is not None and self._is_unseen(contact, self._unseen, until):
            return
        evaluator = self._evaluator
        self.catch_up(contact)  # a change may end what is pending before it is told
        evaluator.emit_pending(contact, until)
        if self._tables is not None:
            self._tables.bring(contact)
            self._tables.count_before(contact, until)
        due = evaluator.evaluate_until(contact, until)
        contact.due_at = min(due, _first_to_tell(contact))

    def _is_unseen(self, contact: Contact, unseen: Segment, until: int) -> bool:
        """Whether a contact is to be erased by ``until``. Its segments are not evaluated beyond the
        instant of its erasure.
        """
        evaluator = self._evaluator
        due = contact.deadlines.get(unseen.index, FOREVER)
        while due <= until:
            evaluator.emit_pending(contact, due)
            if self._tables is not None:
                self._tables.bring(contact)
                self._tables.count_before(contact, due)
            evaluator.evaluate_until(contact, due)
            if contact.inside & unseen.bit:
                self.found_unseen.append(contact.id)
                contact.due_at = FOREVER  # it is erased before anything else can be due
                return True
            due = contact.deadlines.get(unseen.index, FOREVER)
        return False

    def _due_of(self, raw: bytes) -> int:
        contact = self._contacts.live.get(raw.decode())
        return self._due_at_rest(raw) if contact is None else contact.due_at

    def _due_at_rest(self, raw: bytes) -> int:
        value = self._contacts.value(raw)
        return FOREVER if value is None else due_of(value)


def _first_to_tell(contact: Contact) -> int:
    """The instant of the first pending message of a contact; FOREVER where none is pending."""
    return min(first_pending(contact), first_decision(contact))
