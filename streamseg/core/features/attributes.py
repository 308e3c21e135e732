"""One attribute of a contact, as last told by ``contact_updated``."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    IGNORED,
    INSTANT_BYTES,
    UNCHANGED,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import moment
from streamseg.core.values.numbers import NUMBER_BYTES, pack, pack_value, unpack, unpack_value
from streamseg.core.values.predicates import Where, field_at, is_number

MAX_TEXT: Final = 1024
MAX_ELEMENTS: Final = 64
MAX_ELEMENT_TEXT: Final = 64


class Attribute(SharedFeature):
    """The value at a path; state is ``[instant it was told, value]``, null where removed.

    An update that names the path's first field replaces all below it; one that does not leaves
    it as it is. An older update than the one remembered changes nothing. Of a text the first
    1,024 characters are kept, of an array the first 64 elements, 64 characters of each.
    """

    types: tuple[str, ...] | None = ("contact_updated",)
    where: Where | None = None

    def __init__(self, path: str) -> None:
        self._path = tuple(path.split("."))

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("attribute", self._path)

    def reads(self) -> list[str]:
        return [f"attributes.{'.'.join(self._path)}"]

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        if self._path[0] not in event.data:
            return IGNORED
        kept = states.get(column)
        if kept is not None and event.time < kept[0]:
            return UNCHANGED
        value = _bounded(field_at(event.data, self._path))
        if kept is not None and type(value) is str and kept[1] == value:
            kept[0] = event.time
            return UNCHANGED
        states[column] = [event.time, *pack_value(value)]
        return CHANGED

    def join(self, older: list[Any], newer: list[Any], ctx: UpdateContext) -> list[Any]:
        """The one told later by event time."""
        return older if older[0] > newer[0] else newer

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        array = MAX_ELEMENTS * max(4 * MAX_ELEMENT_TEXT + 3, NUMBER_BYTES)
        return Memory(
            what=f"the attribute `{'.'.join(self._path)}`, and when it was told",
            until="the next `contact_updated` that names it replaces it; `null` takes it away",
            typical=INSTANT_BYTES + 12,
            most=INSTANT_BYTES + max(4 * MAX_TEXT, array) + 8,
            approximate=f"a text keeps {MAX_TEXT:,} characters, an array {MAX_ELEMENTS} elements "
            f"of {MAX_ELEMENT_TEXT} characters",
        )

    def shown(self, state: Any, instant: int) -> tuple[str, str, Any] | None:
        """The attribute by its path."""
        return "attributes", ".".join(self._path), self.value(state)

    def readable(self, state: Any) -> Any:
        return {"value": self.value(state), "told_at": moment(state[0])}

    @staticmethod
    def value(state: list[Any] | None) -> Any:
        """The value in a state; None where it is missing."""
        if state is None:
            return None
        return state[1] if len(state) == 2 else unpack_value(state[1:])


def _bounded(value: Any) -> Any:
    """A value cut to what is kept of it. No comparison looks into an array in an array."""
    if type(value) is str:
        return value[:MAX_TEXT]
    if type(value) is list:
        return [_element(one) for one in value[:MAX_ELEMENTS]]
    if is_number(value):
        return unpack(pack(value))
    return value


def _element(value: Any) -> Any:
    if type(value) is str:
        return value[:MAX_ELEMENT_TEXT]
    if type(value) is list:
        return []
    return unpack(pack(value)) if is_number(value) else value
