"""Previews the next quantile tables: their cuts, and how many contacts would change scores."""

from __future__ import annotations

from typing import NamedTuple

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import Contact
from streamseg.core.labels.rfm import Measured, Rfm
from streamseg.core.tables.census import count_in
from streamseg.core.tables.mail import Population, Table, TableSet
from streamseg.core.tables.making import cuts_by, next_table
from streamseg.core.tables.terms import TableTerms
from streamseg.core.values.predicates import Number


class LabelPreview(NamedTuple):
    """The next table of a label, made of ``counted`` contacts; None if none is made. ``before`` are
    the present cuts by dimension. ``rescored`` contacts would have other scores, and ``moves``
    counts those that would have another name, by present and future name.
    """

    label: Rfm
    counted: int
    before: dict[str, tuple[Number, ...]]
    table: Table | None
    rescored: int
    moves: dict[tuple[str, str], int]


class TablePreview:
    """Counts contacts as of an ``instant``; ``last`` are the tables that there are, if any."""

    def __init__(self, labels: dict[str, Rfm], terms: TableTerms, instant: int) -> None:
        self.last: TableSet | None = None
        self._labels = labels
        self._terms = terms
        self._instant = instant
        self._found: dict[str, list[Measured]] = {name: [] for name in labels}

    def know(self, tables: TableSet | None) -> None:
        """Take the newest tables that a partition knows."""
        last = self.last
        if tables is not None and (last is None or tables.boundary > last.boundary):
            self.last = tables

    def count(self, contact: Contact) -> None:
        """Count a contact, unless its figures are not known."""
        ctx = EvalContext().look_at(contact)
        for name, label in self._labels.items():
            contact.decode_features(label.columns)
            measured = label.measured(ctx, self._instant)
            if measured is not None:
                self._found[name].append(measured)

    def label_previews(self) -> list[LabelPreview]:
        """The preview of each label."""
        return [self._of(name, label) for name, label in self._labels.items()]

    def _of(self, name: str, label: Rfm) -> LabelPreview:
        former = None if self.last is None else self.last.tables.get(name)
        if former is not None and former.of != label.counts:
            former = None
        total = Population(label.counts)
        for measured in self._found[name]:
            if measured.frequency:
                count_in(total, label, measured)
        table = next_table(label, self._terms, self._instant, total, former)
        old = cuts_by(label, former)
        new = old if table is None else cuts_by(label, table)
        rescored = 0
        moves: dict[tuple[str, str], int] = {}
        for measured in self._found[name]:
            had, has = label.scores_by(old, measured), label.scores_by(new, measured)
            if had != has:
                rescored += 1
                before, after = label.name_by(had), label.name_by(has)
                if before != after:
                    moves[before, after] = moves.get((before, after), 0) + 1
        cuts = {one: old.of(one) for one in label.quantiles}
        return LabelPreview(label, total.count, cuts, table, rescored, moves)
