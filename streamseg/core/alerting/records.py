"""The state of alerts, in the partition that decides them."""

from __future__ import annotations

import msgspec


class Progress(msgspec.Struct, array_like=True):
    """How far alerts are decided: the last decided minute (ms), and by partition the last minute
    reported.

    ``waits_since``: since when (wall clock, ms) a minute waits that some partition has passed.
    """

    decided: int | None = None
    heard: dict[int, int] = {}
    waits_since: int | None = None
    is_blind: bool = False


class AlertState(msgspec.Struct, array_like=True):
    """The state of one alert. ``terms`` are those under which it runs, ``source`` what it counts.

    ``since``: the first of the consecutive minutes at which a bound is passed. For a surge,
    ``total`` is the count by the end of the last bucket, ``buckets`` the number of consecutive
    buckets that speak against ``is_raised``, and ``held`` the first of them (its hour, and its
    count).
    """

    terms: str
    source: str
    is_raised: bool = False
    since: int | None = None
    total: int | None = None
    buckets: int = 0
    held: tuple[int, int] | None = None


class Hours(msgspec.Struct, array_like=True):
    """The same hour of several weeks: for each its number, the number of its buckets, and their
    sum.
    """

    hours: list[tuple[int, int, int]] = []


class Sizes(msgspec.Struct, array_like=True):
    """The size of a segment at each minute of an hour; -1 if it is not known."""

    members: list[int]
