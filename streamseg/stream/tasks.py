"""The base of the tasks that run one partition each: they feed records to the engine.

All of it is synchronous. The cycle calls ``step`` and ``tick``, commits what ``collect`` gives, and
then calls ``installed`` or ``rolled_back``.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streamseg.stream.errors import EngineError, PoisonError, UnsureError, shown
from streamseg.stream.losses import StateLog
from streamseg.stream.offsets import Reached

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streamseg.core.errors import Refused
    from streamseg.core.messages.outcomes import Batch
    from streamseg.core.task import Task
    from streamseg.observe.stats import WorkerStats
    from streamseg.stream.inputs import Input

CHUNK: Final = 256  # records between two looks at the clock
SLICE: Final = 250  # contacts in one call of the engine


class DeadLetter(NamedTuple):
    """A record that the format refused, and why."""

    record: Any
    error: Refused


class StreamTask:
    """One partition of state with its inputs. ``tp`` is the input whose owner runs the task."""

    def __init__(
        self, core: Task, inputs: tuple[Input, ...], changelog: TopicPartition, stats: WorkerStats
    ) -> None:
        self.core = core
        self.inputs = inputs
        self.tp = inputs[0].tp
        self.kind = inputs[0].name
        self.gated: Input | None = None  # the input that waits for the catalog at the start
        self.changelog = changelog
        self.log = StateLog("", 0)  # the changelog as it was when its state was complete
        self.letters: list[DeadLetter] = []
        self.touched = False  # whether it has something to commit
        self.rolls = False  # whether the next batch writes a record without a meaning, see rolling
        self._suspects = 0  # records still to come, one of which the engine fails on
        self._most = 0  # how many of these to apply and commit at once
        self._applied = 0  # records since the last commit
        self._last: tuple[TopicPartition, int] | None = None  # the last record applied
        self._has_parked = False  # a parked record was passed: commit before more is applied
        self.moved = 0  # events since the start whose time was moved to their arrival
        self._stats = stats

    def step(self, limit: int, wall: int, deadline: float) -> int:
        """Apply up to ``limit`` buffered records, until ``deadline`` (monotonic, s).

        Returns how many. ``wall`` is the wall clock in ms. Raises PoisonError and EngineError.
        """
        applied = 0
        self._has_parked = False
        if self._suspects:
            limit = min(limit, self._most - self._applied)
        while applied < limit and not self._has_parked:
            count = self._chunk(min(CHUNK, limit - applied), wall, deadline)
            if not count:
                break
            applied += count
            if monotonic() >= deadline:
                break
        if applied:
            self.touched = True
            self._applied += applied
        return applied

    def _chunk(self, limit: int, wall: int, deadline: float) -> int:
        raise NotImplementedError

    @property
    def now(self) -> int:
        """The time to advance to (ms): stream time; or, where the inputs are read to their ends,
        the wall clock of the fetches that saw those ends.
        """
        now = self.core.now
        if all(source.drained for source in self.inputs):
            now = max(now, min(source.seen_ms for source in self.inputs))
        return now

    def tick(self, wall: int, contacts: int, deadline: float) -> bool:
        """Emit what time alone changes, for at most ``contacts`` contacts; False if something is
        left for the next cycle.

        In a backlog, time is stream time. Where the inputs are read to their ends, it is the wall
        clock, but no later than the fetches that saw those ends: what a longer pause has left
        unread may change what is due.
        """
        core = self.core
        due = core.due
        if due is None:
            return True
        now = self.now
        if due > now:
            return True
        self.touched = True
        size = min(SLICE, contacts)
        for _ in range(0, contacts, size):
            if self._advance(now, wall, size):
                return True
            if monotonic() >= deadline:
                break
        return False

    def _advance(self, now: int, wall: int, contacts: int) -> bool:
        try:
            return self.core.advance(now, wall, contacts)
        except Exception as error:
            self.touched = True
            raise EngineError(f"on what time changes in {self._place}", error) from error

    @property
    def _place(self) -> str:
        return f"{self.tp.topic}-{self.tp.partition}"

    def collect(self) -> Batch:
        """Take the engine's batch."""
        return self.core.take()

    def blame(self, error: Exception) -> Exception:
        """The error to raise where an outcome or a state could not be written. It names the record,
        if only one was applied.
        """
        if not self._applied:
            return EngineError(f"on what time changes in {self._place}", error)
        if self._applied == 1 and self._last is not None:
            return PoisonError(*self._last, error)
        self._suspects, self._most = self._applied, self._applied // 2
        return UnsureError(f"{shown(error)} on one of {self._applied} records of {self._place}")

    def reached(self) -> Reached:
        """How far the inputs are applied."""
        offsets = {source.name: source.reached for source in self.inputs}
        return Reached(offsets, log=self.log.id, log_first=self.log.first)

    def committed(self) -> Reached:
        """How far the inputs were applied at the last commit."""
        return Reached({source.name: source.committed for source in self.inputs})

    def begin(self, reached: Reached) -> None:
        """Start in a new assignment from where the state has got to; all inputs are named."""
        for source in self.inputs:
            source.begin(reached.offsets[source.name])
        self._restarted()

    def installed(self) -> None:
        """The transaction with the last ``collect`` is committed."""
        self.core.install()
        self._suspects = max(0, self._suspects - self._applied)
        self._settled()
        for source in self.inputs:
            source.commit()

    def rolled_back(self) -> None:
        """The transaction is aborted; the inputs start again where the last commit left them."""
        self.core.rollback()
        for source in self.inputs:
            source.restart()
        self._restarted()

    def _restarted(self) -> None:
        """Called after a new start: nothing is buffered any more."""
        self._settled()

    def _settled(self) -> None:
        self.letters.clear()
        self.touched = False
        self._applied = 0
