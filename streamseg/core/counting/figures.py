"""What is counted: of segments by day and by now, and of buyers by the month they began."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.counting.money import NOTHING

NO_VARIANT: Final = ""  # as the key of what is told outside of any experiment
PREFIX: Final = b"m"  # of the changelog records of all that is counted
_NEVER: Final = -(1 << 60)


class Figures(msgspec.Struct, array_like=True):
    """What happened on a day, of a segment and a variant.

    ``entered`` and ``exited`` are by cause, ``suppressed`` by reason. Exposures, and what came of
    them, are those of the day on which they began; sums are of money, ``revenue_squared`` adds up
    the square of each exposure's.
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
    """The figures of a local day (its number), by segment and variant; and how many contacts moved
    from which stage of life to which.
    """

    number: int
    figures: dict[str, dict[str, Figures]] = {}
    moves: dict[str, dict[str, int]] = {}


class Sums(msgspec.Struct, array_like=True):
    """What time changes of everybody at once, summed of the ``contacts`` in a segment as of an
    instant.

    ``worth`` is what the orders of the ``predicted`` among them are expected to be worth, and
    ``scores`` how many have each score (from 1 on), by label and dimension.
    """

    as_of: int
    contacts: int = 0
    predicted: int = 0
    worth: Decimal = NOTHING
    scores: dict[str, dict[str, list[int]]] = {}


class Size(msgspec.Struct, array_like=True):
    """Who is in a segment by now: stays of contacts (and keys), and how many on each rung.

    ``entered`` and ``exited`` are of all days. ``spent`` is what the members of a segment without
    keys spent ever. ``fired`` triggers and ``active`` events of members are counted only where an
    alert asks for them, ``sums`` only where it is asked for.
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

    ``unpublished``: by day (empty: by now) the segments of which something was counted since
    ``published_at`` (ms). ``former`` are sizes of segments that the rules have no more, while
    contacts rest who were not brought to these rules, and may be in them.
    """

    layouts: list[int]
    sizes: dict[str, Size] = {}
    unpublished: dict[str, list[str]] = {}
    published_at: int = 0
    former: dict[str, Size] = {}


class Cohort(msgspec.Struct, array_like=True):
    """Of the buyers who began in a month, how many came again ``k`` months later, by ``k``."""

    month: int
    contacts: dict[int, int] = {}


class News(msgspec.Struct):
    """What a batch counted, for metrics: by segment, and by segment and variant."""

    entered: dict[str, int] = {}
    converted: dict[tuple[str, str], int] = {}
    revenue: dict[tuple[str, str], Decimal] = {}
    active: dict[str, int] = {}

    def take(self) -> News:
        """All of it, of which nothing is left."""
        taken = News(self.entered, self.converted, self.revenue, self.active)
        self.entered, self.converted, self.revenue, self.active = {}, {}, {}, {}
        return taken


class CountRecord(msgspec.Struct):
    """What is counted of a segment, to be told: its size by now, or (with ``day``) a day's figures;
    or, of no segment, a cohort, or a day's moves.

    All of it is None where the segment is gone. ``within`` is how long exposures are open (ms), and
    ``zone`` whose days they are.
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
    """What is counted of products' views (``of``), the latest period of which something was, in
    which hour it was told last, and whether all is told. Products were forgotten for want of room
    whose views might count before the period ``whole_from``.
    """

    of: str
    latest: int = _NEVER
    hour: int = 0
    is_told: bool = True
    whole_from: int = _NEVER


class TopRecord(msgspec.Struct):
    """How often products are viewed, to be told: those that count in a period, the first one first,
    each as favourites are remembered. ``top`` of them are shown.

    ``is_whole``: none was forgotten that might count.
    """

    at: int
    half_life: int
    top: int
    period: int
    entries: list[list[Any]]
    is_whole: bool

    stream = "stats"
