"""Moves a partition's ``now`` forward, stopping at each instant at which something is due."""

from __future__ import annotations

from streamseg.core.features.base import FOREVER
from streamseg.core.identity.forgetting import Forgetting
from streamseg.core.intake import Intake
from streamseg.core.partition_state import PartitionState
from streamseg.core.pipeline import Pipeline
from streamseg.core.tables.mail import Census, TableSet


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
        self._pipeline.evaluator.visible.horizon = self._state.installed[1]
        self._state.begin()
        if self._slice is None:
            self._state.rule_pass.work(None, self._intake.bring_up_to_date)
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
                self._report_minutes(instant)
            if self._stop_due <= instant:
                self._make_stops(instant)
            self._state.now = self._emission.now = now = instant
        if self._timers.due <= now - self._lateness:
            self._process_due(self._slice)

    def emit(self) -> None:
        """Emit what a record has caused or made due."""
        if self._emission.queue:
            self._emission.drain(self._pipeline.outcomes)
        if self._timers.due <= self._state.now - self._lateness:
            self._process_due(self._slice)

    def receive(self, body: Census | TableSet) -> None:
        """Take mail about quantile tables; it is dropped where no rule asks for tables."""
        now = self._state.now
        if self._tables is not None:
            self._tables.receive(body, now)
            if self._stop_due <= now:
                self._make_stops(now)

    # -- without one -----------------------------------------------------------------------

    def advance(self, now: int, limit: int | None) -> bool:
        """Move ``now`` forward without a record, and emit what is due by then, for at most
        ``limit`` contacts. True when nothing is left.
        """
        state, bring = self._state, self._intake.bring_up_to_date
        now = max(now, state.now)
        if self.must_wait(now):
            limit = self._work_tables(limit)
            if self.must_wait(now) or limit == 0:
                return False
        if now > state.now and self._reporting is not None and self._reporting.next < now:
            limit = self._pass_minutes(now, limit)
            if limit == 0:
                return False
        if now > -FOREVER and self._stop_due <= now:
            self._make_stops(now)
        state.now = self._emission.now = now
        if state.counts is not None and state.counts.ledger.publish_at <= now:
            state.counts.ledger.publish_at = FOREVER  # the next ``take`` publishes it
        if state.views is not None and state.views.publish_at <= now:
            state.views.publish_at = FOREVER
        if state.ids.is_used:
            self._identities.sweep()
        left = self._process_due(limit)
        left = state.rule_pass.work(left, bring)
        left = self._work_tables(left)
        if self._scheduler.found_unseen:
            self._forgetting.erase_found()
        finished = state.rule_pass.is_complete and self._fan_out.work(left, self._intake.deliver)
        finished = finished and (self._tables is None or self._tables.is_idle)
        finished = finished and self._stop_due > now
        if finished and self._timers.due <= now - self._lateness:
            left = self._process_due(left)
        self._emission.drain(self._pipeline.outcomes)
        return finished and left != 0

    def _process_due(self, limit: int | None) -> int | None:
        """Emit what is due, and evaluate what time alone changes, for at most ``limit`` contacts;
        returns how much of the limit is left.
        """
        left = self._scheduler.process_due(limit, self._state.now - self._lateness)
        if self._scheduler.found_unseen:
            self._forgetting.erase_found()
        self._emission.drain(self._pipeline.outcomes)
        return left

    # -- stops on the way: mail, tables, and the minutes of alerts --------------------------

    @property
    def _stop_due(self) -> int:
        """The next instant at which ``now`` has to stop, because mail or tables wait for it."""
        due = self._mail.due
        return due if self._tables is None else min(due, self._tables.due)

    def _make_stops(self, until: int) -> None:
        """Stop at each such instant up to ``until``: deliver the mail, or do the tables' step."""
        state, tables = self._state, self._tables
        while (due := self._stop_due) <= until:
            now = until if due == -FOREVER else max(state.now, due)
            state.now = self._emission.now = now
            if self._timers.due <= now - self._lateness:
                self._process_due(self._slice)
            if self._mail.due <= now:
                self._identities.deliver_due()
            elif tables is not None:
                tables.step(now, self._intake.bring_up_to_date)
                if self._slice is None:
                    self._work_tables(None)
            self.emit()

    def _work_tables(self, limit: int | None) -> int | None:
        """Continue the census, and continue to bring contacts under the new tables."""
        tables = self._tables
        return limit if tables is None else tables.work(limit, self._intake.bring_up_to_date)

    def _pass_minutes(self, until: int, limit: int | None) -> int | None:
        """Stop at each full minute before ``until``: emit what is due by then, for at most
        ``limit`` contacts, and report the counts of that minute; returns how much of the limit is
        left.
        """
        reporting = self._reporting
        assert reporting is not None
        while reporting.next < until and limit != 0:
            due = self._next_due_before(until)
            if due <= reporting.next:
                if self._stop_due <= reporting.next:
                    self._make_stops(reporting.next)
                self._state.now = self._emission.now = reporting.next
                limit = self._process_due(limit)
                due = self._next_due_before(until)
            if limit != 0:
                self._report_minutes(min(until, max(due, reporting.next + 1)))
        return limit

    def _next_due_before(self, until: int) -> int:
        """The next instant at which something is due. A partition's first census is due at any
        instant (-FOREVER), and begins at ``until``: the first minute that is reported is one of
        1970, when no census may begin.
        """
        step = self._stop_due
        return min(self._timers.due + self._lateness, until if step == -FOREVER else step)

    def _report_minutes(self, until: int) -> None:
        """Report the counts of the remaining minutes before an instant."""
        reporting = self._reporting
        assert reporting is not None
        if reporting.next < until:
            reporting.tell(until, self._pipeline.firing.wall)
