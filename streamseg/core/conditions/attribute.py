"""``attribute``: what is known of the contact itself."""

from __future__ import annotations

from streamseg.core.conditions.base import UNKNOWN, Answer, Condition, Frame, Registry
from streamseg.core.effects import ANY, Bar, Effect
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import FOREVER
from streamseg.core.predicates import Comparison, shown


class AttributeIs(Condition):
    """The attribute at a path compares so; always the contact's, whatever the segment's key."""

    def __init__(self, path: str, compare: Comparison) -> None:
        self._path = path
        self._compare = compare
        self._place = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._place = contact.place(Attribute(self._path))

    def effects(self) -> list[Effect]:
        return [Effect(self._place, ANY)]

    def bars(self) -> list[Bar]:
        values = self._compare.texts
        return [Bar(self._place, values)] if values else []

    def at(self, frame: Frame, instant: int) -> Answer:
        state = frame.contact.get(self._place)
        if state is None and frame.known_since(self._place, False) is not None:
            return UNKNOWN
        return self._compare(Attribute.value(state)), FOREVER

    def why(self, frame: Frame, instant: int) -> list[str]:
        value = Attribute.value(frame.contact.get(self._place))
        return [f"attribute {self._path} is {shown(value)}"]
