"""An input partition: what is fetched of it, what is applied, and where its end is."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

from streamseg.core.errors import Refused, StateError
from streamseg.core.identity.mail import Mail
from streamseg.formats.signals import decode_signal
from streamseg.stream.errors import newer_record

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streamseg.core.messages.outcomes import ProductChange

CAPACITY: Final = 10_000  # records that are buffered before polling pauses
SORT_WINDOW: Final = 10_000  # product changes held while more of them are still to be read


class Input:
    """One topic-partition that a task reads. Offsets are those of Kafka.

    - ``position``: the next offset to fetch; ``reached``: the next to apply
    - ``end``: the last stable offset that a fetch saw, at the wall clock ``seen_ms``; None where
      the answer may be from before a pause
    - ``stable``: the last stable offset, however old the answer; ``written``: the offset of the
      next record to be written, behind open transactions. Both are for the lag
    - ``target``: the input does not count as read to its end before this offset
    - ``parked``: records that are not applied, by offset, and why
    """

    __slots__ = (
        "committed",
        "end",
        "name",
        "next",
        "parked",
        "position",
        "records",
        "seen_ms",
        "stable",
        "target",
        "tp",
        "written",
    )

    def __init__(self, name: str, tp: TopicPartition) -> None:
        self.name = name
        self.tp = tp
        self.records: list[Any] = []
        self.parked: dict[int, Refused] = {}  # by offset: records that are not applied, and why
        self.next = 0  # index of the first record in ``records`` that is not applied
        self.position = 0
        self.committed = 0
        self.end: int | None = None
        self.target = 0  # not read to the end before this offset, whatever a fetch says
        self.seen_ms = 0
        self.stable = self.written = 0

    def extend(self, records: list[Any]) -> None:
        """Take fetched records, in offset order."""
        if self.next:
            del self.records[: self.next]
            self.next = 0
        self.records += records

    def observe(self, position: int, end: int | None, seen_ms: int | None) -> None:
        """Note the consumer's position, and the end that its last fetch saw, if known."""
        self.position = position
        self.end = end
        self.seen_ms = seen_ms or 0

    def note_ends(self, stable: int | None, written: int | None) -> None:
        """Note the ends of the log that a fetch has told; they only grow."""
        self.stable = max(self.stable, stable or 0)
        self.written = max(self.written, written or 0, self.stable)

    @property
    def lag(self) -> int:
        """How many offsets are written, as far as known, and not applied."""
        return max(0, self.written - self.reached)

    @property
    def unstable(self) -> int:
        """How many of the ``lag`` cannot be read yet, as an open transaction is before them."""
        return max(0, self.written - max(self.stable, self.reached))

    @property
    def pending(self) -> int:
        """How many records are fetched and not applied."""
        return len(self.records) - self.next

    @property
    def wants_more(self) -> bool:
        """Whether to poll it: not while it has `CAPACITY` records buffered."""
        return self.pending < CAPACITY

    @property
    def at_end(self) -> bool:
        """Whether all there was at the last fetch is fetched.

        Transaction markers take offsets too: positions are compared, never counts.
        """
        return self.end is not None and self.position >= self.end and self.position >= self.target

    @property
    def drained(self) -> bool:
        """Whether all there was at the last fetch is applied."""
        return self.next == len(self.records) and self.at_end

    @property
    def reached(self) -> int:
        """The next offset to apply."""
        if self.next < len(self.records):
            offset: int = self.records[self.next].offset
            return offset
        return self.position

    def begin(self, offset: int) -> None:
        """Start at ``offset`` in a new assignment; the end is not known yet."""
        self.committed = offset
        self.parked = {}
        self.target = 0
        self.restart()

    def commit(self) -> None:
        """Note that all that is applied is committed."""
        self.committed = self.reached
        if self.parked:
            self.parked = {at: why for at, why in self.parked.items() if at >= self.committed}

    def restart(self) -> None:
        """Forget what was fetched: the consumer is sent back to the last commit."""
        self.records = []
        self.next = 0
        self.position = self.committed
        self.end = None
        self.seen_ms = 0


class SignalInput(Input):
    """The signals of a partition: product changes are sorted by time within a window.

    Several catalog partitions write into one signals partition, each in its own order; in a
    backlog one may be hours ahead of another. So a signal may be applied before another one with
    a lower offset: ``reached`` is the first offset that is not applied, and ``ahead`` names the
    later ones that are (see offsets). Mail is not sorted: it comes out in the order of offsets.
    """

    __slots__ = (
        "_ahead",
        "_applied",
        "_heap",
        "_offsets",
        "_oldest",
        "_read",
        "_runs",
        "mail",
        "refused",
    )

    def __init__(self, name: str, tp: TopicPartition) -> None:
        super().__init__(name, tp)
        self._heap: list[tuple[int, int, ProductChange]] = []
        self._offsets: list[int] = []  # offsets fetched, ascending
        self._oldest = 0  # index in these of the first offset that is not applied
        self._applied = bytearray()  # for each of these, whether it is applied: 0 or 1
        self._runs: list[int] | None = []  # the answer of ``ahead``; None: not known
        self._ahead: list[int] = []  # ``ahead`` as of the last commit
        self._read = -1  # the last offset fetched
        self.refused: list[tuple[Any, Refused]] = []
        self.mail: deque[tuple[int, Mail]] = deque()  # with offsets

    def begin_ahead(self, offset: int, ahead: list[int]) -> None:
        """Start at ``offset``; the runs of offsets ``ahead`` are applied already."""
        self._ahead = ahead
        self.begin(offset)

    def extend(self, records: list[Any]) -> None:
        """Decode and sort records; what is no signal goes to ``refused``.

        Raises StateError for a signal of a newer version.
        """
        heap, offsets, applied = self._heap, self._offsets, self._applied
        for record in records:
            offset = self._read = record.offset
            offsets.append(offset)
            applied.append(1)
            if self._ahead and _within(self._ahead, offset):
                continue
            if offset in self.parked:
                self.refused.append((record, self.parked[offset]))
                continue
            try:
                signal = decode_signal(record.value)
            except Refused as error:
                self.refused.append((record, error))
            except StateError as error:
                raise newer_record(self.tp, offset, error) from error
            else:
                if signal is None:
                    continue
                applied[-1] = 0
                if isinstance(signal, Mail):
                    self.mail.append((offset, signal))
                else:
                    heappush(heap, (signal.reaches, offset, signal))
        self._runs = None
        self._pass_applied()

    def head(self) -> tuple[int, int, ProductChange] | None:
        """The change to apply next; None where there is none, or an older one may still come."""
        heap = self._heap
        if heap and (self.at_end or len(heap) >= SORT_WINDOW):
            return heap[0]
        return None

    def pop(self) -> None:
        """Note that the head is applied."""
        self._note_applied(heappop(self._heap)[1])

    def pop_mail(self) -> None:
        """Note that the first mail is applied."""
        self._note_applied(self.mail.popleft()[0])

    def _note_applied(self, offset: int) -> None:
        oldest = self._oldest
        if offset != self._offsets[oldest]:
            oldest = bisect_left(self._offsets, offset, oldest)
        self._applied[oldest] = 1
        self._runs = None
        if oldest == self._oldest:
            self._pass_applied()

    def _pass_applied(self) -> None:
        oldest = self._applied.find(0, self._oldest)
        if oldest < 0 or oldest > SORT_WINDOW:
            count = len(self._offsets) if oldest < 0 else oldest
            del self._offsets[:count], self._applied[:count]
            oldest = 0
        self._oldest = oldest

    @property
    def wants_more(self) -> bool:
        """Whether to poll it: at least until the window is full."""
        return len(self._heap) < SORT_WINDOW

    @property
    def pending(self) -> int:
        """Changes and mail fetched and not applied."""
        return len(self._heap) + len(self.mail)

    @property
    def drained(self) -> bool:
        """Whether all there was at the last fetch is applied."""
        return not self._heap and not self.mail and self.at_end

    @property
    def reached(self) -> int:
        """The first offset not applied."""
        return self._offsets[self._oldest] if self._oldest < len(self._offsets) else self.position

    def ahead(self) -> list[int]:
        """The runs of offsets behind ``reached`` that are applied: first and last of each."""
        if self._runs is None:
            self._runs = self._find_runs()
        return self._runs

    def _find_runs(self) -> list[int]:
        offsets, applied = self._offsets, self._applied
        runs: list[int] = []
        first = applied.find(1, self._oldest)
        while first >= 0:
            after = applied.find(0, first)
            runs += (offsets[first], offsets[after - 1 if after >= 0 else -1])
            first = applied.find(1, after) if after >= 0 else -1
        return runs + _after(self._ahead, self._read) if self._ahead else runs

    def commit(self) -> None:
        """Note that all that is applied is committed."""
        super().commit()
        self._ahead = self.ahead()

    def committed_ahead(self) -> list[int]:
        """The runs ``ahead`` of the last commit."""
        return self._ahead

    def restart(self) -> None:
        """Forget what was fetched: the consumer is sent back to the last commit."""
        super().restart()
        self._heap.clear()
        self.mail.clear()
        self._offsets.clear()
        self._applied.clear()
        self.refused.clear()
        self._oldest = 0
        self._runs = None
        self._read = self.committed - 1


def _within(runs: list[int], offset: int) -> bool:
    """Whether an offset is in one of the runs, which are in order."""
    index = bisect_left(runs, offset)
    return index < len(runs) and (index % 2 == 1 or runs[index] == offset)


def _after(runs: list[int], offset: int) -> list[int]:
    """The parts of the runs behind an offset."""
    rest: list[int] = []
    for first, last in zip(runs[::2], runs[1::2], strict=True):
        if last > offset:
            rest += (max(first, offset + 1), last)
    return rest
