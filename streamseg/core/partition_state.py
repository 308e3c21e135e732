"""The state of a partition: one store for each kind, read from the changelog and written to it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.alerting.reporting import Reporting
from streamseg.core.alerting.watch import PREFIX as ALERTS
from streamseg.core.contacts.contact import Contact, new_contact
from streamseg.core.contacts.resting import by_due
from streamseg.core.counting.counts import Counts
from streamseg.core.counting.figures import PREFIX as COUNTS
from streamseg.core.counting.sums import SumsTaker
from streamseg.core.counting.views import PREFIX as VIEWS
from streamseg.core.counting.views import Views
from streamseg.core.events import AHEAD_MS
from streamseg.core.features.base import FOREVER
from streamseg.core.identity.identity_state import IdentityState
from streamseg.core.policies.tally import WaitingTally
from streamseg.core.products.fact_cache import FactCache
from streamseg.core.products.facts import ProductFacts
from streamseg.core.products.product_index import ProductIndex
from streamseg.core.products.product_pass import ProductPass
from streamseg.core.rule_change.rule_pass import PREFIX as LAYOUT
from streamseg.core.rule_change.rule_pass import RulePass
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.store import Store
from streamseg.core.tables.making import LEAD_MS
from streamseg.core.tables.records import PREFIX as TABLES
from streamseg.core.tables.tables import Tables
from streamseg.core.timers import Timers
from streamseg.core.waking import Contacts, Waking

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
_NOW: Final = b"n"


class PartitionState:
    """The state of one partition, and what is derived from it: the index, timers and the tally.

    ``now`` is the partition's time. ``installed`` holds ``now`` and the instant of the products'
    last change, both as committed. ``waking`` turns bytes into contacts and back.
    """

    def __init__(
        self,
        rules: RuleSet,
        lateness: int,
        slice_size: int | None,
        fact_cache: FactCache | None,
        most_bytes: int | None,
    ) -> None:
        self.rules = rules
        self.lateness = lateness
        self.now = -FOREVER
        self.installed = -FOREVER, -FOREVER
        self._stale: list[tuple[bytes, bytes | None]] = []  # tombstones of records no rule needs
        self.timers = Timers()
        has_gates = any(one.policy is not None and one.policy.has_gates for one in rules.segments)
        self.tally = WaitingTally(rules) if has_gates else None
        self.waking = Waking(rules, most_bytes, self.tally)
        self.contacts: Store[Contact] = Contacts(b"c", self.waking.wake, self.waking.lay_to_rest)
        self.fact_cache = cache = fact_cache or FactCache(rules)
        self.products: Store[ProductFacts] = Store(
            b"p", lambda _, value: cache.decode(value), cache.encode
        )
        self.passes: Store[ProductPass] = Store(b"w", ProductPass.decode, ProductPass.encode)
        self.index = ProductIndex(self.contacts, rules.key_groups)
        self.rule_pass = self.waking.rule_pass = RulePass(rules, self.contacts)
        self.ids = IdentityState()
        counting, terms = rules.counting, rules.table_terms
        self.counts = None if counting is None else Counts(counting, rules, self.contacts)
        self.reporting: Reporting | None = None
        if counting is not None and self.counts is not None and counting.alerts:
            self.reporting = Reporting(counting.alerts, self.counts.ledger)
        self.views = None if rules.viewing is None else Views(rules.viewing)
        self.tables: Tables | None = None
        if terms is not None:
            lead = None if slice_size is None else LEAD_MS
            self.tables = Tables(rules, terms, self.contacts, lateness, lead, self._sums())
            self.waking.tables = self.tables

    def _sums(self) -> SumsTaker | None:
        """The taker of sums over the members of segments; None where the rules ask for none."""
        counting, counts = self.rules.counting, self.counts
        if counting is None or counting.sums is None or counts is None:
            return None
        return SumsTaker(counting.sums, self.rules.defined, counts.ledger)

    # -- restore ---------------------------------------------------------------------------

    def load(self, key: bytes, value: bytes | None) -> None:
        """Read a record of the changelog.

        Raises StateError where this version does not know it.
        """
        kind = key[:1]
        if kind == b"c":  # most of them
            self.contacts.load(key[1:], value)
        elif kind == b"p":
            intern = self.fact_cache.intern
            self.products.load(intern(key[1:]), None if value is None else intern(value))
        elif kind == b"w":
            self.passes.load(key[1:], value)
        elif kind == _NOW and value is not None:
            now = _decode(value)  # a former version wrote it without the products' last change
            self.installed = (now, now + AHEAD_MS) if type(now) is int else tuple(now)
            self.now = self.installed[0]
        elif kind == LAYOUT:
            self.rule_pass.load(int(key[1:]), value)
        elif kind in (COUNTS, ALERTS, TABLES, VIEWS):
            if not self._load_where_asked_for(kind, key[1:], value) and value is not None:
                self._stale.append((key, None))
        else:
            self.ids.load(kind, key[1:], value)

    def _load_where_asked_for(self, kind: bytes, key: bytes, value: bytes | None) -> bool:
        """Read a record of a kind that only some rules need; False if no rule needs it."""
        if kind == ALERTS:
            return self.reporting is not None and self.reporting.load(key, value)
        if kind == COUNTS:
            if self.counts is not None:
                self.counts.ledger.load(key, value)
            return self.counts is not None
        if kind == VIEWS:
            if self.views is not None:
                self.views.load(key, value)
            return self.views is not None
        if self.tables is not None:
            self.tables.load(key, value)
        return self.tables is not None

    def loaded(self) -> None:
        """Called after the last ``load``: count sizes, and find contacts under other layouts."""
        for store in (self.contacts, self.products, self.passes):
            store.loaded()
        self.fact_cache.loaded()
        if self.counts is not None:
            self.counts.ledger.loaded()
        if self.reporting is not None:
            self.reporting.loaded()
        if self.views is not None:
            self.views.loaded()
        self.ids.loaded()
        self.rule_pass.ready()
        if self.tables is not None:
            self.tables.loaded(self.rule_pass.layout)

    def begin(self) -> None:
        """Derive timers, counters and the tally from the contacts at rest; the index is not built
        here.
        """
        resting, layout = self.contacts.resting, self.rule_pass.layout
        if self.counts is not None:
            self.counts.begin(layout, not self.rule_pass.is_complete)
        if self.reporting is not None:
            self.reporting.begin(self.now)
        if self.views is not None:
            self.views.begin()
        self.timers.fill(by_due(resting))
        if self.tally is not None:
            self.tally.begin(layout, resting)

    # -- batches ---------------------------------------------------------------------------

    def take_contacts(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of contacts, and of the layouts that they are written under."""
        layouts = self.rule_pass.take()
        contacts = self.contacts.take()
        if self.tally is not None:
            self.tally.forget(contacts)
        return layouts + contacts

    def take_others(self, horizon: int) -> list[tuple[bytes, bytes | None]]:
        """All other changelog records; ``horizon`` is the instant of the products' last change."""
        changes = self.products.take()
        changes += self.passes.take()
        changes += self._stale
        if self.counts is not None:
            changes += self.counts.ledger.take()
        if self.reporting is not None:
            changes += self.reporting.take()
        if self.views is not None:
            changes += self.views.take()
        changes += self.ids.take()
        if self.tables is not None:
            changes += self.tables.take()
        instants = self.now, horizon
        if instants != self.installed:
            changes.append((_NOW, _encode(instants)))
        return changes

    def publish(self, clock: int) -> list[Any]:
        """The records of counts to be told; ``clock`` shows how long ago the last were told."""
        told: list[Any] = [] if self.counts is None else [*self.counts.publish(clock)]
        return told if self.views is None else [*told, *self.views.publish(clock)]

    def install(self, horizon: int) -> None:
        """Note that what was taken is committed."""
        self.contacts.install()
        self.products.install()
        self.passes.install()
        self.ids.install()
        if self.tables is not None:
            self.tables.install()
        self.index.install()
        self.installed = self.now, horizon
        self.rule_pass.install()
        self._stale = []
        if self.counts is not None:
            self.counts.ledger.install()
        if self.reporting is not None:
            self.reporting.install()
        if self.views is not None:
            self.views.install()

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self.contacts.rollback()
        self.products.rollback()
        self.passes.rollback()
        self.ids.rollback()
        if self.tables is not None:
            self.tables.rollback()
        self.rule_pass.rollback()
        if self.counts is not None:
            self.counts.rollback()
        if self.reporting is not None:
            self.reporting.rollback()
        if self.views is not None:
            self.views.rollback()
        self.index.rollback()
        self.waking.outgrown = []
        self.now = self.installed[0]

    # -- contacts --------------------------------------------------------------------------

    def add_contact(self, name: str) -> Contact:
        """Add a contact that has no state yet."""
        contact = new_contact(name.encode(), self.rule_pass.layout)
        self.contacts.add(name, contact)
        if self.tables is not None:
            self.tables.in_force.put_under_tables(contact)
        return contact
