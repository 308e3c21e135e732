"""``did_since``: how often something happened after the last event of another kind."""

from __future__ import annotations

from streamseg.core.conditions.base import ALWAYS, NEVER, Answer, Condition, Frame, Registry
from streamseg.core.conditions.wording import events_text
from streamseg.core.effects import ANY, Effect
from streamseg.core.features.instants import Instants, Latest
from streamseg.core.predicates import Where

Types = tuple[str, ...] | None


class DidSince(Condition):
    """At least ``at_least`` events of ``types`` came after the last one of ``since``.

    An event at the very time of that one does not count; without one all do. All events must pass
    ``where``. Time alone changes nothing.
    """

    def __init__(self, types: Types, since: Types, where: Where | None, at_least: int) -> None:
        self._types = types
        self._since = since
        self._where = where
        self._at_least = at_least
        self._place = 0
        self._since_place = 0
        self._keyed = False

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        places = keyed or contact
        self._place = places.place(
            Instants(self._types, self._where, self._at_least, None, timed=True)
        )
        self._since_place = places.place(Latest(self._since, self._where))

    def effects(self) -> list[Effect]:
        return [
            Effect(self._place, ANY, self._keyed, least=self._at_least),
            Effect(self._since_place, ANY, self._keyed),
        ]

    def at(self, frame: Frame, instant: int) -> Answer:
        states = frame.keyed if self._keyed else frame.contact
        kept = states.get(self._place, ())
        if len(kept) < self._at_least:
            return NEVER
        last = states.get(self._since_place)
        return ALWAYS if last is None or kept[-self._at_least] > last[0] else NEVER

    def why(self, frame: Frame, instant: int) -> list[str]:
        what, since = events_text(self._types, self._where), events_text(self._since, None)
        return [f"at least {self._at_least} × {what} since the last {since}"]
