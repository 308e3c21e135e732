"""Decides alerts minute by minute, when all partitions have reported their counts of a minute.

One partition does this for all. Each minute is decided once, in order, by the counts as of that
minute. So it does not matter when the reports come, nor how many partitions there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from streamseg.core.alerting.bounds import verdict_on
from streamseg.core.alerting.memory import HOUR_MS, HourMemory, SizeMemory, forget
from streamseg.core.alerting.records import AlertState
from streamseg.core.alerting.reports import BLIND_MS, MINUTE_MS, Reports
from streamseg.core.alerting.surges import limit_of, speaks_against
from streamseg.core.counting.terms import Alert
from streamseg.core.identity.mail import Report
from streamseg.core.messages.outcomes import BLIND, CLEARED, RAISED, AlertNews
from streamseg.core.store import Store

PREFIX: Final = b"a"
BUCKET_MS: Final = 300_000
IN_A_ROW: Final = 2  # buckets that raise a surge or a slump, and that clear it
PLACES: Final = {"members": 0, "entered": 1, "fired": 2, "activity": 3}  # in a report

_CENTS: Final = Decimal("0.01")
_encode: Final = msgspec.msgpack.Encoder().encode
_decode_state: Final = msgspec.msgpack.Decoder(AlertState).decode


class Watch:
    """The alerts of all partitions; ``outcomes`` gets their messages."""

    def __init__(self, alerts: Sequence[Alert], partitions: int) -> None:
        self.outcomes: list[AlertNews] = []
        self._alerts = alerts
        self._reports = Reports(PREFIX, partitions)
        self._states: Store[AlertState] = Store(PREFIX + b"c", _state_of, _encode)
        self._sizes = SizeMemory(PREFIX + b"s")
        self._hours = HourMemory(PREFIX + b"h")

    def begin(self) -> None:
        """Begin with the loaded state: clear alerts that are gone from the rules or watch something
        else.
        """
        alerts = {one.name: one for one in self._alerts}
        for raw in list(self._states.resting):
            name = raw.decode()
            state, alert = self._states.get(name), alerts.get(name)
            if state is None or (alert is not None and state.terms == _terms(alert)):
                continue
            if state.is_raised:
                at = self._reports.progress.decided or 0
                self.outcomes.append(AlertNews(CLEARED, at, name, state.source.split("\n")[0]))
            self._states.remove(name)
            if alert is not None and state.source == _source(alert):
                again = AlertState(_terms(alert), state.source, total=state.total)
                self._states.add(name, again)
            else:
                forget(self._sizes.store, name)
                forget(self._hours.store, name)

    # -- reports -----------------------------------------------------------------------------

    def receive(self, report: Report, wall: int | None) -> None:
        """Take a report, and decide the minutes that all partitions have passed."""
        self._reports.receive(report)
        while (minute := self._reports.come_to_next()) is not None:
            totals = self._reports.totals(minute)
            for alert in self._alerts:
                counts = totals.get(alert.segment)
                if counts is not None:
                    self._decide(alert, minute, counts)
        if wall is not None:
            self._look(wall)

    def _look(self, wall: int) -> None:
        """Emit ``alert.blind``, once, if a minute waits too long by the wall clock."""
        progress = self._reports.progress
        missing = self._reports.missing()
        if not missing:
            progress.waits_since, progress.is_blind = None, False
        elif progress.waits_since is None:
            progress.waits_since = wall
        elif not progress.is_blind and wall - progress.waits_since >= BLIND_MS:
            progress.is_blind = True
            at = 0 if progress.decided is None else progress.decided + MINUTE_MS
            self.outcomes.append(AlertNews(BLIND, at, partitions=missing))

    # -- alerts ------------------------------------------------------------------------------

    def _decide(self, alert: Alert, minute: int, counts: list[int]) -> None:
        state = self._states.live.get(alert.name) or self._states.get(alert.name)
        if state is None:
            state = AlertState(_terms(alert), _source(alert))
            self._states.add(alert.name, state)
        count = counts[PLACES[alert.measure]]
        if alert.measure == "members":
            self._decide_size(alert, state, minute, count)
        elif minute % BUCKET_MS == 0:
            before, state.total = state.total, count
            if before is not None:
                self._decide_bucket(alert, state, minute, max(0, count - before))

    def _decide_size(self, alert: Alert, state: AlertState, minute: int, members: int) -> None:
        before: int | None = None
        if alert.within is not None:
            self._sizes.note(alert.name, minute, members, alert.within)
            before = self._sizes.at(alert.name, (minute - alert.within) // MINUTE_MS * MINUTE_MS)
        verdict = verdict_on(alert, members, before, is_raised=state.is_raised)
        if verdict is None:
            return
        if not verdict.is_passed:
            state.since = None
            if state.is_raised:
                self._turn(alert, state, minute, members, verdict.limit)
            return
        if state.since is None:
            state.since = minute
        if not state.is_raised and minute - state.since >= alert.hold:
            self._turn(alert, state, minute, members, verdict.limit)

    def _decide_bucket(self, alert: Alert, state: AlertState, minute: int, count: int) -> None:
        """Compare the bucket that ends at a minute with the usual count of the hour in which it
        began.
        """
        hour = alert.zone.local(minute - BUCKET_MS) // HOUR_MS
        usual = self._hours.usual(alert.name, hour)
        if usual is None:
            state.buckets = 0
            self._keep(alert, state, hour, count)
            return
        limit = limit_of(alert, usual, is_raised=state.is_raised)
        if not speaks_against(alert, count, usual, limit, is_raised=state.is_raised):
            state.buckets = 0
            self._keep(alert, state, hour, count)
            return
        state.buckets += 1
        if state.buckets == IN_A_ROW:
            state.buckets, state.held = 0, None
            self._turn(alert, state, minute, count, limit)
        elif not state.is_raised:
            state.held = hour, count

    def _keep(self, alert: Alert, state: AlertState, hour: int, count: int) -> None:
        """Add a bucket, and the held one, to the history, unless the alert is raised."""
        if state.held is not None:
            self._hours.note(alert.name, *state.held)
            state.held = None
        if not state.is_raised:
            self._hours.note(alert.name, hour, count)

    def _turn(
        self, alert: Alert, state: AlertState, minute: int, value: int, limit: Decimal
    ) -> None:
        """Raise an alert, or clear it."""
        state.is_raised = not state.is_raised
        kind = RAISED if state.is_raised else CLEARED
        self.outcomes.append(
            AlertNews(kind, minute, alert.name, alert.segment, value, _rounded(limit))
        )

    def raised(self) -> list[Alert]:
        """The alerts that are raised, as committed."""
        found = []
        for alert in self._alerts:
            raw = alert.name.encode()
            value = self._states.committed(raw)
            if value is not None and _decode_state(value).is_raised:
                found.append(alert)
        return found

    # -- as a store ------------------------------------------------------------------------

    def load(self, raw: bytes, value: bytes | None) -> None:
        """Take a record of the changelog; ``raw`` is its key after the prefix."""
        kind, rest = raw[:1], raw[1:]
        if kind == b"c":
            self._states.load(rest, value)
        elif kind == b"s":
            self._sizes.store.load(rest, value)
        elif kind == b"h":
            self._hours.store.load(rest, value)
        else:
            self._reports.load(kind, rest, value)

    def loaded(self) -> None:
        """All records were taken."""
        self._states.loaded()
        self._sizes.store.loaded()
        self._hours.store.loaded()
        self._reports.loaded()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch changed."""
        changes = self._states.take() + self._sizes.store.take() + self._hours.store.take()
        return changes + self._reports.take()

    def install(self) -> None:
        """What was taken is committed."""
        self._states.install()
        self._sizes.store.install()
        self._hours.store.install()
        self._reports.install()

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self.outcomes = []
        self._states.rollback()
        self._sizes.store.rollback()
        self._hours.rollback()
        self._reports.rollback()


def _rounded(limit: Decimal) -> Decimal:
    """A limit to two decimals, without zeros at its end."""
    rounded = limit.quantize(_CENTS, ROUND_HALF_EVEN)
    whole = rounded.to_integral_value()
    return whole if whole == rounded else rounded.normalize()


def _source(alert: Alert) -> str:
    """What an alert counts; its memory is valid as long as this is the same."""
    return f"{alert.segment}\n{alert.measure} {alert.zone.name}"


def _terms(alert: Alert) -> str:
    """All that an alert asks."""
    asked = (alert.bound, alert.limit, alert.within, alert.hold, alert.clear, alert.k, alert.least)
    return f"{_source(alert)} {' '.join(str(one) for one in asked)}"


def _state_of(_: bytes, value: bytes) -> AlertState:
    return _decode_state(value)
