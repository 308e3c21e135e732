"""``since``: how long ago the first event of a kind was."""

from __future__ import annotations

from streamseg.core.conditions.base import NEVER, UNKNOWN, Answer, Condition, Frame, Registry
from streamseg.core.conditions.wording import events_text
from streamseg.core.effects import ANY, Effect
from streamseg.core.features.base import FOREVER
from streamseg.core.features.first import First
from streamseg.core.predicates import Where
from streamseg.core.timestamps import format_clock, format_time
from streamseg.core.vocabulary import unpack_type


class Since(Condition):
    """There is a matching event, and the first one is at least ``wait`` ms old.

    Of a contact who was known before the rule was, it is not known which was the first.
    """

    def __init__(self, types: tuple[str, ...] | None, where: Where | None, wait: int) -> None:
        self._types = types
        self._where = where
        self._wait = wait
        self._place = 0
        self._keyed = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        self._place = (keyed or contact).place(First(self._types, self._where))

    def effects(self) -> list[Effect]:
        return [Effect(self._place, ANY, self._keyed)]

    def at(self, frame: Frame, instant: int) -> Answer:
        first = (frame.keyed if self._keyed else frame.contact).get(self._place)
        if frame.known_since(self._place, self._keyed) is not None:
            return UNKNOWN
        if first is None:
            return NEVER
        if first[0] is None:  # a former version noted so that the contact was known before
            return UNKNOWN
        due = first[0] + self._wait
        return (True, FOREVER) if instant >= due else (False, due)

    def context(self, frame: Frame) -> dict[str, object]:
        """When the first matching event was, and of what type; there must be one."""
        time, event_type = (frame.keyed if self._keyed else frame.contact)[self._place]
        return {"first": {"type": unpack_type(event_type), "time": format_time(time)}}

    def why(self, frame: Frame, instant: int) -> list[str]:
        first = (frame.keyed if self._keyed else frame.contact).get(self._place)
        what = "activity" if self._types is None else events_text(self._types, self._where)
        if first is None or first[0] is None:
            return [f"no first {what} known"]
        return [f"first {what} at {format_clock(first[0], instant)}"]
