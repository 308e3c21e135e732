"""``idle``: silence since the last event of a kind."""

from __future__ import annotations

from streamseg.core.conditions.base import NEVER, UNKNOWN, Answer, Condition, Frame, Registry
from streamseg.core.conditions.wording import events_text
from streamseg.core.effects import DELAYS, Bar, Effect
from streamseg.core.features.base import FOREVER
from streamseg.core.features.instants import Latest
from streamseg.core.predicates import Where
from streamseg.core.timestamps import format_clock, format_time
from streamseg.core.vocabulary import unpack_type


class Idle(Condition):
    """There is a matching event, and the last one is at least ``wait`` ms old."""

    def __init__(self, types: tuple[str, ...] | None, where: Where | None, wait: int) -> None:
        self._types = types
        self._where = where
        self._wait = wait
        self._place = 0
        self._keyed = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        self._place = (keyed or contact).place(Latest(self._types, self._where))

    def effects(self) -> list[Effect]:
        return [Effect(self._place, DELAYS, self._keyed, wait=self._wait)]

    def bars(self) -> list[Bar]:
        return [Bar(self._place, keyed=self._keyed, least=1)]

    def at(self, frame: Frame, instant: int) -> Answer:
        last = (frame.keyed if self._keyed else frame.contact).get(self._place)
        if last is None:
            known = frame.known_since(self._place, self._keyed) is None
            return NEVER if known else UNKNOWN
        due = last[0] + self._wait
        return (True, FOREVER) if instant >= due else (False, due)

    def since(self, frame: Frame) -> int:
        """The instant of the last matching event; there must be one."""
        last: int = (frame.keyed if self._keyed else frame.contact)[self._place][0]
        return last

    def context(self, frame: Frame) -> dict[str, object]:
        """When the last matching event was, and of what type."""
        time, event_type = (frame.keyed if self._keyed else frame.contact)[self._place]
        return {"last": {"type": unpack_type(event_type), "time": format_time(time)}}

    def why(self, frame: Frame, instant: int) -> list[str]:
        what = "activity" if self._types is None else events_text(self._types, self._where)
        if self._place not in (frame.keyed if self._keyed else frame.contact):
            return [f"no {what} ever"]
        since = format_clock(self.since(frame), instant)
        return [f"no {what} since {since}"]
