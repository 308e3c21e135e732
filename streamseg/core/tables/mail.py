"""The mail between partitions about quantile tables.

each partition ── Census ──> the first one, which makes a TableSet ──> all partitions
"""

from __future__ import annotations

from typing import Final

import msgspec

from streamseg.core.tables.quantiles import Bins, add_bins

MAKER: Final = 0  # the partition that makes the tables


class Population(msgspec.Struct, array_like=True):
    """How many contacts have figures for a label, and by dimension how many lie in each bin.

    ``of`` names the figures: populations of other figures are not added up.
    """

    of: str
    count: int = 0
    bins: dict[str, Bins] = {}

    def add(self, other: Population) -> None:
        """Add the contacts of another partition."""
        self.count += other.count
        for dimension, bins in other.bins.items():
            add_bins(self.bins.setdefault(dimension, {}), bins)


class Census(msgspec.Struct, tag_field="kind", tag="census", array_like=True):
    """The contacts of a ``partition`` as of ``boundary``, by label.

    ``since_ever``: the partition has never had contacts up to this boundary. ``is_void``: the
    contacts of that time are no longer known, so no table is made for this boundary or earlier
    ones.
    """

    boundary: int
    partition: int
    populations: dict[str, Population]
    since_ever: bool = False
    is_void: bool = False


class Table(msgspec.Struct, array_like=True, frozen=True):
    """The cuts of a label by dimension, made of ``count`` contacts, and how many reach each.

    ``of`` is the population's, ``boundary`` the one at which the cuts last changed.
    """

    of: str
    boundary: int
    count: int
    cuts: dict[str, list[int | str]]
    reached: dict[str, list[int]]


class TableSet(msgspec.Struct, tag_field="kind", tag="tables", array_like=True):
    """The tables of all labels from ``effective`` on; ``boundary`` names them. They ascend in
    both.
    """

    boundary: int
    effective: int
    tables: dict[str, Table]

    stream = "tables"


class TableMail(msgspec.Struct):
    """Mail for partition ``to``."""

    to: int
    body: Census | TableSet

    stream = "table_mail"
