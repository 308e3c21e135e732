"""One attribute of a contact, as last told by ``contact_updated``."""

from __future__ import annotations

from typing import Any

from streamseg.core.events import Event
from streamseg.core.features.base import CHANGED, IGNORED, UNCHANGED, Moment, States
from streamseg.core.numbers import pack_value, unpack_value
from streamseg.core.predicates import Where, field_at


class Attribute:
    """The value at a path; state is ``[instant it was told, value]``, null where removed.

    An update that names the path's first field replaces all below it; one that does not leaves
    it as it is. An older update than the one remembered changes nothing.
    """

    types: tuple[str, ...] | None = ("contact_updated",)
    where: Where | None = None

    def __init__(self, path: str) -> None:
        self._path = tuple(path.split("."))

    @property
    def group(self) -> tuple[Any, ...]:
        return ("attribute", self._path)

    @property
    def id(self) -> str:
        return repr(self.group)

    def merge(self, other: Attribute) -> None:
        """Nothing: two of one group are the same."""

    def update(self, states: States, place: int, event: Event, moment: Moment) -> int:
        if self._path[0] not in event.data:
            return IGNORED
        kept = states.get(place)
        if kept is not None and event.time < kept[0]:
            return UNCHANGED
        value = field_at(event.data, self._path)
        if kept is not None and type(value) is str and kept[1] == value:
            kept[0] = event.time
            return UNCHANGED
        states[place] = [event.time, *pack_value(value)]
        return CHANGED

    @staticmethod
    def value(state: list[Any] | None) -> Any:
        """The value in a state; None where it is missing."""
        return None if state is None else unpack_value(state[1:])
