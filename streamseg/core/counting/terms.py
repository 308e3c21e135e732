"""The terms of counting, as the rules define them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from streamseg.core.conditions.predicted import Predicted
from streamseg.core.labels.base import Label
from streamseg.core.labels.rfm import Rfm
from streamseg.core.tables.terms import TableTerms
from streamseg.core.values.dates import BY_MONTH, period_of, period_text
from streamseg.core.values.zones import DAY_MS, UTC_ZONE, Zone


class Conversion(msgspec.Struct, frozen=True):
    """What an exposure leads to: an event of a type at most ``within`` ms after it.

    ``amount`` is the path of the sum in its data, ``currency`` the only one that counts (None: all
    do). ``retention``: by months since a contact's first such event.
    """

    convert: str = "order_placed"
    within: int = 7 * DAY_MS
    amount: tuple[str, ...] = ("total",)
    currency: str | None = None
    retention: bool = False


class Alert(msgspec.Struct, frozen=True):
    """A bound of a segment's size: ``lt`` and ``gt`` a number, ``drop`` and ``rise`` percent of
    what it was ``within`` ms ago. It must be passed for ``hold`` ms, and is cleared ``clear``
    percent beyond.

    Or a ``surge`` or ``slump`` of ``measure`` (`entered`, `fired` or `activity`) in five minutes:
    ``k`` spreads from what is usual at that hour of the week in ``zone``, and ``least`` in number.
    """

    name: str
    segment: str
    bound: str
    limit: Decimal
    within: int | None
    hold: int
    clear: Decimal
    measure: str = "members"
    k: Decimal = Decimal(5)
    least: int = 20
    zone: Zone = UTC_ZONE


class Summing(msgspec.Struct, frozen=True):
    """The sums over the members of each segment at the instants of ``terms``: the expected
    ``worth`` of their orders (None: not asked for), and how many have each of the ``scores``.
    """

    terms: TableTerms
    worth: Predicted | None = None
    scores: tuple[Rfm, ...] = ()

    @property
    def text(self) -> str:
        """The terms as a text; equal terms have equal texts."""
        worth = "" if self.worth is None else self.worth.text
        return f"{worth} {[one.text for one in self.scores]}"


class Counting(msgspec.Struct, frozen=True):
    """What to count: segments, by days in ``zone``; exposures, if there is a ``conversion``; moves
    of a label, if there is a ``lifecycle``; ``sums``, at their instants.
    """

    zone: Zone = UTC_ZONE
    conversion: Conversion | None = None
    alerts: tuple[Alert, ...] = ()
    lifecycle: Label | None = None
    sums: Summing | None = None


class Viewing(msgspec.Struct, frozen=True):
    """The event types that are views, each with its weight (1); after ``half_life`` ms a view
    counts half as much. ``top`` products are shown.
    """

    types: tuple[str, ...]
    weights: dict[str, int]
    half_life: int
    top: int

    @property
    def text(self) -> str:
        """The terms as a text; equal terms have equal texts."""
        return f"{self.types} {sorted(self.weights.items())} {self.half_life}"


def month_of(day: int) -> int:
    """The month of a local day, as its number since the year 0."""
    return period_of(day, BY_MONTH)


def month_text(month: int) -> str:
    """A month as ``2026-11``."""
    return period_text(month, BY_MONTH)
