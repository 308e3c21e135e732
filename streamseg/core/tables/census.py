"""A census: counts the contacts of a partition by bin, as of an instant (the boundary).

It begins when the partition's time is ``lateness`` past the boundary, and goes in slices. A contact
that has an event of the boundary or later is counted before that event. How far the census has come
is part of the state, and its result goes out in the batch that ends it. So each contact is counted
once, whatever crashes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.resting import due_of, layout_of
from streamseg.core.counting.sums import SumsTaker
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.features.base import FOREVER
from streamseg.core.labels.rfm import Measured, Rfm
from streamseg.core.store import Store
from streamseg.core.tables.mail import Census, Population
from streamseg.core.tables.quantiles import SCALES
from streamseg.core.tables.records import COUNTED, PREFIX, CensusProgress
from streamseg.core.tables.terms import TableTerms
from streamseg.core.walk import Walk

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(CensusProgress).decode


BringTo = Callable[[bytes, int], None]


def count_in(population: Population, label: Rfm, measured: Measured) -> None:
    """Count a contact in a population."""
    population.count += 1
    for dimension in label.quantiles:
        bins = population.bins.setdefault(dimension, {})
        place = SCALES[dimension].bin_of(measured.of(dimension))
        bins[place] = bins.get(place, 0) + 1


class CensusTaker:
    """Takes the censuses of one ``partition`` for some labels; ``told`` are those that ended.

    ``layout`` is that of the present rules: contacts under another one are migrated before they are
    counted. ``sums`` adds up figures over the members of segments. ``set_cuts`` sets the cuts of a
    decoded contact.
    """

    def __init__(
        self,
        labels: dict[str, Rfm],
        terms: TableTerms,
        contacts: Store[Contact],
        lateness: int,
        partition: int,
        sums: SumsTaker | None,
        set_cuts: Callable[[Contact], None],
    ) -> None:
        self.layout = 0
        self.told: list[Census] = []
        self.due = -FOREVER  # when the next census begins
        self.is_open = False
        self._labels = labels
        self._of = [f"{name} {label.counts}" for name, label in labels.items()]
        if sums is not None:
            self._of.append(sums.text)
        self._sums = sums
        self._set_cuts = set_cuts
        self._terms = terms
        self._contacts = contacts
        self._lateness = lateness
        self._partition = partition
        self.following = FOREVER  # the boundary after the next
        self._boundary = FOREVER
        self.store: Store[CensusProgress] = Store(PREFIX, lambda _, value: _decode(value), _encode)
        self._walk: Walk | None = None

    # -- what is counted -------------------------------------------------------------------

    def begin(self, now: int) -> None:
        """Count from the first boundary after ``now`` on. Earlier boundaries are void, unless there
        are no contacts.
        """
        is_empty = not self._contacts.is_used
        former = self.store.get(COUNTED)
        if former is not None and (former.is_open or former.populations):
            now = max(now, former.boundary)  # some were counted for that one, under other rules
        before = self._terms.until(now)
        census = Census(before, self._partition, {}, since_ever=is_empty, is_void=not is_empty)
        self._tell(census)
        self.store.add(COUNTED, CensusProgress(self._terms.after(now), self._of))
        self._note()

    def open(self) -> None:
        """Begin the census of the next boundary: the partition's time has passed it."""
        self._progress().is_open = True
        self._note()

    def count_first(
        self, contact: Contact, time: int, evaluator: Evaluator, bring_to: BringTo
    ) -> None:
        """Count a contact before an event or a change at ``time`` is applied to it, if that is at
        the boundary or later.
        """
        if time < self._boundary:
            return
        while time >= self.following:
            self.work(None, bring_to)
        progress = self._progress()
        boundary = progress.boundary
        if contact.counted == boundary or contact.raw <= progress.cursor:
            return
        if self._sums is not None:
            # The sums ask who is in which segment by then.
            evaluator.evaluate_until(contact, boundary)
        self._count(contact, progress)
        contact.counted = boundary

    def _count(self, contact: Contact, progress: CensusProgress) -> int:
        """Count a contact; returns the cost of the sums, in contacts."""
        ctx = EvalContext().look_at(contact)
        for name, label in self._labels.items():
            contact.decode_features(label.columns)
            measured = label.measured(ctx, progress.boundary)
            if measured is None or not measured.frequency:
                continue
            population = progress.populations.get(name)
            if population is None:
                population = progress.populations[name] = Population(label.counts)
            count_in(population, label, measured)
        if self._sums is None:
            return 0
        return self._sums.add(contact, progress.boundary, progress.sums)

    def work(self, limit: int | None, bring_to: BringTo) -> int | None:
        """Count the next ``limit`` contacts, and end the census after the last one. Returns how
        much of the limit is left. ``bring_to`` brings a contact to an instant.
        """
        progress = self._progress()
        walk = self._walk
        if walk is None:
            walk = self._walk = self._contacts.walk(progress.cursor)
        while (limit is None or limit > 0) and (raw := walk.next()) is not None:
            if self._is_behind(raw, progress.boundary):
                bring_to(raw, progress.boundary)
            contact = self.look_at(raw)
            cost = 1
            if contact is not None and contact.counted != progress.boundary:
                cost += self._count(contact, progress)
            progress.cursor = raw
            limit = None if limit is None else max(limit - cost, 0)
        if walk.is_over:
            self._end(progress)
        return limit

    def look_at(self, raw: bytes) -> Contact | None:
        """A contact to read: the live one, or else a copy, so that the store keeps it at rest."""
        contacts = self._contacts
        live = contacts.live.get(raw.decode())
        if live is not None:
            return live
        value = contacts.value(raw)
        if value is None:
            return None
        if layout_of(value) != self.layout:
            return contacts.get(raw.decode())
        contact = Contact.decode(raw, value)
        self._set_cuts(contact)
        return contact

    def _is_behind(self, raw: bytes, instant: int) -> bool:
        """Whether time alone may have changed a contact's segments by an instant, for the sums."""
        if self._sums is None:
            return False
        live = self._contacts.live.get(raw.decode())
        if live is not None:
            return live.due_at <= instant
        value = self._contacts.value(raw)
        return value is not None and due_of(value) <= instant

    def _tell(self, census: Census) -> None:
        if self._labels:
            self.told.append(census)

    def _end(self, progress: CensusProgress) -> None:
        for name, label in self._labels.items():
            population = progress.populations.setdefault(name, Population(label.counts))
            population.bins = {name: dict(sorted(b.items())) for name, b in population.bins.items()}
        self._tell(Census(progress.boundary, self._partition, progress.populations))
        if self._sums is not None:
            self._sums.note(progress.sums, progress.boundary)
        progress.boundary = self.following
        progress.is_open, progress.cursor = False, b""
        progress.populations, progress.sums = {}, {}
        self._note()

    # -- as a store ------------------------------------------------------------------------

    def _progress(self) -> CensusProgress:
        progress = self.store.get(COUNTED)
        assert progress is not None
        return progress

    def _note(self) -> None:
        """Copy the progress of the census into fields, since each event reads it."""
        progress = self.store.get(COUNTED)
        self._walk = None
        if progress is None or progress.of != self._of:
            self.due, self.is_open, self._boundary = -FOREVER, False, FOREVER
            self.following = FOREVER
            return
        self._boundary, self.is_open = progress.boundary, progress.is_open
        self.following = self._terms.after(progress.boundary)
        self.due = FOREVER if self.is_open else self._boundary + self._lateness

    def loaded(self, layout: int) -> None:
        """Called after the last ``load``; ``layout`` is that of the present rules."""
        self.layout = layout
        self.store.loaded()
        self._note()

    def rollback(self) -> None:
        """Forget all since the last install."""
        self.store.rollback()
        self.told = []
        self._note()
