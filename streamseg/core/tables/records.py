"""The changelog records of a partition about quantile tables."""

from __future__ import annotations

from typing import Final

import msgspec

from streamseg.core.counting.figures import Sums
from streamseg.core.tables.mail import Population, TableSet

PREFIX: Final = b"q"  # of changelog records
COUNTED: Final = "counted"  # how far a partition's census is
MADE: Final = "made"  # censuses and the last tables, in the partition that makes tables
IN_FORCE: Final = "in_force"  # the tables that hold in a partition

Counted = dict[str, Population]


class CensusProgress(msgspec.Struct, array_like=True):
    """The next boundary; whether its census has begun, the last contact that it counted, and its
    counts so far.

    ``of`` says what is counted. A contact that is counted before its turn bears the boundary.
    ``sums`` are of the members of segments.
    """

    boundary: int
    of: list[str]
    is_open: bool = False
    cursor: bytes = b""
    populations: dict[str, Population] = {}
    sums: dict[str, Sums] = {}


class Made(msgspec.Struct, array_like=True):
    """Censuses by boundary and partition; by partition, the boundary up to which it had no
    contacts; the last boundary that is finished; and the last tables.
    """

    censuses: dict[int, dict[int, Counted]] = {}
    empty: dict[int, int] = {}
    done: int | None = None
    last: TableSet | None = None


class InForce(msgspec.Struct, array_like=True):
    """The tables that hold; the tables before them, while contacts are still under these; the
    tables to come; and the contact up to which all are brought (None: all are).
    """

    now: TableSet | None = None
    before: TableSet | None = None
    coming: list[TableSet] = []
    cursor: bytes | None = None
