"""Some fields of the last event of a kind."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    INSTANT_BYTES,
    UNCHANGED,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import events_of, moment
from streamseg.core.values.numbers import NUMBER_BYTES, kept, pack_value, unpack_value
from streamseg.core.values.predicates import Where, is_number

MAX_TEXT: Final = 256


class LastEvent(SharedFeature):
    """Some fields of ``data`` of the last matching event, for the context of a message.

    State: ``[instant, value, …]``, each value as `pack_value` has it; of one instant the later
    arrival's. Only scalars are kept, of a text the first 256 characters.
    """

    def __init__(
        self, types: tuple[str, ...] | None, where: Where | None, fields: tuple[str, ...]
    ) -> None:
        self.types = types
        self.where = where
        self._fields = fields

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("last_event", self.types, self.where.text if self.where else "", self._fields)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        fields = ", ".join(f"`{name}`" for name in self._fields)
        value = 1 + max(4 * MAX_TEXT + 3, NUMBER_BYTES + 1)
        return Memory(
            what=f"of {events_of(self.types, self.where)}: when the last one happened, and its "
            f"{fields}",
            until="the next one takes its place",
            typical=1 + INSTANT_BYTES + 12 * len(self._fields),
            most=3 + INSTANT_BYTES + value * len(self._fields),
        )

    def reads(self) -> list[str]:
        return [*self._fields, *super().reads()]

    def readable(self, state: Any) -> Any:
        return {"at": moment(state[0]), "fields": self.values(state)}

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        kept = states.get(column)
        if kept is not None and event.time < kept[0]:
            return UNCHANGED
        values = [pack_value(_kept(event.data.get(name))) for name in self._fields]
        states[column] = [event.time, *values]
        return CHANGED

    def join(self, older: list[Any], newer: list[Any], ctx: UpdateContext) -> list[Any]:
        """The later one."""
        return older if older[0] > newer[0] else newer

    def values(self, state: list[Any]) -> dict[str, Any]:
        """The fields that the event had."""
        values = map(unpack_value, state[1:])
        named = zip(self._fields, values, strict=True)
        return {name: value for name, value in named if value is not None}


def _kept(value: Any) -> Any:
    if type(value) is str:
        return value[:MAX_TEXT]
    if is_number(value):
        return kept(value)
    return value if isinstance(value, bool) else None
