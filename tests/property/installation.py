"""Several partitions of one installation, without a broker: events and mail go home."""

from collections import defaultdict, deque
from collections.abc import Sequence
from zlib import crc32

from streamseg.core.events import Event, ProductEvent
from streamseg.core.features.base import FOREVER
from streamseg.core.identity.identity_state import Home
from streamseg.core.identity.mail import Mail, Report
from streamseg.core.messages.outcomes import AlertNews
from streamseg.core.partition import Partition
from streamseg.core.products.catalog import Catalog
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.tables.mail import TableMail, TableSet
from streamseg.formats.alerts import encode_alert_value
from streamseg.formats.outbound import encode_value
from streamseg.formats.signals import decode_signal, encode_mail_record, encode_table_mail


def home_of(contact: str, count: int) -> int:
    return crc32(contact.encode()) % count


class Installation:
    """``told`` is what was told, by stream, ``tables`` those that were made, ``dropped`` how much
    of the erased was. ``restarts``: each partition is restarted from its changelog after every
    commit. Work over all contacts is done in slices of ``slice_size``. ``given`` are tables that
    hold, so that none are made. ``one_log``: all mail to a partition is in the order in which it
    was written, as in Kafka; otherwise only what one partition wrote is.
    """

    def __init__(
        self,
        rules: RuleSet,
        count: int,
        lateness: int = 0,
        *,
        restarts: bool = False,
        slice_size: int | None = None,
        given: Sequence[TableSet] | None = None,
        one_log: bool = False,
    ) -> None:
        self.count = count
        self._one_log = one_log
        self.told: dict[str, list[bytes]] = defaultdict(list)
        self.channels: dict[tuple[int, int], deque[bytes]] = defaultdict(deque)
        self.tables: list[TableSet] = []
        self.table_mail = 0  # tables that were told to other partitions
        self.dropped = 0
        self.rules = rules
        self._lateness = lateness
        self._restarts = restarts
        self._slice = slice_size
        self._given = given
        self._catalog = Catalog()
        self.logs: list[dict[bytes, bytes]] = [{} for _ in range(count)]
        self.partitions = [self._start(index) for index in range(count)]

    def _start(self, index: int) -> Partition:
        home = Home(lambda contact: home_of(contact, self.count) == index)
        partition = Partition(self.rules, self._lateness, slice_size=self._slice)
        partition.live_in(home, index, self.count)
        for key, value in self.logs[index].items():
            partition.load(key, value)
        partition.ready()
        if self._given is not None:
            partition.give_tables(self._given)
        return partition

    # -- in order ----------------------------------------------------------------------------

    def feed(self, event: Event | ProductEvent) -> None:
        """Read an event when all partitions are where time is, and deliver all mail it brings."""
        self._advance(event.reaches)
        self.deliver_all()  # what time alone brought
        self.read(event)
        self.deliver_all()

    def end(self, now: int) -> None:
        """Advance all partitions to an instant."""
        self._advance(now)
        self.deliver_all()

    def _advance(self, now: int) -> None:
        """Advance all partitions, a slice in a transaction."""
        for index in range(self.count):
            finished = False
            while not finished:
                finished = self.partitions[index].advance(now, None, self._slice)
                self.commit(index)

    def deliver_all(self) -> None:
        while any(self.channels.values()):
            for source, target in sorted(self.channels):
                while self.channels[source, target]:
                    self.deliver(source, target)

    # -- hop by hop --------------------------------------------------------------------------

    def read(self, event: Event | ProductEvent) -> None:
        """Have an event's home apply it, and commit; what changes of a product, all partitions."""
        if isinstance(event, ProductEvent):
            self._catalog.apply(event, None)
            changes = self._catalog.take().outcomes
            self._catalog.install()
            for index, partition in enumerate(self.partitions):
                for change in changes:
                    partition.apply(change, None)
                self.commit(index)
            return
        index = home_of(event.contact, self.count)
        self.partitions[index].apply(event, None)
        self.commit(index)

    def deliver(self, source: int, target: int) -> None:
        """Deliver the first mail that one partition wrote to another, and commit."""
        mail = decode_signal(self.channels[source, target].popleft())
        assert isinstance(mail, Mail)
        self.partitions[target].apply(mail, None)
        self.commit(target)

    def commit(self, index: int) -> None:
        """A transaction: what is told, mail, and state."""
        partition = self.partitions[index]
        batch = partition.take()
        partition.install()
        self.dropped += batch.erased
        for key, value in batch.changes:
            if value is None:
                self.logs[index].pop(key, None)
            else:
                self.logs[index][key] = value
        for outcome in batch.outcomes:
            if isinstance(outcome, Mail):
                is_report = isinstance(outcome.body, Report)
                target = 0 if is_report else home_of(outcome.to, self.count)
                assert target != index
                source = target if self._one_log else index
                self.channels[source, target].append(encode_mail_record(outcome)[1])
            elif isinstance(outcome, AlertNews):
                self.told["alerts"].append(encode_alert_value(outcome))
            elif isinstance(outcome, TableSet):
                self.tables.append(outcome)
            elif isinstance(outcome, TableMail):
                assert outcome.to != index
                self.table_mail += isinstance(outcome.body, TableSet)
                self.channels[index, outcome.to].append(encode_table_mail(outcome)[1])
            else:
                self.told[outcome.stream].append(encode_value(outcome))
        if self._restarts:
            self.restart(index)

    def restart(self, index: int) -> None:
        """Restore a partition from its changelog, under the rules as they are by now."""
        self.partitions[index] = self._start(index)


def told_by(
    rules: RuleSet, events: Sequence[Event | ProductEvent], count: int, until: int, **options: int
) -> dict[str, list[bytes]]:
    """What so many partitions tell of events that are read in order, whichever of them told it."""
    installation = Installation(rules, count, **options)
    for event in events:
        assert event.arrival > FOREVER // 2
        installation.feed(event)
    installation.end(until)
    return {stream: sorted(told) for stream, told in installation.told.items()}
