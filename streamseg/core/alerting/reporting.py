"""A partition's part in alerts: as of each minute of its time it tells what it counts.

As of a minute is what was counted by then, events at the very millisecond included: so it is told
when ``now`` is past it. What is the same for several minutes is one report, and so is all time
before a partition counted anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from streamseg.core.alerting.reports import MINUTE_MS
from streamseg.core.alerting.watch import Watch
from streamseg.core.counting.figures import Size
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.terms import Alert
from streamseg.core.features.base import FOREVER
from streamseg.core.mail import Mail, Report

_NOTHING: Final = Size()


class Reporting:
    """Tells of the counts in a ledger; ``next`` is the next minute.

    Partition 0 has the watch, and decides alerts. All others write to it.
    """

    def __init__(self, alerts: Sequence[Alert], ledger: Ledger) -> None:
        self.next = 0
        self._outcomes: list[Any] = []  # mail to partition 0
        self._alerts = alerts
        self._ledger = ledger
        self._segments = sorted({one.segment for one in alerts})
        self._number = 0
        self._watch: Watch | None = Watch(alerts, 1)

    def live_in(self, number: int, partitions: int) -> None:
        """This is the partition of a number, of so many."""
        self._number = number
        self._watch = Watch(self._alerts, partitions) if number == 0 else None

    def begin(self, now: int) -> None:
        """All minutes before ``now`` are told; none, where nothing ever came."""
        self.next = 0 if now == -FOREVER else -(-now // MINUTE_MS) * MINUTE_MS
        if self._watch is not None:
            self._watch.begin()

    def tell(self, until: int, wall: int | None) -> None:
        """Tell the counts as of all minutes that are left before an instant, of which there are."""
        first, last = self.next, (until - 1) // MINUTE_MS * MINUTE_MS
        self.next = last + MINUTE_MS
        sizes = self._ledger.sizes
        counts: dict[str, list[int]] = {}
        for name in self._segments:
            size = sizes.get(name, _NOTHING)
            counts[name] = [size.members, size.entered, size.fired, size.active]
        report = Report(self._number, first, last, counts)
        if self._watch is None:
            self._outcomes.append(Mail("", "", last, report))
        else:
            self._watch.receive(report, wall)

    def receive(self, report: Report, wall: int | None) -> None:
        """Take what another partition counted."""
        if self._watch is not None:
            self._watch.receive(report, wall)

    def raised(self) -> list[Alert]:
        """The alerts that are raised, as committed; only partition 0 knows of any."""
        return [] if self._watch is None else self._watch.raised()

    def collect(self) -> list[Any]:
        """What is to be told since the last call: mail, and alerts."""
        told, self._outcomes = self._outcomes, []
        if self._watch is not None:
            told += self._watch.outcomes
            self._watch.outcomes = []
        return told

    # -- as a store ------------------------------------------------------------------------

    def load(self, raw: bytes, value: bytes | None) -> bool:
        """Take a record of the changelog; whether anybody here needs it."""
        if self._watch is not None:
            self._watch.load(raw, value)
        return self._watch is not None

    def loaded(self) -> None:
        """All records were taken."""
        if self._watch is not None:
            self._watch.loaded()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch made another."""
        return [] if self._watch is None else self._watch.take()

    def install(self) -> None:
        """What was taken is committed."""
        if self._watch is not None:
            self._watch.install()

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self._outcomes = []
        if self._watch is not None:
            self._watch.rollback()
