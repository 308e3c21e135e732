"""The counters: of segments, by day and as of now; of buyers, by the month of their first order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.counting.money import NOTHING

NO_VARIANT: Final = ""  # as the key of what is told outside of any experiment
PREFIX: Final = b"m"  # of the changelog records of all that is counted
_NEVER: Final = -(1 << 60)


class Figures(msgspec.Struct, array_like=True):
    """The counts of a segment and a variant on a day.

    ``entered`` and ``exited`` are by cause, ``suppressed`` by reason. Exposures, with their
    conversions and revenue, count on the day on which they began. ``revenue_squared`` adds up the
    squares of each exposure's revenue.
    """

    entered: dict[str, int] = {}
    exited: dict[str, int] = {}
    suppressed: dict[str, int] = {}
    fired: int = 0
    control: int = 0
    cancelled: int = 0
    exposures: int = 0
    converted: int = 0
    late_missed: int = 0
    revenue: Decimal = NOTHING
    revenue_squared: Decimal = NOTHING
    credited: Decimal = NOTHING


class Day(msgspec.Struct, array_like=True):
    """The figures of a local day (by its number), by segment and variant; and the number of moves
    from one life cycle stage to another.
    """

    number: int
    figures: dict[str, dict[str, Figures]] = {}
    moves: dict[str, dict[str, int]] = {}


FiguresByVariant = dict[str, Figures]


class DayAtRest(msgspec.Struct, array_like=True):
    """A `Day` whose figures, by segment, are still encoded."""

    number: int
    figures: dict[str, msgspec.Raw] = {}
    moves: dict[str, dict[str, int]] = {}


class Sums(msgspec.Struct, array_like=True):
    """Sums over the ``contacts`` in a segment as of an instant, of figures that time alone changes.

    ``worth`` is the expected worth of the orders of those with a prediction (``predicted``), and
    ``scores`` the number of contacts with each score (from 1 on), by label and dimension.
    """

    as_of: int
    contacts: int = 0
    predicted: int = 0
    worth: Decimal = NOTHING
    scores: dict[str, dict[str, list[int]]] = {}


class Size(msgspec.Struct, array_like=True):
    """The current size of a segment: the number of stays of contacts (and keys), and how many are
    on each rung.

    ``entered`` and ``exited`` count over all days. ``spent`` is the sum of all orders ever of the
    members, for a segment without keys. ``fired`` triggers and ``active`` events of members are
    counted only if an alert asks for them, ``sums`` only if the rules do.
    """

    members: int = 0
    entered: int = 0
    exited: int = 0
    rungs: dict[str, int] = {}
    spent: Decimal = NOTHING
    fired: int = 0
    active: int = 0
    sums: Sums | None = None


class Summary(msgspec.Struct, array_like=True):
    """The sizes by segment. ``layouts``: contacts at rest under these are counted.

    ``unpublished``: by day (empty: the sizes as of now) the segments whose counts changed since
    ``published_at`` (ms). ``former`` are sizes of segments that the rules no longer have; they are
    kept while contacts at rest that are not yet brought to the rules may be in them.
    """

    layouts: list[int]
    sizes: dict[str, Size] = {}
    unpublished: dict[str, list[str]] = {}
    published_at: int = 0
    former: dict[str, Size] = {}


class Cohort(msgspec.Struct, array_like=True):
    """Of the buyers who first ordered in a month, how many ordered again ``k`` months later, by
    ``k``.
    """

    month: int
    contacts: dict[int, int] = {}


class News(msgspec.Struct):
    """The counts of a batch, for metrics, by segment. ``conversions``: segment, variant, how many
    exposures an order followed for the first time, and the sum of all orders, as a float.
    """

    entered: dict[str, int] = {}
    conversions: list[tuple[str, str, int, float]] = []
    active: dict[str, int] = {}

    def take(self) -> News:
        """All counts; afterwards there are none."""
        taken = News(self.entered, self.conversions, self.active)
        self.entered, self.conversions, self.active = {}, [], {}
        return taken


class CountRecord(msgspec.Struct):
    """Counts to be told: of a segment, its size as of now or (with ``day``) a day's figures;
    without a segment, a cohort or a day's moves.

    All counts are None if the segment is gone. ``within`` is how long exposures are open (ms), and
    ``zone`` the time zone of the days.
    """

    segment: str
    day: str
    at: int
    size: Size | None = None
    figures: dict[str, Figures] | None = None
    cohort: Cohort | None = None
    moves: dict[str, dict[str, int]] | None = None
    within: int | None = None
    zone: str = "UTC"

    stream = "stats"


class ViewsProgress(msgspec.Struct, array_like=True):
    """The state of the counts of products' views: the terms that they are counted by (``of``), the
    latest period with a view, the hour in which they were last told, and whether all of them are
    told. Before the period ``whole_from`` the counts may lack products that were forgotten for want
    of room.
    """

    of: str
    latest: int = _NEVER
    hour: int = 0
    is_told: bool = True
    whole_from: int = _NEVER


class TopRecord(msgspec.Struct):
    """Counts of products' views, to be told: the products that count in a period, the most viewed
    first, each in the form of a favourite. ``top`` of them are shown.

    ``is_whole``: no product that might count was forgotten.
    """

    at: int
    half_life: int
    top: int
    period: int
    entries: list[list[Any]]
    is_whole: bool

    stream = "stats"
