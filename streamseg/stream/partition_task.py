"""Runs one partition of contacts: events[i] and signals[i], in the order of their times."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from streamseg.core.errors import Refused, StateError
from streamseg.core.events import arrive
from streamseg.formats.canonical import decode_event
from streamseg.kafka.partitioning import check_partition
from streamseg.stream.errors import EngineError, PoisonError, newer_record
from streamseg.stream.inputs import Input, SignalInput
from streamseg.stream.tasks import SLICE, DeadLetter, StreamTask

if TYPE_CHECKING:
    from streamseg.core.events import Event
    from streamseg.core.task import Task
    from streamseg.observe.stats import WorkerStats
    from streamseg.stream.offsets import Reached
    from streamseg.stream.topic_names import TopicNames


class PartitionTask(StreamTask):
    """Joins events[i] and signals[i]: the older of the next records is always applied first.

    In a backlog neither input runs ahead of what is still to be read of the other. So draining a
    backlog gives what a replay of the same records gives. At the same instant, a product's change
    comes before a contact's event. ``partitions`` is the number of partitions of events: each
    record must be in the one that its key belongs to. 0: it may be in any.
    """

    def __init__(
        self, core: Task, index: int, topics: TopicNames, stats: WorkerStats, partitions: int = 0
    ) -> None:
        self.events = Input("events", TopicPartition(topics.events, index))
        self.signals = SignalInput("signals", TopicPartition(topics.signals, index))
        changelog = TopicPartition(topics.changelog, index)
        super().__init__(core, (self.events, self.signals), changelog, stats)
        self._partitions = partitions
        self.gated = self.events
        self._head: Event | None = None  # decoded, but younger than the next signal

    def reached(self) -> Reached:
        reached = super().reached()
        reached.ahead = self.signals.ahead()
        return reached

    def committed(self) -> Reached:
        committed = super().committed()
        committed.ahead = self.signals.committed_ahead()
        return committed

    def begin(self, reached: Reached) -> None:
        super().begin(reached)
        self.signals.begin_ahead(reached.offsets["signals"], reached.ahead)

    def _restarted(self) -> None:
        super()._restarted()
        self._head = None

    def _chunk(self, limit: int, wall: int, deadline: float) -> int:
        signals = self.signals
        if signals.refused:
            self.letters += [DeadLetter(*refused) for refused in signals.refused]
            signals.refused.clear()
            self.touched = True
        done = 0
        while signals.mail and done < limit:
            self._apply_mail(wall)
            done += 1
            if monotonic() >= deadline:
                return done
        while done < limit:
            head = signals.head()
            if head is None:
                if signals.at_end:
                    done += self._apply_events(limit - done, wall, None)
                return done
            if not self._may_apply(head[0]):
                done += self._apply_events(limit - done, wall, head[0])
                if not self._may_apply(head[0]):
                    return done
            if not self._apply_signal(head, wall):
                return done
            done += 1
            if monotonic() >= deadline:  # it may concern many contacts
                return done
        return done

    def _apply_mail(self, wall: int) -> None:
        """Apply mail at once: it does not advance time, and waits in the state where it has to."""
        offset, mail = self.signals.mail[0]
        try:
            self.core.apply(mail, wall)
        except StateError as error:
            raise newer_record(self.signals.tp, offset, error) from error
        except Exception as error:
            self.touched = True
            raise EngineError(f"on mail at {self.signals.tp}, offset {offset}", error) from error
        self.signals.pop_mail()
        self._last = (self.signals.tp, offset)

    def _may_apply(self, time: int) -> bool:
        """Whether no event before ``time`` is buffered or still to be read."""
        if self._head is not None:
            return self._head.reaches >= time
        return self.events.drained

    def _apply_signal(self, head: tuple[int, int, Any], wall: int) -> bool:
        """Apply a product's change; False where more is due before it than fits into this cycle."""
        reaches, offset, change = head
        core = self.core
        due = core.due
        if due is not None and due <= reaches and not self._told_until(reaches, wall):
            return False
        try:
            core.apply(change, wall)
        except Exception as error:
            self.touched = True
            raise PoisonError(self.signals.tp, offset, error) from error
        self.signals.pop()
        self._last = (self.signals.tp, offset)
        return True

    def _apply_events(self, limit: int, wall: int, until: int | None) -> int:
        """Apply buffered events that are older than ``until`` (None: all); returns how many records
        are done.
        """
        source, core = self.events, self.core
        records, index = source.records, source.next
        first, stop = index, min(index + limit, len(records))
        apply, event = core.apply, self._head
        parked = source.parked
        self._head = None
        try:
            while index < stop:
                record = records[index]
                if event is None:
                    if parked and record.offset in parked:
                        self.letters.append(DeadLetter(record, parked[record.offset]))
                        self._has_parked = True
                        index += 1
                        break
                    event = self._decode(record)
                    if event is None:
                        index += 1
                        continue
                reaches = event.reaches
                if until is not None and reaches >= until:
                    break
                due = core.due
                if due is not None and due <= reaches and not self._told_until(reaches, wall):
                    break
                apply(event, wall)
                event = None
                index += 1
        except EngineError:
            raise
        except Exception as error:
            self.touched = True
            raise PoisonError(source.tp, records[index].offset, error) from error
        self._head = event
        source.next = index
        if index > first:
            self._last = (source.tp, records[index - 1].offset)
        self._stats.consumed["events"] += index - first
        return index - first

    def _decode(self, record: Any) -> Event | None:
        """The event in a record; None where it is refused."""
        try:
            event = decode_event(record.value, record.key, self._stats.ignored)
            if self._partitions:
                check_partition(record.key, self.events.tp.partition, self._partitions)
        except Refused as error:
            self.letters.append(DeadLetter(record, error))
            return None
        if arrive(event, record.timestamp):
            self.moved += 1
        if event.id is None:
            topic, partition = self.events.tp
            event.name = f"{topic}-{partition}-{record.offset}"
        return event

    def _told_until(self, time: int, wall: int) -> bool:
        """Emit what is due before a record that advances time to ``time``, for one slice of
        contacts; False if more is left.

        The record then waits for the next cycle, so that a hundred thousand contacts that are due
        at once hold up neither other partitions nor the heartbeat. A pass that delivers a product's
        change is due at ``now`` itself; records need not wait for that.
        """
        core = self.core
        due = core.due
        waits = core.must_wait(time)
        if not waits and (due is None or due > time or due == core.now):
            return True
        self.touched = True
        is_done = self._advance(time, wall, SLICE)
        return is_done or (core.due == core.now and not core.must_wait(time))
