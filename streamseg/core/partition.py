"""The task of a partition of contacts: events and changes of products in, outcomes out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from streamseg.core.alerting.reporting import Reporting
from streamseg.core.alerting.watch import PREFIX as ALERTS
from streamseg.core.applying import Applier
from streamseg.core.contact import Contact, new_contact
from streamseg.core.counting.counts import Counts
from streamseg.core.counting.ledger import PREFIX as COUNTS
from streamseg.core.counting.ledger import Ledger
from streamseg.core.dates import read_date
from streamseg.core.evaluation import Evaluator
from streamseg.core.events import AHEAD_MS, Event
from streamseg.core.fact_cache import FactCache
from streamseg.core.fan_out import FanOut
from streamseg.core.features.base import FOREVER
from streamseg.core.identities import Home, Identities
from streamseg.core.mail import Mail, Report
from streamseg.core.membership import ENTERED_AT
from streamseg.core.merging import Merger
from streamseg.core.outcomes import Batch, ProductChange
from streamseg.core.passes import Change, ProductPass
from streamseg.core.peek import Committed, Peek, peek
from streamseg.core.policies.tally import WaitingTally
from streamseg.core.predicates import field_at
from streamseg.core.product_index import ProductIndex
from streamseg.core.products import ProductFacts
from streamseg.core.resting import by_due
from streamseg.core.rule_pass import PREFIX as LAYOUT
from streamseg.core.rule_pass import RulePass
from streamseg.core.rule_set import RuleSet
from streamseg.core.scheduling import Scheduler
from streamseg.core.shrinking import shrink
from streamseg.core.store import Store
from streamseg.core.table_making import LEAD_MS
from streamseg.core.table_news import PREFIX as TABLES
from streamseg.core.table_news import Census, TableSet
from streamseg.core.tables import Tables
from streamseg.core.timers import Timers
from streamseg.core.transitions import Transitions
from streamseg.core.vocabulary import is_activity

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
_NOW: Final = b"n"
FORGOTTEN: Final = "privacy.forget_after"  # the name of the request
IDENTITY_EVENTS: Final = frozenset({"contact_merged", "contact_erased"})


class Partition:
    """State of the contacts of one partition, and what follows from each record.

    ``lateness`` and ``stale_after`` in ms. A change of a product that concerns more than
    ``slice_size`` contacts is worked off by ``advance``; None: at once, as a replay does. The
    partitions of one worker may share a ``fact_cache``. A contact that takes more than
    ``most_bytes`` at rest is made smaller (None: there is no record that it must fit into). One
    that ``publishes`` tells of what it counted, besides.
    """

    def __init__(
        self,
        rules: RuleSet,
        lateness: int = 0,
        stale_after: int = 86_400_000,
        slice_size: int | None = None,
        fact_cache: FactCache | None = None,
        most_bytes: int | None = None,
        publishes: bool = False,
    ) -> None:
        self.now = -FOREVER
        self._rules = rules
        self._lateness = lateness
        self._now_installed = -FOREVER, -FOREVER
        has_gates = any(one.policy is not None and one.policy.has_gates for one in rules.segments)
        self._tally = WaitingTally(rules) if has_gates else None
        is_plain = most_bytes is None and self._tally is None
        encode = Contact.encode if is_plain else self._encode_contact
        self._most_bytes = most_bytes
        self._outgrown: list[tuple[str, int]] = []
        self._duplicates = 0
        self._contacts: Store[Contact] = Store(b"c", self._decode_contact, encode)
        self._fact_cache = fact_cache = fact_cache or FactCache(rules)
        self._products: Store[ProductFacts] = Store(
            b"p", lambda _, value: fact_cache.decode(value), fact_cache.encode
        )
        self._timers = Timers()
        self._stale_after = stale_after
        self._slice = slice_size
        self._index = ProductIndex(self._contacts, rules.key_groups)
        self._rule_pass = RulePass(rules, self._contacts)
        self._passes: Store[ProductPass] = Store(b"w", ProductPass.decode, ProductPass.encode)
        self._publishes = publishes
        counting = rules.counting
        self._counts = None if counting is None else Counts(counting, rules, self._contacts)
        self._reporting: Reporting | None = None
        if counting is not None and self._counts is not None and counting.alerts:
            self._reporting = Reporting(counting.alerts, self._counts.ledger)
        terms = rules.table_terms
        self._tables: Tables | None = None
        if terms is not None:
            lead = None if slice_size is None else LEAD_MS
            self._tables = Tables(rules, terms, self._contacts, lateness, lead)
        self._stale: list[tuple[bytes, bytes | None]] = []  # of records that nobody needs
        self._identities = Identities(self._contacts, lateness, Home(), self._apply_admitted)
        self._outcomes: list[Any] = []
        self._make_evaluators()

    def _make_evaluators(self) -> None:
        """Make what evaluates and emits; anew after a rollback, as a record may have failed."""
        rules, products, index = self._rules, self._products, self._index
        self._transitions = transitions = Transitions(self._lateness, self._stale_after)
        self._emission, self._gate = transitions.emission, transitions.gate
        self._emission.counts = self._counts
        if self._counts is not None:
            self._counts.emission = self._emission
        self._evaluator = evaluator = Evaluator(rules, transitions, products, index)
        self._fan_out = FanOut(
            evaluator, products, self._passes, self._fact_cache, index, self._rule_pass, self._slice
        )
        self._scheduler = Scheduler(
            self._timers,
            self._contacts,
            evaluator,
            self._fan_out,
            self._passes,
            self._tables,
            rules.unseen,
        )
        self._applier = Applier(rules, evaluator, transitions, products, self._fan_out)
        self._identities.merger = Merger(
            rules, self._contacts, evaluator, products, self._fan_out, self._rule_pass,
            self._scheduler, self._tables,
        )  # fmt: skip
        if self._tables is not None:
            self._tables.evaluator = evaluator

    def live_in(self, home: Home, number: int = 0, partitions: int = 1) -> None:
        """Have only some contacts be at home here: what concerns others is told as `Mail`.

        It is the partition of a number, of so many; the first one decides alerts for all, and makes
        quantile tables.
        """
        self._identities.live_in(home)
        if self._reporting is not None:
            self._reporting.live_in(number, partitions)
        if self._tables is not None:
            self._tables.live_in(number, partitions)

    def give_tables(self, tables: Iterable[TableSet]) -> None:
        """Have these quantile tables hold, and none be made here; once all is ready."""
        if self._tables is not None:
            self._tables.give(tables)

    # -- what a host sees ------------------------------------------------------------------

    @property
    def due(self) -> int | None:
        """The least ``now`` at which ``advance`` may have something to tell."""
        due = self._timers.due
        due = min(due + self._lateness, self._identities.due)
        if self._counts is not None:
            due = min(due, self._counts.ledger.publish_at)
        if self._reporting is not None:
            due = min(due, self._reporting.next + 1)
        is_idle = True
        if self._tables is not None:
            due = min(due, max(self._tables.due, self.now))
            is_idle = self._tables.is_idle
        if self._passes.is_used or not self._rule_pass.is_complete or not is_idle:
            return min(self.now, due)
        return due if due < FOREVER else None

    @property
    def contacts(self) -> int:
        """Contacts with state."""
        return len(self._contacts)

    @property
    def state_bytes(self) -> int:
        """Bytes of keys and values at rest."""
        return self._contacts.size + self._products.size

    @property
    def timers(self) -> int:
        """Contacts with a next due instant, about."""
        return len(self._timers)

    @property
    def remembers_erasures(self) -> bool:
        """Whether a contact was erased here of late."""
        return self._identities.remembers_erasures

    @property
    def members(self) -> dict[str, int]:
        """How many are in each segment, where it is counted."""
        if self._counts is None:
            return {}
        sizes = self._counts.ledger.sizes
        return {
            one.name: sizes[one.name].members if one.name in sizes else 0
            for one in self._rules.defined
        }

    @property
    def waiting_triggers(self) -> dict[tuple[str, str], int]:
        """How many triggers wait for a policy, by segment and gate, where any do."""
        return {} if self._tally is None else self._tally.counts

    @property
    def counted(self) -> Ledger | None:
        """What is counted; None where the rules ask for no counts."""
        return None if self._counts is None else self._counts.ledger

    # -- looking at what is committed --------------------------------------------------------

    def peek(self, contact: str, at: int) -> Peek | None:
        """A copy of a contact as committed, at an instant of ``now`` or later; None: no state."""
        return peek(contact, at, self._committed)

    def leads_to(self, contact: str, at: int = FOREVER) -> str | None:
        """Into whom a contact was merged by an instant, as committed; None: it was not."""
        return self._identities.led_to(contact, at)

    def facts(self, product: str) -> ProductFacts | None:
        """What is committed of a product."""
        value = self._products.committed(product.encode())
        return None if value is None else ProductFacts.decode(value)

    def waiting(self, product: str) -> int:
        """About how many contacts have a product as a key."""
        return self._index.count(product)

    @property
    def _committed(self) -> Committed:
        stores = self._contacts, self._products, self._passes
        waits = self._lateness, self._stale_after
        instants = self._now_installed
        return Committed(self._rules, *stores, self._rule_pass, instants, waits, self._tables)

    # -- restore ---------------------------------------------------------------------------

    def load(self, key: bytes, value: bytes | None) -> None:
        """Take a record of the changelog.

        Raises StateError where it is none of this version's.
        """
        kind = key[:1]
        if kind == b"c":  # most of them
            self._contacts.load(key[1:], value)
        elif kind == b"p":
            one = self._fact_cache.one
            self._products.load(one(key[1:]), None if value is None else one(value))
        elif kind == b"w":
            self._passes.load(key[1:], value)
        elif kind == _NOW and value is not None:
            now = _decode(value)  # of a former version without the products' last change
            self._now_installed = (now, now + AHEAD_MS) if type(now) is int else tuple(now)
            self.now, self._evaluator.view.horizon = self._now_installed
        elif kind == COUNTS:
            if self._counts is None:
                self._drop(key, value)
            else:
                self._counts.ledger.load(key[1:], value)
        elif kind == ALERTS:
            if self._reporting is None or not self._reporting.load(key[1:], value):
                self._drop(key, value)
        elif kind == TABLES:
            if self._tables is None:
                self._drop(key, value)
            else:
                self._tables.load(key[1:], value)
        elif kind == LAYOUT:
            self._rule_pass.load(int(key[1:]), value)
        else:
            self._identities.load(kind, key[1:], value)

    def ready(self) -> None:
        """Build the timers, find the contacts of other layouts, and begin the index."""
        for store in (self._contacts, self._products, self._passes):
            store.loaded()
        self._fact_cache.loaded()
        if self._counts is not None:
            self._counts.ledger.loaded()
        if self._reporting is not None:
            self._reporting.loaded()
        self._identities.loaded()
        self._rule_pass.ready()
        if self._tables is not None:
            self._tables.loaded(self._rule_pass.layout)
        self._begin()
        is_mixed = not self._rule_pass.is_complete
        self._index.begin(self._rule_pass.layout, is_mixed=is_mixed)

    def _begin(self) -> None:
        """Start from what is at rest."""
        self._emission.now = self.now
        if self._counts is not None:
            self._counts.begin(self._rule_pass.layout)
        if self._reporting is not None:
            self._reporting.begin(self.now)
        self._timers.fill(by_due(self._contacts.resting))
        if self._tally is not None:
            self._tally.begin(self._rule_pass.layout, self._contacts.resting)
        if self._slice is None:
            self._rule_pass.work(None, self._touch)
            self._work_tables(None)
            self._emission.drain(self._outcomes)

    def _drop(self, key: bytes, value: bytes | None) -> None:
        """Have a record of the changelog go: nothing is counted any more, or no alert decided."""
        if value is not None:
            self._stale.append((key, None))

    def build(self, most: int | None) -> bool:
        """Build the index of who waits for which product; of the next ``most`` contacts."""
        return self._index.build(most)

    # -- records ---------------------------------------------------------------------------

    def apply(self, record: Event | ProductChange | Mail, wall: int | None) -> None:
        """Advance to the record's time, but not beyond its arrival, and apply the record. What a
        late one makes due is emitted at once, too. Mail moves no time: it waits for it.
        """
        if isinstance(record, Mail):
            self._receive(record, wall)
            return
        time, reaches = record.time, record.reaches
        emission, timers = self._emission, self._timers
        self._gate.wall = wall
        now = self.now
        if reaches > now:
            if self._reporting is not None and self._reporting.next < reaches:
                self._pass_minutes(reaches, self._slice)
                self._tell_minutes(reaches)
            if self._step_due <= reaches:
                self._step(reaches)
            self.now = emission.now = now = reaches
        told_by = now - self._lateness
        if timers.due <= told_by:
            self._emit_due(self._slice)
        if type(record) is Event:
            self._apply_event(record)
        elif type(record) is ProductChange:
            self._fan_out.apply(record, self._bring)
        if emission.queue:
            emission.drain(self._outcomes)
        if time < now and timers.due <= told_by:
            self._emit_due(self._slice)

    def _apply_event(self, event: Event) -> None:
        identities = self._identities
        if self._rules.unseen is not None:
            self._look_at(event.contact)
        if identities.is_used and not identities.admits(event, self.now):
            self._work_identities()
        else:
            self._apply_admitted(event)

    def _look_at(self, name: str) -> None:
        """Forget a contact who has an event after having been unseen for too long."""
        contact = self._contacts.get(name)
        if contact is not None:
            self._scheduler.prepare(contact, self.now - self._lateness)
            self._scheduler.schedule(contact)
            self._forget_unseen()

    def _forget_unseen(self) -> None:
        """Erase who has not been seen for so long that the rules have them forgotten."""
        unseen = self._rules.unseen
        found, self._scheduler.unseen = self._scheduler.unseen, []
        for name in found:
            contact = self._contacts.get(name)
            if unseen is None or contact is None or not contact.inside & unseen.bit:
                continue
            since: int = contact.slots[unseen.first_slot][ENTERED_AT]
            if since <= self.now - self._lateness:
                event = Event("contact_erased", name, since, {}, None, FORGOTTEN)
                self._identities.erase(event, self.now)
                self._work_identities()

    def _apply_admitted(self, event: Event) -> None:
        """Apply an event of a contact that is no stub."""
        if event.type in IDENTITY_EVENTS:
            self._apply_to_identity(event)
        else:
            self._apply_to_contact(event)

    def _receive(self, mail: Mail, wall: int | None) -> None:
        self._gate.wall = wall
        self._emission.now = self.now
        body = mail.body
        if isinstance(body, Report):
            if self._reporting is not None:
                self._reporting.receive(body, wall)
            return
        if isinstance(body, Census | TableSet):
            self._receive_tables(body)
            return
        if self._rules.unseen is not None:
            self._look_at(mail.to)
        self._identities.receive(mail, self.now)
        self._settle_mail()

    def _receive_tables(self, body: Census | TableSet) -> None:
        """Take what a partition wrote about tables; where no rule asks for any, it is dropped."""
        if self._tables is not None:
            self._tables.receive(body, self.now)
            if self._step_due <= self.now:
                self._step(self.now)

    @property
    def _step_due(self) -> int:
        """When ``now`` is to stop next on its way, as mail or a table waits for it."""
        due = self._identities.due
        return due if self._tables is None else min(due, self._tables.due)

    def _step(self, until: int) -> None:
        """Do what waits for ``now`` to come to an instant, each at its own."""
        identities, tables = self._identities, self._tables
        while (due := self._step_due) <= until:
            self.now = self._emission.now = until if due == -FOREVER else max(self.now, due)
            if self._timers.due <= self.now - self._lateness:
                self._emit_due(self._slice)
            if identities.due <= self.now:
                identities.deliver_due(self.now)
            elif tables is not None:
                tables.step(self.now, self._touch)
                if self._slice is None:
                    self._work_tables(None)
            self._settle_mail()

    def _work_tables(self, limit: int | None) -> int | None:
        """Go on with the census, and with bringing contacts under new tables."""
        tables = self._tables
        return limit if tables is None else tables.work(limit, self._touch)

    def _settle_mail(self) -> None:
        """Have what mail brought be told, and what it made due."""
        self._work_identities()
        self._emission.drain(self._outcomes)
        if self._timers.due <= self.now - self._lateness:
            self._emit_due(self._slice)

    def _work_identities(self) -> None:
        """Have contacts here get what they wrote to each other, and the host what is told of it."""
        self._identities.work(self.now)
        self._outcomes += self._identities.outcomes
        self._identities.outcomes = []

    def _apply_to_contact(self, event: Event) -> None:
        contacts, name = self._contacts, event.contact
        contact = contacts.live.get(name) or contacts.get(name)
        if contact is None:
            raw = name.encode()
            contact = new_contact(raw, self._rule_pass.layout)
            contacts.add(name, contact, raw)
            if self._tables is not None:
                self._tables.in_force.welcome(contact)
        if contact.is_duplicate(event):
            self._duplicates += 1
            return
        if self._slice is not None or self._passes.is_used:
            self._scheduler.prepare(contact, self.now - self._lateness)
        if self._tables is not None:
            self._tables.before(contact, event.time)
        rules = self._rules
        dispatch = rules.dispatches.get(event.type) or rules.dispatch(event.type)
        if rules.dated and event.type == "contact_updated":
            self._note_dates(event)
        self._applier.apply(contact, event, dispatch)
        self._scheduler.schedule(contact)
        if self._reporting is not None and self._counts is not None and is_activity(event.type):
            self._counts.be_active(contact)

    def _note_dates(self, event: Event) -> None:
        """Count the attributes that rules read as dates and that the event tells as none."""
        noted = self._evaluator.stage.noticed.unreadable_dates
        for path, names in self._rules.dated.items():
            value = field_at(event.data, names)
            if value is not None and read_date(value) is None:
                noted[path] = noted.get(path, 0) + 1

    def _touch(self, raw: bytes) -> None:
        """Bring a contact up to date."""
        self._bring(raw, None)

    def _bring(self, raw: bytes, change: Change | None) -> None:
        """Bring a contact up to date, then deliver a change."""
        contact = self._contacts.get(raw.decode())
        if contact is not None:
            self._scheduler.prepare(contact, self.now - self._lateness)
            if change is not None and self._tables is not None:
                self._tables.before(contact, change.since)
            if change is not None and self._evaluator.view.has_product(contact, change.product):
                self._evaluator.bring(contact, [change])
            self._scheduler.schedule(contact)

    def _apply_to_identity(self, event: Event) -> None:
        """Merge or erase; a merge is an event of the contact besides, where rules ask for it."""
        if event.type == "contact_erased":
            self._identities.erase(event, self.now)
            self._work_identities()
            return
        if self._rules.unseen is not None:
            self._look_at(event.data["from"])
        self._identities.merge(event, self.now)
        self._work_identities()  # where both are here, rules see one contact
        if self._rules.dispatch(event.type).is_asked_for:
            self._apply_to_contact(event)

    # -- time ------------------------------------------------------------------------------

    def advance(self, now: int, wall: int | None, limit: int | None = None) -> bool:
        """Emit what is due by ``now``, of at most ``limit`` contacts. True when nothing is left."""
        self._gate.wall = wall
        now = max(now, self.now)
        if now > self.now and self._reporting is not None and self._reporting.next < now:
            limit = self._pass_minutes(now, limit)
            if limit == 0:
                return False
        if now > -FOREVER and self._step_due <= now:
            self._emission.now = self.now
            self._step(now)
        self.now = self._emission.now = now
        if self._counts is not None and self._counts.ledger.publish_at <= self.now:
            self._counts.ledger.publish_at = FOREVER  # the batch that follows tells it
        if self._identities.is_used:
            self._identities.sweep(self.now)
        left = self._emit_due(limit)
        left = self._rule_pass.work(left, self._touch)
        left = self._work_tables(left)
        if self._scheduler.unseen:
            self._forget_unseen()
        finished = self._rule_pass.is_complete and self._fan_out.work(left, self._bring)
        finished = finished and (self._tables is None or self._tables.is_idle)
        finished = finished and self._step_due > now
        if finished and self._timers.due <= self.now - self._lateness:
            left = self._emit_due(left)
        self._emission.drain(self._outcomes)
        return finished and left != 0

    def _pass_minutes(self, until: int, limit: int | None) -> int | None:
        """Come to each minute before an instant, emit what is due by then, of ``limit`` contacts at
        most, and tell what is counted as of it; how much of the limit is left.
        """
        reporting = self._reporting
        assert reporting is not None
        while reporting.next < until and limit != 0:
            due = min(self._timers.due + self._lateness, self._step_due)
            if due <= reporting.next:
                if self._step_due <= reporting.next:
                    self._step(reporting.next)
                self.now = self._emission.now = reporting.next
                limit = self._emit_due(limit)
                due = min(self._timers.due + self._lateness, self._step_due)
            if limit != 0:
                self._tell_minutes(min(until, max(due, reporting.next + 1)))
        return limit

    def _tell_minutes(self, until: int) -> None:
        """Tell what is counted as of the minutes that are left before an instant."""
        reporting = self._reporting
        assert reporting is not None
        if reporting.next < until:
            reporting.tell(until, self._gate.wall)

    def _emit_due(self, count: int | None) -> int | None:
        """Emit what is due of ``count`` contacts at most; how much of the count is left."""
        left = self._scheduler.emit_due(count, self.now - self._lateness)
        if self._scheduler.unseen:
            self._forget_unseen()
        self._emission.drain(self._outcomes)
        return left

    # -- batches ---------------------------------------------------------------------------

    def take(self) -> Batch:
        """What came since the last take: outcomes in order, and changelog records."""
        changes = self._rule_pass.take()[:]
        contacts = self._contacts.take()
        if self._tally is not None:
            self._tally.forget(contacts)
        changes += contacts
        self._emission.drain(self._outcomes)
        changes += self._products.take()
        changes += self._passes.take()
        changes += self._stale
        news = None
        if self._counts is not None:
            if self._publishes:
                clock = self._gate.wall
                self._outcomes += self._counts.publish(self.now if clock is None else clock)
            changes += self._counts.ledger.take()
            news = self._counts.ledger.collect()
        if self._reporting is not None:
            self._outcomes += self._reporting.collect()
            changes += self._reporting.take()
        changes += self._identities.take()
        if self._tables is not None:
            changes += self._tables.take()
            self._outcomes += self._tables.outcomes
            self._tables.outcomes = []
        now = self.now, self._evaluator.view.horizon
        if now != self._now_installed:
            changes.append((_NOW, _encode(now)))
        noticed = self._evaluator.stage.noticed.take()
        erased, self._identities.dropped = self._identities.dropped, 0
        batch = Batch(
            self._outcomes, changes, self._outgrown, self._duplicates, noticed, news, erased,
            self._identities.buried,
        )  # fmt: skip
        self._outcomes, self._outgrown, self._duplicates = [], [], 0
        return batch

    def install(self) -> None:
        """What was taken is committed."""
        self._contacts.install()
        self._products.install()
        self._passes.install()
        self._identities.install()
        if self._tables is not None:
            self._tables.install()
        self._index.install()
        self._now_installed = self.now, self._evaluator.view.horizon
        self._rule_pass.install()
        self._stale = []
        if self._counts is not None:
            self._counts.ledger.install()
        if self._reporting is not None:
            self._reporting.install()

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self._contacts.rollback()
        self._products.rollback()
        self._passes.rollback()
        self._identities.rollback()
        if self._tables is not None:
            self._tables.rollback()
        self._rule_pass.rollback()
        if self._counts is not None:
            self._counts.rollback()
        if self._reporting is not None:
            self._reporting.rollback()
        self._index.rollback()
        self._outcomes, self._outgrown, self._duplicates = [], [], 0
        self._make_evaluators()
        self.now, self._evaluator.view.horizon = self._now_installed
        self._begin()  # what the batch took off the timers is due again

    def _encode_contact(self, contact: Contact) -> bytes:
        value, most = contact.encode(), self._most_bytes
        if most is not None and len(value) > most:
            # With room to grow, so that its next events need not make it smaller again.
            excess = len(value) - most * 9 // 10
            forgotten = shrink(contact, self._rules, self._evaluator, excess)
            self._outgrown.append((contact.id, forgotten))
            self._scheduler.schedule(contact)
            value = contact.encode()
        if self._tally is not None:
            self._tally.note(contact.raw, contact.waiting)
        return value

    def _decode_contact(self, key: bytes, value: bytes) -> Contact:
        contact = Contact.decode(key, value)
        if self._tables is not None:
            self._tables.in_force.dress(contact)
        if contact.layout == self._rule_pass.layout:
            contact.inside = self._rules.inside(contact.slots)
        else:
            self._rule_pass.bring(contact, self._evaluator, self.now)
            self._scheduler.schedule(contact)
        return contact
