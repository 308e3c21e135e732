"""Key groups: parametric segments whose keys are touched by the same events share their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from streamseg.core.contacts.contact import FEATURES, SLOTS, Contact, KeyState
from streamseg.core.contacts.slots import is_inside
from streamseg.core.features.base import Feature, States
from streamseg.core.segments.preconditions import Preconditions
from streamseg.core.values.predicates import Where

if TYPE_CHECKING:
    from streamseg.core.conditions.in_segment import InSegment
    from streamseg.core.conditions.moved import Moved
    from streamseg.core.conditions.predicted import Predicted
    from streamseg.core.labels.rfm import Rfm
    from streamseg.core.segments.segment import Segment

Signature = tuple[Any, ...]
EVERY_EVENT: Final = ""


class Columns:
    """Gives each feature a column; features with the same column key share one."""

    def __init__(self) -> None:
        self.features: list[Feature] = []
        self._by_column_key: dict[tuple[Any, ...], int] = {}

    def keep_moves(self, condition: Moved) -> None:
        """Nothing to do, as with `refer`."""

    def follow_up(self, predicted: Predicted) -> None:
        """Nothing to do, as with `refer`."""

    def read_as_date(self, path: str) -> None:
        """Nothing to do, as with `refer`."""

    def use_table(self, label: Rfm) -> None:
        """Nothing to do, as with `refer`."""

    def refer(self, condition: InSegment) -> None:
        """Nothing to do: only the binder's own registry notes references."""

    def column(self, feature: Feature) -> int:
        """The column of a feature, shared with those of the same column key."""
        column = self._by_column_key.get(feature.column_key)
        if column is None:
            column = self._by_column_key[feature.column_key] = len(self.features)
            self.features.append(feature)
        else:
            self.features[column].widen(feature)
        return column

    def feature(self, column: int) -> Feature:
        """The feature in a column, which has all that is asked of it."""
        return self.features[column]

    def known(self, feature: Feature) -> int:
        """The column of a feature that has one; unlike ``column``, this widens nothing."""
        return self._by_column_key[feature.column_key]


class KeyGroup:
    """Parametric segments that have the same keys at all times, and the columns and slots of those.

    ``on``: the event type and test of an instant rule; its events touch keys without any feature.
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
        self.bits = 0  # of the segments, but for instant rules
        self.preconditions = Preconditions()
        self._waiting = 0  # segments that cannot hold for a product without known facts
        # Segments that no event makes a contact leave, each with its slot.
        self._rising: list[tuple[int, int]] = []

    def note(self, segment: Segment, rises: bool) -> None:
        """Add a segment to evaluate; ``rises``: no event makes a contact leave it."""
        self.bits |= segment.bit
        if segment.needs_facts:
            self._waiting |= segment.bit
        if rises:
            self._rising.append((segment.bit, segment.first_slot))

    def affected(self, contact: Contact, state: KeyState, is_known: bool) -> int:
        """The segments to evaluate, as bits, after an event touched a key.

        ``is_known``: the product has known facts, or there is a membership already.
        """
        mask = self.bits if is_known else self.bits ^ self._waiting
        slots: States = state[SLOTS]
        if slots:
            for bit, slot in self._rising:
                if is_inside(slots.get(slot)) and mask & bit:
                    mask ^= bit
        return self.preconditions.met(contact, state[FEATURES], mask)

    @property
    def asks_of_products(self) -> bool:
        """Whether some segment cannot hold for a product without known facts."""
        return self._waiting != 0


def signature(
    per: str,
    max_keys: int,
    on: tuple[str, Where | None] | None,
    features: Sequence[Feature],
) -> Signature:
    """Segments with the same signature have the same keys at all times."""
    touched_on = None if on is None else (on[0], _text(on[1]))
    return (per, max_keys, touched_on, frozenset(feature.events for feature in features))


def _text(where: Where | None) -> str:
    return EVERY_EVENT if where is None else where.text
