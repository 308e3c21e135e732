"""All segments of a rule file, compiled: who remembers what, who asks whom, whom events concern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from hashlib import blake2b
from typing import Any, Final

from streamseg.core.conditions.base import NEVER, Condition, EvalContext
from streamseg.core.conditions.follows_up import FollowsUp
from streamseg.core.conditions.in_segment import InSegment
from streamseg.core.conditions.moved import KeepsMoves, Moved
from streamseg.core.conditions.outward import Outward
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.conditions.unseen import Unseen
from streamseg.core.contact import Contact, new_contact
from streamseg.core.counting.exposures import Exposures
from streamseg.core.counting.terms import Counting
from streamseg.core.definitions import Definition, Episode, Rung
from streamseg.core.dependencies import ANY, DELAYS, OF_KEY, RAISES
from streamseg.core.dependency_index import WaitDependents, dependencies_of_rungs, dependents_of
from streamseg.core.dispatch import Dispatch, dispatch_for
from streamseg.core.features.base import FOREVER, Feature
from streamseg.core.key_groups import Columns, KeyGroup, Signature, signature
from streamseg.core.labels.base import Label
from streamseg.core.labels.rfm import Rfm
from streamseg.core.preconditions import AMOUNTS_TO, Preconditions, common_preconditions
from streamseg.core.products import ProductFacts
from streamseg.core.segments import Segment
from streamseg.core.table_terms import TableTerms

_CACHED: Final = 1024


class RuleSet:
    """All segments, compiled: which features an event type touches, whom they concern.

    A contact of whom ``protect`` holds is not merged into another. One without activity for
    ``forget_after`` ms is in the segment ``unseen``, and is to be erased.
    """

    def __init__(
        self,
        definitions: Sequence[Definition],
        counting: Counting | None = None,
        protect: Condition | None = None,
        forget_after: int | None = None,
    ) -> None:
        self.counting = counting
        self.protect = protect
        self.contact = Columns()
        self.segments: list[Segment] = []
        self.key_groups: list[KeyGroup] = []
        self._by_signature: dict[Signature, KeyGroup] = {}
        self._slot_count = 0
        self._references: list[tuple[Segment, InSegment]] = []
        self._moved: list[tuple[Segment, Moved]] = []
        self.tabled: dict[str, Rfm] = {}  # labels cut by quantiles that rules ask about
        self._by_table: list[Segment] = []  # who asks about them
        self._predictions: dict[str, Predicted] = {}  # the first of each segment, by their texts
        self.dated: dict[str, tuple[str, ...]] = {}  # attributes read as dates, by their paths
        self.defined = self._define(definitions)
        self.unseen = None if forget_after is None else self._add(unseen_for(forget_after))
        keepers = self._keepers()
        self._add_followers()
        for segment in self.segments:
            if segment.policy is not None:
                segment.policy.bind(self.contact)
        protecting = _Recorder(self.contact)
        if protect is not None:
            protect.bind(protecting, None)
        self.protect_columns = protecting.columns
        self.tabled |= {label.name: label for label in protecting.tabled}
        self.exposures: Exposures | None = None
        self.exposures_column = -1
        if counting is not None and counting.conversion is not None:
            self.exposures = Exposures(counting.conversion)
            self.exposures_column = self.contact.column(self.exposures)
        for one in self.key_groups:
            for feature in one.columns.features:
                feature.divide(one.max_keys)
        self._link(keepers)
        self.by_product = [
            segment for segment in self.segments if segment.per_product and not segment.is_instant
        ]
        self.evaluated = sum(one.bit for one in self.segments if not one.is_instant)
        self.of_moves = 0  # segments that keep moves of labels, and that ask about them
        for segment in self.segments:
            if segment.keeps is not None:
                for asking in [segment, *segment.referrers]:
                    self.of_moves |= asking.bit
        self.of_tables, self.silent_of_tables = self._asking_of_tables()
        self.preconditions = Preconditions()
        self.dependents = [
            dependents_of(feature, column, self.preconditions)
            for column, feature in enumerate(self.contact.features)
        ]
        self._slots: dict[int, int] = {}  # bits of segments by number of a slot
        for segment in self.segments:
            self._index_preconditions(segment)
            self._note_slots(segment)
            if not segment.is_instant:
                self._index_dependencies(segment)
        self.true_of_empty = self._true_of_empty_contact()
        self.dispatches: dict[str, Dispatch] = {}

    def _define(self, definitions: Sequence[Definition]) -> list[Segment]:
        """The segments of the file; others tell of these by consent, or keep moves of labels."""
        defined = [self._add(definition) for definition in definitions]
        for segment in defined:
            if segment.definition.consents:
                self._add(outward_of(segment.definition)).told_as = segment
        return defined

    def apart(self, contact: str, other: str) -> list[str]:
        """The segments in whose splits or holdouts two ids are in different arms."""
        return [
            segment.name
            for segment in self.defined
            if segment.policy is not None
            and segment.policy.arm_of(contact) != segment.policy.arm_of(other)
        ]

    def _add(self, definition: Definition) -> Segment:
        key_group = self._key_group(definition)
        first_slot = self._slot_count if key_group is None else key_group.slots
        segment = Segment(len(self.segments), definition, first_slot, key_group)
        recorder = _Recorder(self.contact)
        of_keys = None if key_group is None else _Recorder(key_group.columns)
        for rung in segment.rungs:
            rung.condition.bind(recorder, of_keys)
        segment.columns = recorder.columns
        segment.key_columns = [] if of_keys is None else of_keys.columns
        if key_group is None:
            self._slot_count += len(segment.rungs)
        else:
            key_group.slots += len(segment.rungs)
            key_group.segments.append(segment)
        self.segments.append(segment)
        self._references += [(segment, condition) for condition in recorder.references]
        self._moved += [(segment, condition) for condition in recorder.moved]
        for predicted in recorder.predictions[:1]:
            self._predictions.setdefault(predicted.text, predicted)
        self.dated |= {path: tuple(path.split(".")) for path in recorder.dated}
        if recorder.tabled:
            self.tabled |= {label.name: label for label in recorder.tabled}
            self._by_table.append(segment)
        return segment

    def _asking_of_tables(self) -> tuple[int, int]:
        """The segments that are decided anew under a new table, as bits, and those of them that
        tell nothing then: who asks about tables, and who asks about those.
        """
        found = sum([one.bit for one in self._by_table if not one.is_instant])
        for segment in self.ranked:
            if found & segment.bit:
                for one in segment.referrers:
                    found |= one.bit
        loud = sum([one.bit for one in self.segments if one.definition.fires_on_table])
        return found, found & ~loud

    @property
    def table_terms(self) -> TableTerms | None:
        """On which terms quantile tables are made; None where no rule asks for any."""
        return next((label.tables for label in self.tabled.values()), None)

    def _keepers(self) -> dict[str, Segment]:
        """For each label whose moves are asked about, by its text, a segment that keeps them."""
        keepers: dict[str, Segment] = {}
        for _, condition in self._moved:
            label = condition.label
            if label.text not in keepers:
                keepers[label.text] = self._add(keeper_of(label))
        counted = None if self.counting is None else self.counting.lifecycle
        if counted is not None:
            if counted.text not in keepers:
                keepers[counted.text] = self._add(keeper_of(counted))
            keepers[counted.text].counts_moves = True
        return keepers

    def _add_followers(self) -> None:
        """For each prediction that comes first in a segment, one that notes what came of it."""
        for predicted in self._predictions.values():
            self._add(follower_of(predicted))

    def _key_group(self, definition: Definition) -> KeyGroup | None:
        """The key group of a parametric segment's keys."""
        per = definition.per
        if per is None:
            return None
        keyed = Columns()
        for rung in definition.rungs:
            rung.condition.bind(Columns(), keyed)
        of_keys = signature(per, definition.max_keys, definition.on, keyed.features)
        key_group = self._by_signature.get(of_keys)
        if key_group is None:
            key_group = KeyGroup(len(self.key_groups), per, definition.max_keys, definition.on)
            self._by_signature[of_keys] = key_group
            self.key_groups.append(key_group)
        return key_group

    def _index_preconditions(self, segment: Segment) -> None:
        """Note what a segment cannot hold without."""
        index, of_keys = self.preconditions, None
        if segment.per is not None:
            of_keys = self.key_groups[segment.key_group].preconditions
        else:
            index.without_keys |= segment.bit
        for one in common_preconditions([rung.condition.preconditions() for rung in segment.rungs]):
            if of_keys is not None and one.of_key:
                of_keys.add(segment.bit, one, None)
            elif not (segment.per and segment.is_instant):
                feature = self.contact.features[one.column] if one.kind == AMOUNTS_TO else None
                index.add(segment.bit, one, feature)

    def _note_slots(self, segment: Segment) -> None:
        """Note whose the slots are, or in the key group, when a segment is decided."""
        rungs = segment.rungs
        if segment.per is None:
            for column in range(segment.first_slot, segment.first_slot + len(rungs)):
                self._slots[column] = segment.bit
        elif not segment.is_instant:
            dependencies = [
                dependency for rung in rungs for dependency in rung.condition.dependencies()
            ]
            is_plain = len(rungs) == 1 and segment.anchor is None and not segment.per_product
            rises = is_plain and all(one.kind == RAISES for one in dependencies if one.keyed)
            self.key_groups[segment.key_group].note(segment, rises)

    def _index_dependencies(self, segment: Segment) -> None:
        """Note what events do to a segment."""
        dependencies = [rung.condition.dependencies() for rung in segment.rungs]
        for dependency in dependencies_of_rungs(dependencies, segment.anchor is not None):
            if dependency.keyed:
                continue
            dependents = self.dependents[dependency.column]
            if segment.per is not None and dependency.kind != OF_KEY:
                # A contact may be in for one key and out for another.
                dependents.add(segment.bit, dependency._replace(kind=ANY))
                continue
            dependents.add(segment.bit, dependency)
            if isinstance(dependents, WaitDependents):
                waits = [(dependents, dependency.wait)] if dependency.kind == DELAYS else []
                if dependents.max_age < FOREVER:
                    waits.append((dependents, dependents.max_age))
                if dependency.needed:
                    segment.waits += waits

    def _true_of_empty_contact(self) -> int:
        """The segments without keys that an empty contact satisfies, now or later.

        Only these are evaluated at a contact's first event, and what it touches. With the 100 rules
        of `bench.core` an event took 9 % longer when all were.
        """
        nobody = EvalContext({}, {}, contact=new_contact(b"", 0))
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
        for column, slot in slots.items():
            if slot[0]:
                mask |= self._slots[column]
        return mask

    def _link(self, keepers: Mapping[str, Segment]) -> None:
        """Link conditions to the segments they name, and order segments so that each comes after
        those it asks about.
        """
        by_name = self._by_name = {segment.name: segment for segment in self.defined}
        asks: dict[int, set[int]] = {segment.index: set() for segment in self.segments}
        asked: list[tuple[Segment, Segment]] = []
        for segment, condition in self._references:
            target = by_name[condition.name]
            condition.link(target, segment.per)
            asked.append((segment, target))
        for segment, moved in self._moved:
            keeper = keepers[moved.label.text]
            moved.link(keeper, tells_of_tables=segment.definition.fires_on_table)
            asked.append((segment, keeper))
        for segment, target in asked:
            asks[segment.index].add(target.index)
            if segment not in target.referrers and segment.definition.on is None:
                target.referrers.append(segment)
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
        return [one for one in self.by_product if product in contact.keys.get(one.key_group, ())]

    def dispatch(self, event_type: str) -> Dispatch:
        """What there is to do for an event of a type; of most types it stands in ``dispatches``."""
        dispatch = self.dispatches.get(event_type)
        if dispatch is None:
            dependents = list(zip(self.contact.features, self.dependents, strict=True))
            dispatch = dispatch_for(
                event_type,
                dependents,
                self.key_groups,
                self.segments,
            )
            if len(self.dispatches) < _CACHED:  # senders may invent any number of types
                self.dispatches[event_type] = dispatch
        return dispatch

    @property
    def described(self) -> list[Any]:
        """The segments as a layout describes them."""
        return [
            [
                one.name,
                one.definition.version,
                one.first_slot,
                [rung.label for rung in one.rungs],
                one.key_group,
                f"{one.definition.kind} per {one.per}",
            ]
            for one in self.segments
        ]

    def layout(self) -> list[Any]:
        """What the columns in a contact's state mean under these rules."""
        layout: list[Any] = [
            [feature.id for feature in self.contact.features],
            self.described,
            [
                [feature.id for feature in key_group.columns.features]
                for key_group in self.key_groups
            ],
        ]
        if any(one.policy is not None for one in self.segments):  # what waits is to be asked anew
            layout.append([one.policy and one.policy.version for one in self.segments])
        return layout


def keeper_of(label: Label) -> Definition:
    """The segment that keeps the moves of a label; they are kept while its names are the same."""
    return Definition(
        name=f"moves of {label.name}",
        version=blake2b(label.text.encode(), digest_size=6).hexdigest(),
        kind=f"moves of {label.names}",
        rungs=[Rung(None, KeepsMoves(label))],
        episode=Episode(),
    )


def follower_of(predicted: Predicted) -> Definition:
    """The segment that notes what came of a prediction."""
    version = blake2b(predicted.text.encode(), digest_size=6).hexdigest()
    return Definition(
        name=f"outcomes of {version}",
        version=version,
        kind="outcomes",
        rungs=[Rung(None, FollowsUp(predicted))],
        episode=Episode(),
    )


def unseen_for(wait: int) -> Definition:
    """The segment of who has not been seen for so long (ms)."""
    return Definition(
        name="privacy: forget_after",
        version=str(wait),
        kind="privacy: forget_after",
        rungs=[Rung(None, Unseen(wait))],
        episode=Episode(),
    )


def outward_of(definition: Definition) -> Definition:
    """The segment of who is in another one as it is told: only while a consent to that is given."""
    stays = [
        Outward(definition.name, one.condition, definition.consents) for one in definition.rungs
    ]
    asked = [[*one.answer.column_key, one.expires] for one in definition.consents]
    text = f"{definition.version} {asked}"
    return Definition(
        name=f"membership of {definition.name}",
        version=blake2b(text.encode(), digest_size=6).hexdigest(),
        kind=definition.kind,
        rungs=[Rung(one.label, stay) for one, stay in zip(definition.rungs, stays, strict=True)],
        episode=Episode(anchor=stays[0].anchor),
        per=definition.per,
        membership=True,
        max_keys=definition.max_keys,
        fires_on_deploy=definition.fires_on_deploy,
    )


class _Recorder:
    """A registry that notes what one segment remembers, and which segments it asks about."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.references: list[InSegment] = []
        self.moved: list[Moved] = []
        self.tabled: list[Rfm] = []
        self.predictions: list[Predicted] = []
        self.dated: list[str] = []
        self.columns: list[int] = []

    def refer(self, condition: InSegment) -> None:
        self.references.append(condition)

    def keep_moves(self, condition: Moved) -> None:
        self.moved.append(condition)

    def follow_up(self, predicted: Predicted) -> None:
        self.predictions.append(predicted)

    def read_as_date(self, path: str) -> None:
        self.dated.append(path)

    def use_table(self, label: Rfm) -> None:
        self.tabled.append(label)

    def column(self, feature: Feature) -> int:
        column = self._columns.column(feature)
        if column not in self.columns:
            self.columns.append(column)
        return column
