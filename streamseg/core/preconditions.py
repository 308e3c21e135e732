"""Which segments have an unmet precondition: a necessary part that is false, whatever time it is.

Sets of segments are integers, as in `watching`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from streamseg.core.contact import UNKNOWN, Contact
from streamseg.core.dependencies import Precondition
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import Feature
from streamseg.core.predicates import Number


class Preconditions:
    """Which segments the contact's features keep false, whatever time it is.

    A segment with keys is false for each of them while a precondition is unmet. An event after
    which one is unmet, or is so no more, has the segment decided for all its keys (see `RuleSet`).
    So between two such events nobody is in.
    """

    def __init__(self) -> None:
        self.segments = 0  # those without keys that have preconditions
        self._with_keys = 0  # and those with keys
        self._texts: dict[int, _TextPreconditions] = {}  # by column
        self._floors: dict[int, _FloorPreconditions] = {}
        self._orders: dict[tuple[int, int], int] = {}  # by the columns of what is last, and before

    def add(self, bit: int, precondition: Precondition, feature: Feature, has_keys: bool) -> None:
        """Note a part that a segment cannot hold without, and the feature that decides it."""
        if has_keys:
            self._with_keys |= bit
        else:
            self.segments |= bit
        if precondition.before is not None:
            columns = precondition.column, precondition.before
            self._orders[columns] = self._orders.get(columns, 0) | bit
        elif precondition.floor is None:
            self._texts.setdefault(precondition.column, _TextPreconditions()).add(
                bit, precondition.values
            )
        else:
            self._floors.setdefault(precondition.column, _FloorPreconditions(feature)).add(
                bit, precondition.floor
            )

    def has(self, column: int) -> bool:
        """Whether a precondition reads the feature in a column."""
        ordered = any(column in columns for columns in self._orders)
        return ordered or column in self._texts or column in self._floors

    def possible(self, contact: Contact, mask: int) -> int:
        """Of segments those to decide: who may be in, or is; those with keys in any case."""
        if not mask & self.segments:
            return mask
        return mask & ~(self._unmet(contact) & self.segments & ~contact.inside)

    def unmet_of_keys(self, contact: Contact, mask: int) -> int:
        """Of segments with keys those with an unmet precondition."""
        mask &= self._with_keys
        return mask & self._unmet(contact) if mask else 0

    def _unmet(self, contact: Contact) -> int:
        unmet = contact.unmet
        if unmet == UNKNOWN:
            unmet = 0
            for column, texts in self._texts.items():
                unmet |= texts.unmet(contact.state(column))
            for column, floors in self._floors.items():
                unmet |= floors.unmet(contact, column)
            for (last, before), bits in self._orders.items():
                earlier = contact.state(before)
                if earlier is not None and not _is_after(contact.state(last), earlier):
                    unmet |= bits
            contact.unmet = unmet
        return unmet


class _TextPreconditions:
    """Segments that need an attribute to be one of some texts."""

    def __init__(self) -> None:
        self._all = 0
        self._unmet: dict[str, int] = {}  # by the attribute's value

    def add(self, bit: int, values: tuple[str, ...]) -> None:
        for value in values:
            self._unmet.setdefault(value, self._all)
        self._all |= bit
        for value in self._unmet:
            if value not in values:
                self._unmet[value] |= bit

    def unmet(self, state: list[Any] | None) -> int:
        """The segments whose precondition a state of the attribute does not meet."""
        value = Attribute.value(state)
        return self._unmet.get(value, self._all) if type(value) is str else self._all


class _FloorPreconditions:
    """Segments that need an open cart with a least total, or a least sum of values."""

    def __init__(self, feature: Feature) -> None:
        self._feature = feature
        self._of_nothing = 0  # those unmet where there is no open cart, or no value
        self._floors: list[Number] = []
        self._bits: list[int] = []

    def add(self, bit: int, floor: Number) -> None:
        at = bisect_right(self._floors, floor)
        self._floors.insert(at, floor)
        self._bits.insert(at, bit)
        if floor > 0 or not self._feature.adds_up_to_0:
            self._of_nothing |= bit

    def unmet(self, contact: Contact, column: int) -> int:
        """The segments whose precondition the cart, or the values, in a column do not meet."""
        most = contact.total(self._feature, column)
        if most is None:
            return self._of_nothing
        mask = 0
        for bit in self._bits[bisect_right(self._floors, most) :]:
            mask |= bit
        return mask


def common_preconditions(preconditions: list[list[Precondition]]) -> list[Precondition]:
    """The preconditions of a segment from those of its rungs: what no rung holds without."""
    return [
        precondition
        for precondition in preconditions[0]
        if all(precondition in of_rung for of_rung in preconditions)
    ]


def _is_after(state: list[Any] | None, earlier: list[Any]) -> bool:
    """Whether a last event, as its state says, came after another one."""
    return state is not None and bool(state[0] > earlier[0])
