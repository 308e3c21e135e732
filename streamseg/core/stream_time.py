"""Moves a partition's ``now`` forward, stopping at each instant at which something is due."""

from __future__ import annotations

from streamseg.core.features.base import FOREVER
from streamseg.core.forgetting import Forgetting
from streamseg.core.intake import Intake
from streamseg.core.partition_state import PartitionState
from streamseg.core.pipeline import Pipeline
from streamseg.core.table_mail import Census, TableSet


class StreamTime:
    """Moves ``now`` forward, and emits what is due by then.

    One call works on up to ``slice_size`` contacts that are due (None: on all of them).
    """

    def __init__(
        self,
        state: PartitionState,
        pipeline: Pipeline,
        intake: Intake,
        forgetting: Forgetting,
        slice_size: int | None,
    ) -> None:
        self._state = state
        self._timers = state.timers
        self._identities = pipeline.identities
        self._mail = state.ids.waiting
        self._tables = state.tables
        self._reporting = state.reporting
        self._pipeline = pipeline
        self._emission = pipeline.emission
        self._scheduler = pipeline.scheduler
        self._fan_out = pipeline.fan_out
        self._intake = intake
        self._forgetting = forgetting
        self._slice = slice_size
        self._lateness = state.lateness

    @property
    def due(self) -> int:
        """The earliest ``now`` at which ``advance`` may emit something; FOREVER: never."""
        state = self._state
        due = min(self._timers.due + self._lateness, self._mail.due)
        if state.counts is not None:
            due = min(due, state.counts.ledger.publish_at)
        if state.views is not None:
            due = min(due, state.views.publish_at)
        if self._reporting is not None:
            due = min(due, self._reporting.next + 1)
        is_idle = True
        if self._tables is not None:
            due = min(due, max(self._tables.due, state.now))
            is_idle = self._tables.is_idle
        if state.passes.is_used or not state.rule_pass.is_complete or not is_idle:
            return min(state.now, due)
        return min(due, FOREVER)

    def begin(self) -> None:
        """Start from the state at rest. Without slices (a replay) all contacts are brought to the
        present rules and tables here.
        """
        self._emission.now = self._state.now
        self._pipeline.evaluator.view.horizon = self._state.installed[1]
        self._state.begin()
        if self._slice is None:
            self._state.rule_pass.work(None, self._intake.touch)
            self._work_tables(None)
            self._emission.drain(self._pipeline.outcomes)

    def must_wait(self, instant: int) -> bool:
        """Whether work in slices has to end before time comes to an instant."""
        return self._tables is not None and self._tables.must_wait(instant)

    # -- with a record ---------------------------------------------------------------------

    def reach(self, instant: int) -> None:
        """Move ``now`` to a record's time, unless that is past, and emit what is due by then."""
        now = self._state.now
        if instant > now:
            if self._reporting is not None and self._reporting.next < instant:
                self._pass_minutes(instant, self._slice)
                self._tell_minutes(instant)
            if self._step_due <= instant:
                self._step(instant)
            self._state.now = self._emission.now = now = instant
        if self._timers.due <= now - self._lateness:
            self._emit_due(self._slice)

    def emit(self) -> None:
        """Emit what a record has caused or made due."""
        if self._emission.queue:
            self._emission.drain(self._pipeline.outcomes)
        if self._timers.due <= self._state.now - self._lateness:
            self._emit_due(self._slice)

    def receive(self, body: Census | TableSet) -> None:
        """Take mail about quantile tables; it is dropped where no rule asks for tables."""
        now = self._state.now
        if self._tables is not None:
            self._tables.receive(body, now)
            if self._step_due <= now:
                self._step(now)

    # -- without one -----------------------------------------------------------------------

    def advance(self, now: int, limit: int | None) -> bool:
        """Move ``now`` forward without a record, and emit what is due by then, for at most
        ``limit`` contacts. True when nothing is left.
        """
        state, touch = self._state, self._intake.touch
        now = max(now, state.now)
        if self.must_wait(now):
            limit = self._work_tables(limit)
            if self.must_wait(now) or limit == 0:
                return False
        if now > state.now and self._reporting is not None and self._reporting.next < now:
            limit = self._pass_minutes(now, limit)
            if limit == 0:
                return False
        if now > -FOREVER and self._step_due <= now:
            self._step(now)
        state.now = self._emission.now = now
        if state.counts is not None and state.counts.ledger.publish_at <= now:
            state.counts.ledger.publish_at = FOREVER  # the next ``take`` publishes it
        if state.views is not None and state.views.publish_at <= now:
            state.views.publish_at = FOREVER
        if state.ids.is_used:
            self._identities.sweep()
        left = self._emit_due(limit)
        left = state.rule_pass.work(left, touch)
        left = self._work_tables(left)
        if self._scheduler.unseen:
            self._forgetting.forget()
        finished = state.rule_pass.is_complete and self._fan_out.work(left, self._intake.deliver)
        finished = finished and (self._tables is None or self._tables.is_idle)
        finished = finished and self._step_due > now
        if finished and self._timers.due <= now - self._lateness:
            left = self._emit_due(left)
        self._emission.drain(self._pipeline.outcomes)
        return finished and left != 0

    def _emit_due(self, count: int | None) -> int | None:
        """Emit what is due, for at most ``count`` contacts; returns how much of the count is
        left.
        """
        left = self._scheduler.emit_due(count, self._state.now - self._lateness)
        if self._scheduler.unseen:
            self._forgetting.forget()
        self._emission.drain(self._pipeline.outcomes)
        return left

    # -- stops on the way: mail, tables, and the minutes of alerts --------------------------

    @property
    def _step_due(self) -> int:
        """The next instant at which ``now`` has to stop, because mail or a table waits for it."""
        due = self._mail.due
        return due if self._tables is None else min(due, self._tables.due)

    def _step(self, until: int) -> None:
        """Stop at each such instant up to ``until``: deliver the mail, or take the table's step."""
        state, tables = self._state, self._tables
        while (due := self._step_due) <= until:
            now = until if due == -FOREVER else max(state.now, due)
            state.now = self._emission.now = now
            if self._timers.due <= now - self._lateness:
                self._emit_due(self._slice)
            if self._mail.due <= now:
                self._identities.deliver_due()
            elif tables is not None:
                tables.step(now, self._intake.touch)
                if self._slice is None:
                    self._work_tables(None)
            self.emit()

    def _work_tables(self, limit: int | None) -> int | None:
        """Continue the census, and continue to bring contacts under the new tables."""
        tables = self._tables
        return limit if tables is None else tables.work(limit, self._intake.touch)

    def _pass_minutes(self, until: int, limit: int | None) -> int | None:
        """Stop at each full minute before ``until``: emit what is due by then, for at most
        ``limit`` contacts, and report the counts of that minute; returns how much of the limit is
        left.
        """
        reporting = self._reporting
        assert reporting is not None
        while reporting.next < until and limit != 0:
            due = self._stop_before(until)
            if due <= reporting.next:
                if self._step_due <= reporting.next:
                    self._step(reporting.next)
                self._state.now = self._emission.now = reporting.next
                limit = self._emit_due(limit)
                due = self._stop_before(until)
            if limit != 0:
                self._tell_minutes(min(until, max(due, reporting.next + 1)))
        return limit

    def _stop_before(self, until: int) -> int:
        """The next instant at which something is due. A partition's first census may begin at any
        instant, and does so at ``until``: its minutes begin in 1970, where no census may begin.
        """
        step = self._step_due
        return min(self._timers.due + self._lateness, until if step == -FOREVER else step)

    def _tell_minutes(self, until: int) -> None:
        """Report the counts of the remaining minutes before an instant."""
        reporting = self._reporting
        assert reporting is not None
        if reporting.next < until:
            reporting.tell(until, self._pipeline.firing.wall)
