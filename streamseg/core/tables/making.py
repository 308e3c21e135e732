"""Makes quantile tables of the censuses of all partitions; partition 0 does it.

A table is made once all partitions have sent their census of a boundary. A partition that is behind
delays the table, and nothing else.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streamseg.core.labels.rfm import Rfm
from streamseg.core.store import Store
from streamseg.core.tables.mail import Census, Population, Table, TableSet
from streamseg.core.tables.quantiles import SCALES, Cuts, next_cuts, reaching
from streamseg.core.tables.records import MADE, PREFIX, Counted, Made
from streamseg.core.tables.terms import TableTerms
from streamseg.core.values.numbers import pack, unpack
from streamseg.core.values.predicates import Number

LEAD_MS: Final = 60_000  # from making a table until it holds, so that all partitions get it before

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Made).decode


class TableMaker:
    """Adds up the censuses of ``partitions`` partitions.

    A table holds from ``lead`` ms after it is made; None (a replay): from its boundary on.
    """

    def __init__(
        self, labels: dict[str, Rfm], terms: TableTerms, partitions: int, lead: int | None
    ) -> None:
        self._labels = labels
        self._terms = terms
        self._partitions = partitions
        self._lead = lead
        self.store: Store[Made] = Store(PREFIX, lambda _, value: _decode(value), _encode)

    def receive(self, census: Census, now: int) -> list[TableSet]:
        """Take a census; returns the tables that can be made now that this one has come."""
        made = self.store.get(MADE)
        if made is None:
            made = Made()
            self.store.add(MADE, made)
        boundary, partition = census.boundary, census.partition
        if census.is_void:
            _finish(made, boundary)
        elif census.since_ever:
            made.empty[partition] = max(boundary, made.empty.get(partition, boundary))
        elif made.done is None or boundary > made.done:
            made.censuses.setdefault(boundary, {})[partition] = census.populations
        found = []
        for one in sorted(made.censuses):
            if self._is_complete(made, one):
                tables = self._tables(made, one, now)
                _finish(made, one)
                if tables is not None:
                    made.last = tables
                    found.append(tables)
        return found

    def _is_complete(self, made: Made, boundary: int) -> bool:
        told = made.censuses[boundary]
        for partition in range(self._partitions):
            empty = made.empty.get(partition)
            if partition not in told and (empty is None or empty < boundary):
                return False
        return True

    def _tables(self, made: Made, boundary: int, now: int) -> TableSet | None:
        """The tables as of a boundary; None where none has changed."""
        former = {} if made.last is None else made.last.tables
        tables: dict[str, Table] = {}
        is_changed = False
        for name, label in self._labels.items():
            table = former.get(name)
            if table is not None and table.of != label.counts:
                table = None
            made_now = self._table(label, name, made.censuses[boundary], boundary, table)
            if made_now is not None:
                table, is_changed = made_now, True
            if table is not None:
                tables[name] = table
        if not is_changed:
            return None
        effective = boundary if self._lead is None else max(boundary, now) + self._lead
        return TableSet(boundary, effective, tables)

    def _table(
        self,
        label: Rfm,
        name: str,
        told: dict[int, Counted],
        boundary: int,
        former: Table | None,
    ) -> Table | None:
        """The table of a label; None where too few contacts were counted, or no cut has changed."""
        total = Population(label.counts)
        for counted in told.values():
            population = counted.get(name)
            if population is None or population.of != label.counts:
                return None  # counted under other rules
            total.add(population)
        return next_table(label, self._terms, boundary, total, former)


def next_table(
    label: Rfm, terms: TableTerms, boundary: int, total: Population, former: Table | None
) -> Table | None:
    """The table of a label for a population. None where the population is too small, or no cut
    differs from the ``former`` table (None: from the label's own cuts).
    """
    if total.count < max(terms.least, 1):
        return None
    found: dict[str, tuple[Number, ...]] = {}
    is_changed = False
    for dimension in label.quantiles:
        old = label.cuts.of(dimension) if former is None else cuts_of(former, dimension)
        cuts = next_cuts(total.bins[dimension], SCALES[dimension], old, terms.drift)
        is_changed = is_changed or cuts is not None
        found[dimension] = old if cuts is None else cuts
    return _table_of(label, boundary, total, found) if is_changed else None


def cuts_of(table: Table, dimension: str) -> tuple[Number, ...]:
    """The cuts of a table in a dimension; empty where it has none."""
    cuts = [unpack(cut) for cut in table.cuts.get(dimension, ())]
    return tuple([cut for cut in cuts if cut is not None])


def cuts_by(label: Rfm, table: Table | None) -> Cuts:
    """The cuts of a label by a table; the label's own cuts if there is no table, or only one of
    other figures.
    """
    if table is None or table.of != label.counts:
        return label.cuts
    cuts, found = label.cuts, {one: cuts_of(table, one) for one in label.quantiles}
    return Cuts(
        tuple([int(cut) for cut in found.get("recency", cuts.recency)]),
        tuple([int(cut) for cut in found.get("frequency", cuts.frequency)]),
        found.get("monetary", cuts.monetary),
    )


def _table_of(
    label: Rfm, boundary: int, total: Population, found: dict[str, tuple[Number, ...]]
) -> Table:
    cuts: dict[str, list[int | str]] = {}
    reached: dict[str, list[int]] = {}
    for dimension, those in found.items():
        packed = [pack(cut) for cut in those]
        cuts[dimension] = [cut for cut in packed if cut is not None]
        bins, scale = total.bins[dimension], SCALES[dimension]
        reached[dimension] = [reaching(bins, scale, cut) for cut in those]
    return Table(label.counts, boundary, total.count, cuts, reached)


def _finish(made: Made, boundary: int) -> None:
    """Make no more tables for boundaries up to this one."""
    made.done = boundary if made.done is None else max(made.done, boundary)
    made.censuses = {one: told for one, told in made.censuses.items() if one > made.done}
