"""What is remembered of alerts, by the partition that decides them."""

from __future__ import annotations

import msgspec


class Progress(msgspec.Struct, array_like=True):
    """How far alerts are decided: the last minute (ms), and by partition the last one heard of.

    ``waits_since``: since when (wall clock, ms) a minute waits that some partition has passed.
    """

    decided: int | None = None
    heard: dict[int, int] = {}
    waits_since: int | None = None
    is_blind: bool = False


class Course(msgspec.Struct, array_like=True):
    """The course of one alert. ``terms`` are those under which it runs, ``source`` what it counts.

    ``since``: the first of the minutes in a row at which a bound is passed. Of a surge ``total`` is
    what was counted by the end of the last bucket, ``buckets`` how many in a row say the contrary
    of ``is_raised``, and ``held`` the first of them (its hour, and its count).
    """

    terms: str
    source: str
    is_raised: bool = False
    since: int | None = None
    total: int | None = None
    buckets: int = 0
    held: tuple[int, int] | None = None


class Hours(msgspec.Struct, array_like=True):
    """The same hour of several weeks: of each its number, how many buckets count, and their sum."""

    hours: list[tuple[int, int, int]] = []


class Sizes(msgspec.Struct, array_like=True):
    """How many were in a segment at each minute of an hour; -1 where that is not known."""

    members: list[int]
