"""Names for the numbers in a contact's state.

In state a feature, a membership and a key group go by numbers, and a layout says which. A line of
text has the names: features by their ids, memberships by segment and rung.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from streamseg.core.errors import StateError

_BYTES: Final = "$bytes"
_PAIRS: Final = "$pairs"


class Names:
    """The names under one layout, which is ``[format, features, segments, groups, …]``.

    A segment is ``[name, version, first slot, rungs, key group or -1, …]``.
    """

    def __init__(self, number: int, described: list[Any]) -> None:
        self.number = number
        self.described = described
        _, self.features, segments, self.of_keys = described[:4]
        self.segments: list[str] = [segment[0] for segment in segments]
        self.rungs: list[list[str]] = [[label or "" for label in one[3]] for one in segments]
        self.groups: list[list[str]] = [[] for _ in self.of_keys]
        # By key group (-1: the contact itself) and number of a slot its segment and rung.
        self.slots: dict[int, dict[int, tuple[str, str]]] = {-1: {}}
        for name, _, first, labels, group, *_ in segments:
            if group >= 0:
                self.groups[group].append(name)
            slots = self.slots.setdefault(group, {})
            for rung, label in enumerate(labels):
                slots[first + rung] = name, label or ""
        self._indexes = {name: index for index, name in enumerate(self.segments)}

    def features_of(self, group: int) -> list[str]:
        """The ids of the features of a key group, or (-1) of the contact itself, by column."""
        ids: list[str] = self.features if group < 0 else self.of_keys[group]
        return ids

    def column(self, group: int, feature: str) -> int:
        """The column of a feature. Raises StateError where the layout has none of this id."""
        ids = self.features_of(group)
        if feature not in ids:
            raise StateError(f"the layout {self.number} has no feature {feature!r}")
        return ids.index(feature)

    def segment(self, name: str) -> int:
        """The number of a segment. Raises StateError."""
        if name not in self._indexes:
            raise StateError(f"the layout {self.number} has no segment {name!r}")
        return self._indexes[name]

    def group(self, names: list[str]) -> int:
        """The number of the key group of these segments. Raises StateError."""
        if names not in self.groups:
            raise StateError(f"the layout {self.number} has no segments that share keys: {names}")
        return self.groups.index(names)

    def name_states(self, group: int, states: dict[int, Any]) -> dict[str, Any]:
        """States of features by their ids."""
        ids = self.features_of(group)
        return {ids[column]: plain(state) for column, state in states.items()}

    def number_states(self, group: int, states: dict[str, Any]) -> dict[int, Any]:
        """Undo ``name_states``."""
        return {self.column(group, one): restored(state) for one, state in states.items()}

    def name_slots(self, group: int, slots: dict[int, Any]) -> list[list[Any]]:
        """Memberships as ``[segment, rung, slot]``; the rung of a segment without any is empty."""
        return [[*self.slots[group][number], plain(slot)] for number, slot in slots.items()]

    def number_slots(self, group: int, memberships: list[list[Any]]) -> dict[int, Any]:
        """Undo ``name_slots``. Raises StateError."""
        numbers = {named: number for number, named in self.slots.get(group, {}).items()}
        slots = {}
        for segment, rung, slot in memberships:
            if (segment, rung) not in numbers:
                raise StateError(f"the layout {self.number} has no {segment!r} with rung {rung!r}")
            slots[numbers[segment, rung]] = restored(slot)
        return slots


def plain(value: Any) -> Any:
    """A value of msgpack as JSON has it: bytes, and maps whose keys are no texts, are marked."""
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: plain(one) for key, one in value.items()}
        return {_PAIRS: [[plain(key), plain(one)] for key, one in value.items()]}
    return value


def restored(value: Any) -> Any:
    """Undo ``plain``."""
    if isinstance(value, list):
        return [restored(one) for one in value]
    if isinstance(value, dict):
        if value.keys() == {_BYTES}:
            return base64.b64decode(value[_BYTES])
        if value.keys() == {_PAIRS}:
            return {restored(key): restored(one) for key, one in value[_PAIRS]}
        return {key: restored(one) for key, one in value.items()}
    return value
