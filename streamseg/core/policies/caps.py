"""Caps: how many messages at most within a window, or in a local day, week or month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    FOREVER,
    IGNORED,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import moment
from streamseg.core.policies.quiet import weekday
from streamseg.core.values.predicates import Where, is_number
from streamseg.core.values.zones import DAY_MS, Zone

MAX_COUNT: Final = 100
DIGEST_BYTES: Final = 7
_TIME_BYTES: Final = 6
_RECORD_BYTES: Final = _TIME_BYTES + DIGEST_BYTES
_LATEST: Final = (1 << 8 * _TIME_BYTES - 1) - 1  # in the year 6429
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_LAST_DAY: Final = date(9999, 11, 30).toordinal() - _EPOCH_ORDINAL
_FIRST_DAY: Final = 1 - _EPOCH_ORDINAL
NO_DIGEST: Final = bytes(DIGEST_BYTES)
_TWICE: Final = (
    "a `message_sent` whose `data.trigger` names no trigger counts besides the one that it was "
    "sent for"
)


def digest_of(trigger: Any) -> bytes:
    """The first bytes of a trigger's id; empty if the value is no such id."""
    if type(trigger) is not str or len(trigger) != 32:
        return b""
    try:
        return bytes.fromhex(trigger)[:DIGEST_BYTES]
    except ValueError:
        return b""


class Counted(SharedFeature):
    """The latest messages that count in a cap, each with its instant and its trigger's digest.

    State: the records, 13 bytes each, in the order of their instants. ``channel``: a `message_sent`
    of this channel counts (None: none does), unless its trigger is counted already.
    """

    where: Where | None = None

    def __init__(self, name: str, channel: str | None, keep: int) -> None:
        self._name = name
        self._channel = channel
        self._keep = keep
        self.types: tuple[str, ...] | None = () if channel is None else ("message_sent",)

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("counted", self._name, self._channel)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"of what counts in the cap `{self._name}`: when the last {self._keep} were, and "
            "7 bytes of their triggers' ids",
            until="a later one takes the place of the oldest",
            typical=2 + _RECORD_BYTES,
            most=3 + self._keep * _RECORD_BYTES,
            approximate="" if self._channel is None else _TWICE,
        )

    def reads(self) -> list[str]:
        return ["channel", "trigger"]

    def readable(self, state: Any) -> Any:
        return [
            {"at": moment(at), "trigger": None if digest == NO_DIGEST else digest.hex()}
            for at, digest in records_of(state)
        ]

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        if event.data.get("channel") != self._channel:
            return IGNORED
        digest = digest_of(event.data.get("trigger"))
        if digest:
            ctx.rule_metrics.for_triggers += 1
        else:
            ctx.rule_metrics.other_messages += 1
        if digest and digest in _digests_of(states.get(column)):
            return IGNORED
        self.add(states, column, event.time, NO_DIGEST)
        return CHANGED

    def join(self, older: bytes, newer: bytes, ctx: UpdateContext) -> bytes:
        """The latest of both; a message counts once with the trigger that it was sent for."""
        records = records_of(newer)
        known = {digest for _, digest in records if digest != NO_DIGEST}
        records += [one for one in records_of(older) if one[1] not in known]
        records.sort()
        return _packed(records[-self._keep :])

    def add(self, states: States, column: int, instant: int, digest: bytes) -> None:
        """Count one more."""
        state: bytes = states.get(column) or b""
        bounded = min(max(instant, -_LATEST), _LATEST)
        added = bounded.to_bytes(_TIME_BYTES, "big", signed=True) + (digest or NO_DIGEST)
        end = len(state)
        if end and _instant_at(state, end - _RECORD_BYTES) >= bounded:  # it came out of its turn
            record = bounded, digest or NO_DIGEST
            while end and _record_at(state, end - _RECORD_BYTES) > record:
                end -= _RECORD_BYTES
        state = state[:end] + added + state[end:]
        most = self._keep * _RECORD_BYTES
        states[column] = state if len(state) <= most else state[-most:]


def records_of(state: bytes | None) -> list[tuple[int, bytes]]:
    """The counted messages: their instants, in order, with the digests of their triggers."""
    if state is None:
        return []
    return [_record_at(state, at) for at in range(0, len(state), _RECORD_BYTES)]


def instants_of(state: bytes | None) -> list[int]:
    """The instants of the counted messages, in order."""
    if state is None:
        return []
    return [_instant_at(state, at) for at in range(0, len(state), _RECORD_BYTES)]


def length_of(state: bytes | None) -> int:
    """How many are counted."""
    return 0 if state is None else len(state) // _RECORD_BYTES


def _record_at(state: bytes, at: int) -> tuple[int, bytes]:
    return _instant_at(state, at), state[at + _TIME_BYTES : at + _RECORD_BYTES]


def _instant_at(state: bytes, at: int) -> int:
    return int.from_bytes(state[at : at + _TIME_BYTES], "big", signed=True)


def _digests_of(state: bytes | None) -> list[bytes]:
    return [digest for _, digest in records_of(state)]


def _packed(records: list[tuple[int, bytes]]) -> bytes:
    return b"".join([at.to_bytes(_TIME_BYTES, "big", signed=True) + one for at, one in records])


class Cap:
    """At most ``most`` messages ``within`` this many ms, or ``per`` local day, week or month.

    If an ``attribute`` is given, it holds the contact's own limit, and ``most`` is for contacts
    without it. ``counts_fired``: the triggers of the segments that name the cap count.
    """

    def __init__(
        self,
        name: str,
        most: int,
        within: int | None,
        per: str | None,
        counts_fired: bool = True,
        channel: str | None = None,
        attribute: str | None = None,
    ) -> None:
        self.name = name
        self.most = most
        self.within = within
        self.per = per
        self.counts_fired = counts_fired
        self.counts_sent = channel is not None
        self.attribute = attribute
        keep = most if attribute is None else MAX_COUNT
        self.counted = Counted(name, channel, max(keep, 1))
        self.column = -1  # of what is counted, among the contact's features
        self.attribute_column = -1

    def limit(self, value: Any) -> int:
        """The limit of a contact whose attribute has a value (None: the attribute is missing)."""
        if self.attribute is None or not is_number(value) or value < 0:
            return self.most
        return min(int(Decimal(value)), MAX_COUNT)

    def opens(self, instants: list[int], most: int, zone: Zone, instant: int) -> int:
        """The first instant from ``instant`` on at which fewer than ``most`` of the messages at
        ``instants`` (ascending) count; FOREVER if there is none.
        """
        if most <= 0:
            return FOREVER
        if self.within is not None:
            if len(instants) < most:
                return instant
            return max(instant, instants[-most] + self.within)
        assert self.per is not None
        while True:
            local = zone.local(instant)
            period = _period(local, self.per)
            count = sum([_period(zone.local(one), self.per) == period for one in instants])
            if count < most:
                return instant
            instant = zone.after(instant, _left(local, self.per))


def _period(local: int, per: str) -> int:
    """A number of the day, the ISO week or the month of a local time."""
    day = local // DAY_MS
    if per == "day":
        return day
    if per == "week":
        return (day + 3) // 7
    moment = _date(day)
    return moment.year * 12 + moment.month


def _left(local: int, per: str) -> int:
    """How many ms of the day, the week or the month are left."""
    day, clock = divmod(local, DAY_MS)
    days = 1
    if per == "week":
        days = 7 - weekday(day)
    elif per == "month":
        moment = _date(day)
        year, month = divmod(moment.year * 12 + moment.month, 12)
        days = date(year, month + 1, 1).toordinal() - moment.toordinal()
    return days * DAY_MS - clock


def _date(day: int) -> date:
    return date.fromordinal(min(max(day, _FIRST_DAY), _LAST_DAY) + _EPOCH_ORDINAL)
