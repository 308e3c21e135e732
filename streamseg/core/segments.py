"""Segments as the engine runs them: conditions bound to places in state, by event type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any, Final, NamedTuple

import msgspec

from streamseg.core.conditions.base import Condition, Frame
from streamseg.core.conditions.in_segment import InSegment
from streamseg.core.features.base import Feature
from streamseg.core.predicates import Where
from streamseg.core.products import ProductFacts
from streamseg.core.vocabulary import is_activity

MAX_KEYS: Final = 64
_CACHED: Final = 1024


class TriggerOptions(msgspec.Struct, frozen=True):
    """When a trigger is held back, and what it carries. Durations in ms; None: no bound."""

    cooldown: int | None = None
    limit: int | None = None
    context: tuple[str, ...] | None = None
    cancel: bool = True


class Rung(msgspec.Struct, frozen=True):
    """One stage of a segment: its label in the output (None where there is one stage only)."""

    label: str | None
    condition: Condition


class Story(msgspec.Struct, frozen=True):
    """What a template says of an episode.

    ``anchor`` gives the instant that opened it (None: the instant of entering opens it), and
    ``context`` what a message needs to know of it; both are asked of a frame in which the rung
    holds. With another anchor it is another episode, even if the rung held all the time.
    """

    anchor: Callable[[Frame], int] | None = None
    context: Callable[[Frame], dict[str, Any]] = lambda frame: {}


class Definition(msgspec.Struct, kw_only=True):
    """A segment as the rules define it.

    ``version`` is a hash of the normalised definition. ``per`` names the field of the key.
    ``on`` makes an instant rule: event type and a test of its data; its one rung's condition is
    the ``when`` (None: none). ``trigger`` None: nothing is fired.
    """

    name: str
    version: str
    rungs: list[Rung]
    story: Story
    per: str | None = None
    on: tuple[str, Where | None] | None = None
    trigger: TriggerOptions | None = None
    membership: bool = False
    max_keys: int = MAX_KEYS
    is_ladder: bool = False
    fires_on_deploy: bool = False


class Places:
    """Gives features their places; features of one group become one."""

    def __init__(self) -> None:
        self.features: list[Feature] = []
        self._by_group: dict[tuple[Any, ...], int] = {}

    def refer(self, condition: InSegment) -> None:
        """Nothing to do: whoever links segments has a registry that notes who refers to whom."""

    def place(self, feature: Feature) -> int:
        """The place of a feature, merged into one of its group where there is one."""
        place = self._by_group.get(feature.group)
        if place is None:
            place = self._by_group[feature.group] = len(self.features)
            self.features.append(feature)
        else:
            self.features[place].merge(feature)
        return place


class Segment:
    """A definition with its place in the rules, and the features of its keys."""

    def __init__(self, index: int, definition: Definition, first_slot: int) -> None:
        self.index = index
        self.definition = definition
        self.name = definition.name
        self.per = definition.per
        self.per_product = definition.per == "product"
        self.rungs = definition.rungs
        self.first_slot = first_slot
        self.is_ladder = definition.is_ladder
        self.anchor = definition.story.anchor
        self.is_instant = definition.on is not None
        self.needs_facts = all(rung.condition.needs_facts for rung in definition.rungs)
        self.keyed = Places()
        self.dependents: list[Segment] = []


class Step(NamedTuple):
    """A feature to update, its place, and the segments it concerns, as bits of their indexes."""

    feature: Feature
    place: int
    mask: int


class KeyedSteps(NamedTuple):
    """The features of a parametric segment's keys that an event type may touch.

    ``on`` is the test of the data where the segment is an instant rule on this type.
    """

    segment: Segment
    steps: tuple[tuple[Feature, int], ...]
    on: Callable[[Mapping[str, Any]], bool] | None


class Plan(msgspec.Struct, frozen=True, gc=False):
    """What there is to do for an event type."""

    steps: tuple[Step, ...]
    keyed: tuple[KeyedSteps, ...]
    instant: tuple[Segment, ...]


class RuleSet:
    """All segments, compiled: which features an event type touches, whom they concern."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.contact = Places()
        self.segments: list[Segment] = []
        self._masks: dict[int, int] = {}
        slots = 0
        references: list[tuple[Segment, InSegment]] = []
        for definition in definitions:
            segment = Segment(len(self.segments), definition, slots)
            recorder = _Recorder(self.contact)
            keyed = segment.keyed if segment.per else None
            for rung in segment.rungs:
                rung.condition.bind(recorder, keyed)
            slots += len(segment.rungs)
            self.segments.append(segment)
            references += [(segment, condition) for condition in recorder.references]
            if definition.on is None:
                for place in recorder.placed:
                    self._masks[place] = self._masks.get(place, 0) | 1 << segment.index
        self._link(references)
        self.all_segments = sum(
            1 << one.index for one in self.segments if one.per is None and not one.definition.on
        )
        self.by_product = [segment for segment in self.segments if segment.per_product]
        self.expiring: list[tuple[int, Any]] = [
            (place, feature)
            for place, feature in enumerate(self.contact.features)
            if hasattr(feature, "expiry")
        ]
        self.plans: dict[str, Plan] = {}
        self._concerned: dict[int, tuple[Segment, ...]] = {}

    def _link(self, references: list[tuple[Segment, InSegment]]) -> None:
        """Link conditions to the segments they name, and order segments so that each comes after
        those it asks about.
        """
        by_name = {segment.name: segment for segment in self.segments}
        asks: dict[int, set[int]] = {segment.index: set() for segment in self.segments}
        for segment, condition in references:
            target = by_name[condition.name]
            condition.link(target, segment.per)
            asks[segment.index].add(target.index)
            if segment not in target.dependents and segment.definition.on is None:
                target.dependents.append(segment)
        order = TopologicalSorter(asks).static_order()
        self.linked = bool(references)
        self.in_order = [self.segments[index] for index in order]

    def concerned(self, mask: int) -> tuple[Segment, ...]:
        """The segments whose bits are set."""
        segments = self._concerned.get(mask)
        if segments is None:
            segments = tuple(one for one in self.segments if mask >> one.index & 1)
            if len(self._concerned) < _CACHED:
                self._concerned[mask] = segments
        return segments

    def depend_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        """Whether a change of a product's facts can change who is in a segment."""
        return any(
            rung.condition.depends_on(before, after)
            for segment in self.by_product
            for rung in segment.rungs
        )

    def plan(self, event_type: str) -> Plan:
        """What there is to do for an event of a type; of most types it stands in ``plans``."""
        plan = self.plans.get(event_type) or self._make_plan(event_type)
        if len(self.plans) < _CACHED:  # custom types are the senders' to invent
            self.plans[event_type] = plan
        return plan

    def _make_plan(self, event_type: str) -> Plan:
        activity = is_activity(event_type)

        def concerns(feature: Feature) -> bool:
            return activity if feature.types is None else event_type in feature.types

        steps = tuple(
            Step(feature, place, self._masks.get(place, 0))
            for place, feature in enumerate(self.contact.features)
            if concerns(feature)
        )
        keyed = []
        instant = []
        for segment in self.segments:
            on = segment.definition.on
            asked = None
            if on is not None and on[0] == event_type:
                instant.append(segment)
                asked = on[1] or _always
            touched = tuple(
                (feature, place)
                for place, feature in enumerate(segment.keyed.features)
                if concerns(feature)
            )
            if touched or (asked and segment.per):
                keyed.append(KeyedSteps(segment, touched, asked))
        return Plan(steps, tuple(keyed), tuple(instant))

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
                    [feature.id for feature in one.keyed.features],
                ]
                for one in self.segments
            ],
        ]


def _always(data: Mapping[str, Any]) -> bool:
    return True


class _Recorder:
    """A registry that notes which places one segment asked for."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.placed: set[int] = set()
        self.references: list[InSegment] = []

    def refer(self, condition: InSegment) -> None:
        self.references.append(condition)

    def place(self, feature: Feature) -> int:
        place = self._places.place(feature)
        self.placed.add(place)
        return place
