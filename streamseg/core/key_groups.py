"""Keys of parametric segments: segments that the same events touch share what they remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streamseg.core.contact import is_inside
from streamseg.core.features.base import Feature, States
from streamseg.core.predicates import Where

if TYPE_CHECKING:
    from streamseg.core.conditions.in_segment import InSegment
    from streamseg.core.conditions.moved import Moved
    from streamseg.core.segments import Segment

Signature = tuple[Any, ...]
EVERY_EVENT: Final = ""


class Columns:
    """Gives each feature a column; features with the same column key share one."""

    def __init__(self) -> None:
        self.features: list[Feature] = []
        self._by_column_key: dict[tuple[Any, ...], int] = {}

    def keep_moves(self, condition: Moved) -> None:
        """Nothing to do, as with `refer`."""

    def refer(self, condition: InSegment) -> None:
        """Nothing to do: whoever links segments has a registry that notes who refers to whom."""

    def column(self, feature: Feature) -> int:
        """The column of a feature, made one with that of its group where there is one."""
        column = self._by_column_key.get(feature.column_key)
        if column is None:
            column = self._by_column_key[feature.column_key] = len(self.features)
            self.features.append(feature)
        else:
            self.features[column].widen(feature)
        return column


class _Level(NamedTuple):
    """A segment, the least count that it needs, and its slot where who is in stays in."""

    least: int
    bit: int
    slot: int


class KeyGroup:
    """The keys of parametric segments that have the same keys at all times: features and slots.

    ``on``: event type and test of an instant rule, whose events touch keys whatever they are.
    """

    def __init__(
        self, index: int, per: str, max_keys: int, on: tuple[str, Where | None] | None
    ) -> None:
        self.index = index
        self.per = per
        self.per_product = per == "product"
        self.max_keys = max_keys
        self.on = on
        self.columns = Columns()
        self.segments: list[Segment] = []
        self.slots = 0
        self.bits = 0  # of the segments that are decided
        self._always = 0
        self._waiting = 0  # of those always decided, those that need a product's facts
        self._levels: dict[int, list[_Level]] = {}  # by column

    def note(self, segment: Segment, rises: bool) -> None:
        """Note what a segment that is decided needs; ``rises``: events make no one leave it."""
        self.bits |= segment.bit
        if not segment.leasts:
            self._always |= segment.bit
            if segment.needs_facts:
                self._waiting |= segment.bit
            return
        column, least = segment.leasts[0]
        levels = self._levels.setdefault(column, [])
        levels.append(_Level(least, segment.bit, segment.first_slot if rises else -1))
        levels.sort()

    def affected(self, features: States, slots: States, is_known: bool) -> int:
        """Of the segments, as bits, those to decide after an event touched a key.

        ``is_known``: something was told of the product, or there is a membership already.
        """
        mask = self._always if is_known else self._always & ~self._waiting
        for column, levels in self._levels.items():
            count = len(features.get(column, ()))
            for least, bit, slot_place in levels:
                if least > count:
                    break
                if slot_place < 0 or not is_inside(slots.get(slot_place)):
                    mask |= bit
        return mask

    @property
    def asks_of_products(self) -> bool:
        """Whether a segment holds of no product of which nothing was told."""
        return self._waiting != 0


def signature(
    per: str,
    max_keys: int,
    on: tuple[str, Where | None] | None,
    features: Sequence[Feature],
) -> Signature:
    """Segments have the same keys at all times where this is the same."""
    touched_on = None if on is None else (on[0], _text(on[1]))
    return (per, max_keys, touched_on, frozenset(feature.events for feature in features))


def _text(where: Where | None) -> str:
    return EVERY_EVENT if where is None else where.text
