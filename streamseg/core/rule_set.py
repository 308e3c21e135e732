"""All segments of a rule file, compiled: who remembers what, who asks whom, whom events concern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any, Final

from streamseg.core.bars import Bars, bars_of_rungs
from streamseg.core.conditions.base import NEVER, Frame
from streamseg.core.conditions.in_segment import InSegment
from streamseg.core.contact import Contact
from streamseg.core.definitions import Definition
from streamseg.core.effects import ANY, DELAYS, OF_KEY, RAISES
from streamseg.core.features.base import FOREVER, Feature
from streamseg.core.plans import Plan, plan_for
from streamseg.core.products import ProductFacts
from streamseg.core.segments import Segment
from streamseg.core.tables import Places, Signature, Table, signature
from streamseg.core.watching import WaitWatch, effects_of_rungs, watch_of

_CACHED: Final = 1024


class RuleSet:
    """All segments, compiled: which features an event type touches, whom they concern."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.contact = Places()
        self.segments: list[Segment] = []
        self.tables: list[Table] = []
        self._by_signature: dict[Signature, Table] = {}
        slots = 0
        references: list[tuple[Segment, InSegment]] = []
        for definition in definitions:
            table = self._table(definition)
            first_slot = slots if table is None else table.slots
            segment = Segment(len(self.segments), definition, first_slot, table)
            recorder = _Recorder(self.contact)
            of_keys = None if table is None else _Recorder(table.places)
            for rung in segment.rungs:
                rung.condition.bind(recorder, of_keys)
            segment.places = recorder.placed
            segment.key_places = [] if of_keys is None else of_keys.placed
            if table is None:
                slots += len(segment.rungs)
            else:
                table.slots += len(segment.rungs)
                table.segments.append(segment)
            self.segments.append(segment)
            references += [(segment, condition) for condition in recorder.references]
        for one in self.tables:
            for feature in one.places.features:
                feature.divide(one.max_keys)
        self._link(references)
        self.by_product = [
            segment for segment in self.segments if segment.per_product and not segment.is_instant
        ]
        self.bars = Bars()
        self.watches = [
            watch_of(feature, place, self.bars)
            for place, feature in enumerate(self.contact.features)
        ]
        self._slots: dict[int, int] = {}  # bits of segments by place of a slot
        for segment in self.segments:
            self._note_bars(segment)
            self._note_slots(segment)
            if not segment.is_instant:
                self._watch(segment)
        self.born = self._hold_of_nobody()
        self.plans: dict[str, Plan] = {}

    def _table(self, definition: Definition) -> Table | None:
        """The table of a parametric segment's keys."""
        per = definition.per
        if per is None:
            return None
        keyed = Places()
        for rung in definition.rungs:
            rung.condition.bind(Places(), keyed)
        of_keys = signature(per, definition.max_keys, definition.on, keyed.features)
        table = self._by_signature.get(of_keys)
        if table is None:
            table = Table(len(self.tables), per, definition.max_keys, definition.on)
            self._by_signature[of_keys] = table
            self.tables.append(table)
        return table

    def _note_bars(self, segment: Segment) -> None:
        """Note what a segment cannot hold without."""
        has_keys = segment.per is not None
        for bar in bars_of_rungs([rung.condition.bars() for rung in segment.rungs]):
            if bar.values or bar.floor is not None or bar.before is not None:
                if not (has_keys and segment.is_instant):
                    self.bars.add(segment.bit, bar, self.contact.features[bar.place], has_keys)
            elif bar.asked is not None:
                if not has_keys:
                    segment.within |= self._by_name[bar.asked].bit
            elif bar.keyed is has_keys:
                segment.leasts.append((bar.place, bar.least))

    def _note_slots(self, segment: Segment) -> None:
        """Note whose the slots are, or in the table of its keys, when a segment is decided."""
        rungs = segment.rungs
        if segment.per is None:
            for place in range(segment.first_slot, segment.first_slot + len(rungs)):
                self._slots[place] = segment.bit
        elif not segment.is_instant:
            effects = [effect for rung in rungs for effect in rung.condition.effects()]
            is_plain = len(rungs) == 1 and segment.anchor is None and not segment.per_product
            rises = is_plain and all(one.kind == RAISES for one in effects if one.keyed)
            self.tables[segment.table].note(segment, rises)

    def _watch(self, segment: Segment) -> None:
        """Note what events do to a segment."""
        effects = [rung.condition.effects() for rung in segment.rungs]
        for effect in effects_of_rungs(effects, segment.anchor is not None):
            if effect.keyed:
                continue
            watch = self.watches[effect.place]
            if segment.per is not None and effect.kind != OF_KEY:
                # In or out, it is so of each key.
                watch.add(segment.bit, effect._replace(kind=ANY))
                continue
            watch.add(segment.bit, effect)
            if isinstance(watch, WaitWatch):
                waits = [(watch, effect.wait)] if effect.kind == DELAYS else []
                if watch.max_age < FOREVER:
                    waits.append((watch, watch.max_age))
                if effect.needed:
                    segment.waits += waits

    def _hold_of_nobody(self) -> int:
        """The segments of the contact itself that hold of one of whom nothing is remembered."""
        nobody = Frame({}, {}, owner=Contact(b"", 0))
        mask = 0
        for segment in self.segments:
            if segment.per is None and not segment.is_instant:
                for rung in segment.rungs:
                    if rung.condition.at(nobody, 0) != NEVER:
                        mask |= segment.bit
        return mask

    def inside(self, slots: Mapping[int, list[Any]]) -> int:
        """The segments of the contact itself that it is in."""
        mask = 0
        for place, slot in slots.items():
            if slot[0]:
                mask |= self._slots[place]
        return mask

    def _link(self, references: list[tuple[Segment, InSegment]]) -> None:
        """Link conditions to the segments they name, and order segments so that each comes after
        those it asks about.
        """
        by_name = self._by_name = {segment.name: segment for segment in self.segments}
        asks: dict[int, set[int]] = {segment.index: set() for segment in self.segments}
        for segment, condition in references:
            target = by_name[condition.name]
            condition.link(target, segment.per)
            asks[segment.index].add(target.index)
            if segment not in target.dependents and segment.definition.on is None:
                target.dependents.append(segment)
        order = TopologicalSorter(asks).static_order()
        self.ranked = [self.segments[index] for index in order]
        for rank, segment in enumerate(self.ranked):
            segment.rank = rank
            segment.bit = 1 << rank

    def depend_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        """Whether a change of a product's facts can change who is in a segment."""
        return any(segment.depends_on(before, after) for segment in self.by_product)

    def having(self, contact: Contact, product: str) -> list[Segment]:
        """The segments for which the contact has a product as a key."""
        return [one for one in self.by_product if product in contact.keyed.get(one.table, ())]

    def plan(self, event_type: str) -> Plan:
        """What there is to do for an event of a type; of most types it stands in ``plans``."""
        plan = self.plans.get(event_type)
        if plan is None:
            watches = list(zip(self.contact.features, self.watches, strict=True))
            plan = plan_for(event_type, watches, self.bars, self.tables, self.segments)
            if len(self.plans) < _CACHED:  # custom types are the senders' to invent
                self.plans[event_type] = plan
        return plan

    def layout(self) -> list[Any]:
        """What the places in a contact's state mean under these rules."""
        return [
            [feature.id for feature in self.contact.features],
            [
                [
                    one.name,
                    one.definition.version,
                    one.first_slot,
                    [rung.label for rung in one.rungs],
                    one.table,
                    f"{one.definition.kind} per {one.per}",
                ]
                for one in self.segments
            ],
            [[feature.id for feature in table.places.features] for table in self.tables],
        ]


class _Recorder:
    """A registry that notes what one segment remembers, and which segments it asks about."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.references: list[InSegment] = []
        self.placed: list[int] = []

    def refer(self, condition: InSegment) -> None:
        self.references.append(condition)

    def place(self, feature: Feature) -> int:
        place = self._places.place(feature)
        if place not in self.placed:
            self.placed.append(place)
        return place
