"""What bars segments: necessary parts that are false, whatever time it is.

Sets of segments are integers, as in `watching`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from streamseg.core.contact import UNKNOWN, Contact
from streamseg.core.effects import Bar
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import Feature
from streamseg.core.predicates import Number


class Bars:
    """What the contact's features say that keeps segments false, whatever time it is.

    A segment with keys that is barred is false for each. An event that bars it, or does so no
    more, has it decided for all its keys (see `RuleSet`), so between two such events nobody is in.
    """

    def __init__(self) -> None:
        self.segments = 0  # those without keys that something may bar
        self._with_keys = 0  # and those with keys
        self._texts: dict[int, _TextBar] = {}  # by place
        self._floors: dict[int, _FloorBar] = {}
        self._orders: dict[tuple[int, int], int] = {}  # by the places of what is last, and before

    def add(self, bit: int, bar: Bar, feature: Feature, has_keys: bool) -> None:
        """Note a part that a segment cannot hold without, and the feature that decides it."""
        if has_keys:
            self._with_keys |= bit
        else:
            self.segments |= bit
        if bar.before is not None:
            places = bar.place, bar.before
            self._orders[places] = self._orders.get(places, 0) | bit
        elif bar.floor is None:
            self._texts.setdefault(bar.place, _TextBar()).add(bit, bar.values)
        else:
            self._floors.setdefault(bar.place, _FloorBar(feature)).add(bit, bar.floor)

    def has(self, place: int) -> bool:
        """Whether the feature at a place bars."""
        ordered = any(place in places for places in self._orders)
        return ordered or place in self._texts or place in self._floors

    def permitted(self, contact: Contact, mask: int) -> int:
        """Of segments those to decide: not barred, or in; with keys in any case."""
        if not mask & self.segments:
            return mask
        return mask & ~(self._barred(contact) & self.segments & ~contact.inside)

    def barred_of_keys(self, contact: Contact, mask: int) -> int:
        """Of segments with keys those that are barred."""
        mask &= self._with_keys
        return mask & self._barred(contact) if mask else 0

    def _barred(self, contact: Contact) -> int:
        barred = contact.barred
        if barred == UNKNOWN:
            barred = 0
            for place, text_bar in self._texts.items():
                barred |= text_bar.barred(contact.state(place))
            for place, floor_bar in self._floors.items():
                barred |= floor_bar.barred(contact, place)
            for (last, before), bits in self._orders.items():
                earlier = contact.state(before)
                if earlier is not None and not _is_after(contact.state(last), earlier):
                    barred |= bits
            contact.barred = barred
        return barred


class _TextBar:
    """Segments that need an attribute to be one of some texts."""

    def __init__(self) -> None:
        self._all = 0
        self._barred: dict[str, int] = {}  # by the attribute's value

    def add(self, bit: int, values: tuple[str, ...]) -> None:
        for value in values:
            self._barred.setdefault(value, self._all)
        self._all |= bit
        for value in self._barred:
            if value not in values:
                self._barred[value] |= bit

    def barred(self, state: list[Any] | None) -> int:
        """The segments that a state of the attribute bars."""
        value = Attribute.value(state)
        return self._barred.get(value, self._all) if type(value) is str else self._all


class _FloorBar:
    """Segments that need an open cart with a least total, or a least sum of values."""

    def __init__(self, feature: Feature) -> None:
        self._feature = feature
        self._of_nothing = 0  # those barred where there is no open cart, or no value
        self._floors: list[Number] = []
        self._bits: list[int] = []

    def add(self, bit: int, floor: Number) -> None:
        at = bisect_right(self._floors, floor)
        self._floors.insert(at, floor)
        self._bits.insert(at, bit)
        if floor > 0 or not self._feature.adds_up_to_0:
            self._of_nothing |= bit

    def barred(self, contact: Contact, place: int) -> int:
        """The segments that the cart, or the values, at a place bars."""
        most = contact.total(self._feature, place)
        if most is None:
            return self._of_nothing
        mask = 0
        for bit in self._bits[bisect_right(self._floors, most) :]:
            mask |= bit
        return mask


def bars_of_rungs(bars: list[list[Bar]]) -> list[Bar]:
    """The bars of a segment from those of its rungs: what no rung holds without."""
    return [bar for bar in bars[0] if all(bar in of_rung for of_rung in bars)]


def _is_after(state: list[Any] | None, earlier: list[Any]) -> bool:
    """Whether a last event, as its state says, came after another one."""
    return state is not None and bool(state[0] > earlier[0])
