"""The task of a partition of contacts: events, product changes and mail in, outcomes out."""

from __future__ import annotations

from collections.abc import Iterable

from streamseg.core.counting.figures import TopRecord
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.terms import Alert
from streamseg.core.date_tally import DateTally
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER
from streamseg.core.identity.forgetting import Forgetting
from streamseg.core.identity.graves import REMEMBERED_MS
from streamseg.core.identity.identity_state import Home
from streamseg.core.identity.mail import Mail, Report
from streamseg.core.intake import Intake
from streamseg.core.messages.outcomes import Batch, ProductChange
from streamseg.core.partition_state import PartitionState
from streamseg.core.peek import Peek, peek
from streamseg.core.pipeline import Pipeline
from streamseg.core.products.fact_cache import FactCache
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.stream_time import StreamTime
from streamseg.core.tables.mail import Census, TableSet
from streamseg.core.tables.preview import TablePreview


class Partition:
    """The contacts of one partition: their state, and the stages that records go through.

    ``lateness`` and ``stale_after`` in ms. A product change that concerns more than ``slice_size``
    contacts is delivered in slices by ``advance``; None: always at once, as a replay does. The
    partitions of one worker may share a ``fact_cache``. A contact that takes more than
    ``most_bytes`` at rest is shrunk (None: there is no limit). With ``publishes`` the outcomes
    include records of what the partition counted.
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
        self._state = PartitionState(rules, lateness, slice_size, fact_cache, most_bytes)
        self._stale_after = stale_after
        self._slice = slice_size
        self._publishes = publishes
        self._make_pipeline()

    def _make_pipeline(self) -> None:
        """Make everything that is not state. It is made again after a rollback, since a record may
        have failed half way.
        """
        state, slice_size = self._state, self._slice
        self._pipeline = pipeline = Pipeline(state, self._stale_after, slice_size)
        forgetting = Forgetting(state, pipeline.scheduler, pipeline.identities)
        self._intake = Intake(state, pipeline, forgetting, is_sliced=slice_size is not None)
        self._time = StreamTime(state, pipeline, self._intake, forgetting, slice_size)

    def live_in(self, home: Home, number: int = 0, partitions: int = 1) -> None:
        """Set that this is partition ``number`` of ``partitions``, and which contacts are at home
        here. What concerns contacts of other partitions leaves as `Mail`. Partition 0 decides the
        alerts and makes the quantile tables for all partitions.
        """
        state = self._state
        state.ids.live_in(home)
        if state.reporting is not None:
            state.reporting.live_in(number, partitions)
        if state.tables is not None:
            state.tables.live_in(number, partitions)

    def remember_erasures(self, kept_ms: int | None) -> None:
        """Remember erasures for as long as events are kept and may be read again (``kept_ms``;
        None: for ever), and for 30 days at least.
        """
        remember = FOREVER if kept_ms is None else max(REMEMBERED_MS, kept_ms)
        self._state.ids.graves.remember = remember

    def give_tables(self, tables: Iterable[TableSet]) -> None:
        """Use these quantile tables, and make none here; called after ``ready``."""
        if self._state.tables is not None:
            self._state.tables.give(tables)

    def preview_tables(self, preview: TablePreview) -> None:
        """Count all contacts to find out what the next quantile tables would be."""
        if self._state.tables is not None:
            self._state.tables.preview(preview)

    def tally_dates(self, tally: DateTally) -> None:
        """Have the dates of all contacts counted, as committed."""
        contacts = self._state.contacts
        walk = contacts.walk(b"")
        while (raw := walk.next()) is not None:
            contact = contacts.get(raw.decode())
            if contact is not None:
                tally.count(contact)

    # -- what a host sees ------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The time of this partition (ms): the latest time of its records or
        of the host's clock.
        """
        return self._state.now

    @property
    def due(self) -> int | None:
        """The earliest ``now`` at which ``advance`` may emit something; None: never."""
        due = self._time.due
        return due if due < FOREVER else None

    def must_wait(self, instant: int) -> bool:
        """Whether ``advance`` has work to end before a record of an instant may be applied."""
        return self._time.must_wait(instant)

    @property
    def contacts(self) -> int:
        """Contacts with state."""
        return len(self._state.contacts)

    @property
    def state_bytes(self) -> int:
        """Bytes of keys and values at rest."""
        return self._state.contacts.size + self._state.products.size

    @property
    def timers(self) -> int:
        """About how many contacts have a next due instant."""
        return len(self._state.timers)

    @property
    def remembers_erasures(self) -> bool:
        """Whether there is a grave: some contact was erased here and its grave is still kept."""
        return self._state.ids.graves.store.is_used

    @property
    def members(self) -> dict[str, int]:
        """The number of members of each segment; empty if the rules ask for no counts."""
        state = self._state
        if state.counts is None:
            return {}
        ledger = state.counts.ledger
        return {one.name: ledger.members(one.name) for one in state.rules.defined}

    @property
    def waiting_triggers(self) -> dict[tuple[str, str], int]:
        """How many triggers wait for a policy, by segment and gate."""
        return {} if self._state.tally is None else self._state.tally.counts

    @property
    def unaware(self) -> dict[str, int]:
        """By segment, the number of contacts for which something that the segment asks about was
        not remembered before. Only contacts that are still to be brought to the rules count.
        """
        return self._state.rule_pass.unaware()

    @property
    def counted(self) -> Ledger | None:
        """The counters; None where the rules ask for no counts."""
        return None if self._state.counts is None else self._state.counts.ledger

    @property
    def viewed(self) -> TopRecord | None:
        """How often each product has been viewed; None if the rules do not ask for it."""
        return None if self._state.views is None else self._state.views.top(self._state.now)

    # -- looking at what is committed --------------------------------------------------------

    def raised(self) -> list[Alert]:
        """The alerts that are raised, for all partitions together; only partition 0 has any."""
        return [] if self._state.reporting is None else self._state.reporting.raised()

    def peek(self, contact: str, at: int) -> Peek | None:
        """A copy of a contact as committed, evaluated up to ``at`` (``now`` or later); None where
        the contact has no state.
        """
        return peek(contact, at, self._state, self._stale_after)

    def leads_to(self, contact: str, at: int = FOREVER) -> str | None:
        """The id that a contact had been merged into by ``at``, as committed; None if it was not
        merged.
        """
        return self._state.ids.led_to(contact, at)

    def merged_into(self, contact: str) -> list[str]:
        """The ids that were merged into a contact, as committed."""
        return self._state.ids.merged_into(contact)

    def facts(self, product: str) -> ProductFacts | None:
        """The committed facts of a product; None where nothing is known of it."""
        value = self._state.products.committed(product.encode())
        return None if value is None else ProductFacts.decode(value)

    def contacts_having(self, product: str) -> int:
        """About how many contacts have a product as a key."""
        return self._state.index.count(product)

    # -- restore ---------------------------------------------------------------------------

    def load(self, key: bytes, value: bytes | None) -> None:
        """Read a record of the changelog.

        Raises StateError where this version does not know it.
        """
        self._state.load(key, value)

    def ready(self) -> None:
        """Build the timers, find the contacts that rest under other layouts,
        and begin the index.
        """
        state = self._state
        state.loaded()
        self._time.begin()
        rule_pass = state.rule_pass
        state.index.begin(rule_pass.layout, is_mixed=not rule_pass.is_complete)

    def build(self, limit: int | None) -> bool:
        """Read the next ``limit`` contacts (None: all) into the product index;
        True when complete.
        """
        return self._state.index.build(limit)

    # -- records ---------------------------------------------------------------------------

    def apply(self, record: Event | ProductChange | Mail, wall: int | None) -> None:
        """Advance to the record's time, but not beyond its arrival, then apply the record. If a
        late record makes something due, it is emitted at once. Mail does not advance the time.
        """
        pipeline = self._pipeline
        pipeline.firing.wall = wall
        if isinstance(record, Event):  # first: whether it is `Mail` takes 780 instructions to ask
            self._time.reach(record.reaches)
            self._intake.apply(record)
        elif isinstance(record, Mail):
            self._receive(record, wall)
            return
        else:
            self._time.reach(record.reaches)
            self._intake.change(record)
        if record.time < self._state.now:
            self._time.emit()
        elif pipeline.emission.queue:
            pipeline.emission.drain(pipeline.outcomes)

    def _receive(self, mail: Mail, wall: int | None) -> None:
        body = mail.body
        if isinstance(body, Report):
            if self._state.reporting is not None:
                self._state.reporting.receive(body, wall)
        elif isinstance(body, Census | TableSet):
            self._time.receive(body)
        else:
            self._intake.receive(mail)
            self._time.emit()

    def advance(self, now: int, wall: int | None, limit: int | None = None) -> bool:
        """Emit what is due by ``now``, for at most ``limit`` contacts. True
        when nothing is left.
        """
        self._pipeline.firing.wall = wall
        return self._time.advance(now, limit)

    # -- batches ---------------------------------------------------------------------------

    def take(self) -> Batch:
        """The outcomes since the last take, in order, and the changelog records."""
        state, pipeline = self._state, self._pipeline
        changes = state.take_contacts()
        pipeline.emission.drain(pipeline.outcomes)  # shrinking a contact may have emitted some
        outcomes = pipeline.take_outcomes()
        ledger = self.counted
        if self._publishes:
            wall = pipeline.firing.wall
            outcomes += state.publish(state.now if wall is None else wall)
        if state.reporting is not None:
            outcomes += state.reporting.collect()
        changes += state.take_others(pipeline.evaluator.visible.horizon)
        if state.tables is not None:
            outcomes += state.tables.collect()
        batch = Batch(
            outcomes,
            changes,
            outgrown=state.waking.outgrown,
            duplicates=self._intake.duplicates,
            rule_metrics=pipeline.evaluator.policy_stage.rule_metrics.take(),
            news=None if ledger is None else ledger.collect(),
            erased=state.ids.dropped,
            buried=state.ids.buried,
        )
        state.waking.outgrown, state.ids.dropped, self._intake.duplicates = [], 0, 0
        return batch

    def install(self) -> None:
        """The outcomes and records of the last ``take`` are committed."""
        self._state.install(self._pipeline.evaluator.visible.horizon)

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self._state.rollback()
        self._make_pipeline()
        self._time.begin()  # the batch took entries off the timers: fill them anew
