"""Quantile tables in a partition: its census, the making of tables, and the tables that hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from streamseg.core.contacts.contact import Contact
from streamseg.core.counting.sums import SumsTaker
from streamseg.core.errors import StateError
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.features.base import FOREVER
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.store import Store
from streamseg.core.tables.census import BringTo, CensusTaker
from streamseg.core.tables.mail import MAKER, Census, TableMail, TableSet
from streamseg.core.tables.making import TableMaker
from streamseg.core.tables.preview import TablePreview
from streamseg.core.tables.records import COUNTED, IN_FORCE, MADE
from streamseg.core.tables.table_pass import TablePass
from streamseg.core.tables.terms import TableTerms


class Tables:
    """Takes the census of a partition, makes tables (partition 0), and brings contacts under
    tables.

    The pipeline sets ``evaluator`` and ``bring_to``, anew after a rollback. ``bring_to`` brings
    a contact to an instant. ``lead``: see `TableMaker`.
    """

    evaluator: Evaluator
    bring_to: BringTo

    def __init__(
        self,
        rules: RuleSet,
        terms: TableTerms,
        contacts: Store[Contact],
        lateness: int,
        lead: int | None,
        sums: SumsTaker | None,
    ) -> None:
        self._rules = rules
        self._terms = terms
        self._contacts = contacts
        self._lateness = lateness
        self._lead = lead
        self._sums = sums
        self._makes_tables = True
        self._outcomes: list[TableMail | TableSet] = []  # mail for others, and tables made here
        self._now = -FOREVER
        self.in_force = TablePass(rules.tabled, contacts, lateness)
        self.live_in(0, 1)

    def live_in(self, partition: int, partitions: int) -> None:
        """Set that this is partition number ``partition`` of ``partitions``; called before anything
        is loaded.
        """
        self._partition, self._partitions = partition, partitions
        labels, terms = self._rules.tabled, self._terms
        contacts, set_cuts = self._contacts, self.in_force.set_cuts
        self._census = CensusTaker(
            labels, terms, contacts, self._lateness, partition, self._sums, set_cuts
        )
        self._maker = TableMaker(labels, terms, partitions, self._lead)

    def give(self, tables: Iterable[TableSet]) -> None:
        """Use these tables from their instants on, and make none here."""
        self._makes_tables = False
        for one in tables:
            self.in_force.receive(one)

    def preview(self, preview: TablePreview) -> None:
        """Count all contacts, as they are, for a preview of the next tables."""
        preview.know(self.in_force.last)
        walk = self._contacts.walk(b"")
        while (raw := walk.next()) is not None:
            contact = self._census.look_at(raw)
            if contact is not None:
                preview.count(contact)

    @property
    def _takes_census(self) -> bool:
        return self._makes_tables or self._sums is not None

    @property
    def due(self) -> int:
        """The earliest ``now`` at which ``step`` has something to do; -FOREVER: at any."""
        return min(self._census.due, self.in_force.due) if self._takes_census else self.in_force.due

    @property
    def is_idle(self) -> bool:
        """Whether neither a census nor a pass is going on."""
        return self.in_force.is_complete and not self._census.is_open

    def must_wait(self, instant: int) -> bool:
        """Whether a census has to end before time comes to an instant: the next census begins
        there, and contacts that are due by then would have to wait for all contacts that are not
        counted yet.
        """
        return self._takes_census and self._census.is_open and instant >= self._census.following

    # -- contacts --------------------------------------------------------------------------

    def bring(self, contact: Contact) -> None:
        """Bring a contact under the tables that hold, before anything else happens to it."""
        self.in_force.bring(contact, self.evaluator)

    def settle_before(self, contact: Contact, time: int) -> None:
        """Before something happens to a contact at ``time``: have a census count it, if one is due,
        and bring it under the tables that hold by then.
        """
        self.in_force.bring_until(contact, time, self.evaluator)
        if self._takes_census:
            self._census.count_first(contact, time, self.evaluator, self.bring_to)
            self._tell()

    def count_before(self, contact: Contact, instant: int) -> None:
        """Have a census count a contact before time alone changes it until an instant. This is
        needed only for the sums, which ask who is in which segment.
        """
        if self._sums is not None:
            self._census.count_first(contact, instant, self.evaluator, self.bring_to)
            self._tell()

    # -- time ------------------------------------------------------------------------------

    def step(self, now: int, bring: Callable[[bytes], None]) -> None:
        """Do what is due first: begin a census, or put tables in force. ``bring`` brings a contact
        up to date.
        """
        self._now = now
        if self._takes_census and self._census.due == -FOREVER:
            self._census.begin(now)
            self._tell()
        elif self.in_force.due == self.due:
            self.in_force.work(None, bring)
            self.in_force.next()
        else:
            self._census.open()

    def work(self, limit: int | None, bring: Callable[[bytes], None]) -> int | None:
        """Continue the pass and the census; returns how much of the limit is left."""
        limit = self.in_force.work(limit, bring)
        if self._census.is_open and self.in_force.is_complete:
            limit = self._census.work(limit, self.bring_to)
            self._tell()
        return limit

    def receive(self, body: Census | TableSet, now: int) -> None:
        """Take mail from another partition: a census or tables."""
        self._now = now
        if isinstance(body, TableSet):
            self.in_force.receive(body)
        else:
            for tables in self._maker.receive(body, now):
                self._publish(tables)

    def _tell(self) -> None:
        """Send the censuses that have ended to the partition that makes tables."""
        told = self._census.told
        if not told:
            return
        self._census.told = []
        if not self._makes_tables:
            return
        for census in told:
            if self._partition == MAKER:
                self.receive(census, self._now)
            else:
                self._outcomes.append(TableMail(MAKER, census))

    def _publish(self, tables: TableSet) -> None:
        """Send new tables to all partitions."""
        self.in_force.receive(tables)
        self._outcomes.append(tables)
        for one in range(self._partitions):
            if one != self._partition:
                self._outcomes.append(TableMail(one, tables))

    def collect(self) -> list[TableMail | TableSet]:
        """The mail and tables since the last call."""
        told, self._outcomes = self._outcomes, []
        return told

    # -- as a store ------------------------------------------------------------------------

    def load(self, key: bytes, value: bytes | None) -> None:
        """Take a record of the changelog. Raises StateError for one of another version."""
        name = key.decode()
        if name == COUNTED:
            self._census.store.load(key, value)
        elif name == MADE:
            self._maker.store.load(key, value)
        elif name == IN_FORCE:
            self.in_force.store.load(key, value)
        else:
            raise StateError(f"unknown state of tables {name!r}: written by a newer version?")

    def loaded(self, layout: int) -> None:
        """All is loaded; contacts of this layout are of these rules."""
        self._census.loaded(layout)
        self._maker.store.loaded()
        self.in_force.loaded()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch changed."""
        stores = self._census.store, self._maker.store, self.in_force.store
        return [record for store in stores for record in store.take()]

    def install(self) -> None:
        """What was taken is committed."""
        self._census.store.install()
        self._maker.store.install()
        self.in_force.store.install()

    def rollback(self) -> None:
        """Forget all since the last install."""
        self._census.rollback()
        self._maker.store.rollback()
        self.in_force.rollback()
        self._outcomes = []
