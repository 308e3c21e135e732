"""The first event of a kind."""

from __future__ import annotations

from typing import Any

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
from streamseg.core.values.predicates import Where
from streamseg.core.vocabulary import MAX_TYPE_BYTES, pack_type, unpack_type


class First(SharedFeature):
    """The first matching event: state is ``[instant, type]``, of one instant the earlier
    arrival's; the type as `pack_type` has it.
    """

    def __init__(self, types: tuple[str, ...] | None, where: Where | None) -> None:
        self.types = types
        self.where = where

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("first", self.types, self.where.text if self.where else "")

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"of {events_of(self.types, self.where)}: when the first one happened, and its "
            "type",
            until="for as long as the contact is",
            typical=1 + INSTANT_BYTES + 1,
            most=1 + INSTANT_BYTES + MAX_TYPE_BYTES + 3,
        )

    def readable(self, state: Any) -> Any:
        return {"at": moment(state[0]), "type": unpack_type(state[1])}

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        kept = states.get(column)
        if kept is not None and (kept[0] is None or event.time >= kept[0]):
            return UNCHANGED
        states[column] = [event.time, pack_type(event.type)]
        return CHANGED

    def join(self, older: list[Any], newer: list[Any], ctx: UpdateContext) -> list[Any]:
        """The earlier one; of one that is not known (null) it is not known."""
        if older[0] is None or newer[0] is None:
            return older if older[0] is None else newer
        return newer if newer[0] < older[0] else older
