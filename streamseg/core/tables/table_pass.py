"""The quantile tables that hold in a partition, and the pass that brings contacts under new ones.

A new table set comes to a contact as time does: before anything happens to the contact at the set's
``effective`` instant or later. All other contacts are brought under it once the partition's time is
``lateness`` past that instant, in slices. A contact notes the table set that it was evaluated
under, so it is brought once, whatever crashes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from streamseg.core.contacts.contact import Contact
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.features.base import FOREVER
from streamseg.core.labels.rfm import Rfm
from streamseg.core.store import Store
from streamseg.core.tables.mail import TableSet
from streamseg.core.tables.making import cuts_by
from streamseg.core.tables.quantiles import Cuts
from streamseg.core.tables.records import IN_FORCE, PREFIX, InForce
from streamseg.core.walk import Walk

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(InForce).decode
_NO_CUTS: Final[Mapping[str, Cuts]] = {}


class TablePass:
    """The tables that hold, those to come, and how far the pass is."""

    def __init__(self, labels: dict[str, Rfm], contacts: Store[Contact], lateness: int) -> None:
        self.due = FOREVER  # when the next tables are to be taken
        self.is_complete = True
        self._labels = labels
        self._contacts = contacts
        self._lateness = lateness
        self._coming: list[TableSet] = []
        self.store: Store[InForce] = Store(PREFIX, lambda _, value: _decode(value), _encode)
        self._walk: Walk | None = None
        self._number = 0  # of the tables that hold
        self._effective = -FOREVER
        self._cuts: dict[int, Mapping[str, Cuts]] = {}  # by number of tables

    # -- who is under which ----------------------------------------------------------------

    def put_under_tables(self, contact: Contact) -> None:
        """Put a new contact under the tables that hold."""
        contact.table = self._number
        self.set_cuts(contact)

    def set_cuts(self, contact: Contact) -> None:
        """Set the cuts of a decoded contact, by the table set that it is under."""
        contact.cuts = self._cuts.get(contact.table, _NO_CUTS)

    def bring(self, contact: Contact, evaluator: Evaluator) -> None:
        """Bring a contact under the tables that hold, if it is not under them yet."""
        if contact.table < self._number:
            self._evaluate_under(contact, self._number, self._effective, evaluator)

    def bring_until(self, contact: Contact, time: int, evaluator: Evaluator) -> None:
        """Bring a contact under all tables that hold by ``time``, before something happens to it
        then.
        """
        self.bring(contact, evaluator)
        for one in self._coming:
            if one.effective <= time and contact.table < one.boundary:
                self._evaluate_under(contact, one.boundary, one.effective, evaluator)

    def _evaluate_under(
        self, contact: Contact, number: int, effective: int, evaluator: Evaluator
    ) -> None:
        """Evaluate a contact under new tables, after evaluating under the former ones what time
        alone changes until then.
        """
        evaluator.evaluate_until(contact, effective)
        contact.table = number
        self.set_cuts(contact)
        evaluator.evaluate_new_table(contact, max(effective, contact.latest))

    # -- taking tables ---------------------------------------------------------------------

    def receive(self, tables: TableSet) -> None:
        """Take a table set that holds from its ``effective`` instant on."""
        state = self._state()
        known = [one.boundary for one in (state.now, *state.coming) if one is not None]
        if tables.boundary > max(known, default=-FOREVER):
            state.coming.append(tables)
            self._note()

    def next(self) -> None:
        """Put the first of the table sets to come in force; there must be one."""
        state = self._state()
        state.before, state.now = state.now, state.coming.pop(0)
        state.cursor = b""
        self._note()

    def work(self, limit: int | None, bring: Callable[[bytes], None]) -> int | None:
        """Go on with the next ``limit`` contacts; returns how much of the limit is left."""
        state = self._state()
        if state.cursor is None:
            return limit
        walk = self._walk
        if walk is None:
            walk = self._walk = self._contacts.walk(state.cursor)
        while (limit is None or limit > 0) and (raw := walk.next()) is not None:
            bring(raw)
            state.cursor = raw
            limit = None if limit is None else limit - 1
        if walk.is_over:
            state.cursor, state.before = None, None
            self._note()
        return limit

    @property
    def last(self) -> TableSet | None:
        """The newest table set that is known, whether it holds yet or not."""
        state = self.store.get(IN_FORCE) or InForce()
        return state.coming[-1] if state.coming else state.now

    # -- as a store ------------------------------------------------------------------------

    def _state(self) -> InForce:
        state = self.store.get(IN_FORCE)
        if state is None:
            state = InForce()
            self.store.add(IN_FORCE, state)
        return state

    def _note(self) -> None:
        """Copy the tables that hold into fields, since each contact reads them."""
        state = self.store.get(IN_FORCE) or InForce()
        self._walk = None
        self._coming = state.coming
        known = [one for one in (state.before, state.now, *state.coming) if one is not None]
        self._cuts = {one.boundary: self._cuts_in(one) for one in known}
        now = state.now
        self._number = 0 if now is None else now.boundary
        self._effective = -FOREVER if now is None else now.effective
        first = state.coming[0].effective if state.coming else FOREVER
        self.due = min(first + self._lateness, FOREVER)
        self.is_complete = state.cursor is None

    def _cuts_in(self, tables: TableSet) -> Mapping[str, Cuts]:
        """The cuts of labels by a table set; a label's own, where its table is of other figures."""
        found: dict[str, Cuts] = {}
        for name, label in self._labels.items():
            table = tables.tables.get(name)
            if table is not None and table.of == label.counts:
                found[name] = cuts_by(label, table)
        return found

    def loaded(self) -> None:
        """All is loaded."""
        self.store.loaded()
        self._note()

    def rollback(self) -> None:
        """Forget all since the last install."""
        self.store.rollback()
        self._note()
