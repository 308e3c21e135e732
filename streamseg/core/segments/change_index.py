"""Builds the indexes that tell which segments an event can change, once for all segments."""

from __future__ import annotations

from collections.abc import Sequence

from streamseg.core.conditions.base import NEVER, EvalContext
from streamseg.core.contacts.contact import new_contact
from streamseg.core.features.base import Feature
from streamseg.core.segments.dependencies import ANY, OF_KEY, RAISES
from streamseg.core.segments.dependency_index import dependencies_of_rungs, dependents_of
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.core.segments.preconditions import AMOUNTS_TO, Preconditions, common_preconditions
from streamseg.core.segments.segment import Segment


class ChangeIndex:
    """The indexes over all segments, which must have their ranks.

    - ``dependents``: by column, the segments that depend on that feature
    - ``preconditions``: what segments cannot hold without
    - ``slots``: by slot, the bit of its segment
    - ``true_of_empty``: the segments, as bits, that hold of a contact without any event, at some
      instant
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        key_groups: Sequence[KeyGroup],
        features: Sequence[Feature],
    ) -> None:
        self._key_groups = key_groups
        self._features = features
        self.preconditions = preconditions = Preconditions()
        self.dependents = [
            dependents_of(feature, column, preconditions) for column, feature in enumerate(features)
        ]
        self.slots: dict[int, int] = {}
        for segment in segments:
            self._add_preconditions(segment)
            self._add_slots(segment)
            if not segment.is_instant:
                self._add_dependencies(segment)
        self.true_of_empty = _true_of_empty_contact(segments)

    def _add_preconditions(self, segment: Segment) -> None:
        """Add what a segment cannot hold without."""
        of_keys = None
        if segment.per is not None:
            of_keys = self._key_groups[segment.key_group].preconditions
        else:
            self.preconditions.without_keys |= segment.bit
        for one in common_preconditions([rung.condition.preconditions() for rung in segment.rungs]):
            if of_keys is not None and one.of_key:
                of_keys.add(segment.bit, one, None)
            elif not (segment.per and segment.is_instant):
                feature = self._features[one.column] if one.kind == AMOUNTS_TO else None
                self.preconditions.add(segment.bit, one, feature)

    def _add_slots(self, segment: Segment) -> None:
        """Note which segment the slots belong to; a parametric segment is
        added to its key group.
        """
        rungs = segment.rungs
        if segment.per is None:
            for number in range(segment.first_slot, segment.first_slot + len(rungs)):
                self.slots[number] = segment.bit
        elif not segment.is_instant:
            dependencies = [
                dependency for rung in rungs for dependency in rung.condition.dependencies()
            ]
            is_plain = len(rungs) == 1 and segment.anchor is None and not segment.per_product
            rises = is_plain and all(one.kind == RAISES for one in dependencies if one.keyed)
            self._key_groups[segment.key_group].note(segment, rises)

    def _add_dependencies(self, segment: Segment) -> None:
        """Add what events can do to a segment."""
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
            if dependency.needed:
                segment.waits += dependents.waits_of(dependency)


def _true_of_empty_contact(segments: Sequence[Segment]) -> int:
    """The segments without keys that hold of an empty contact, at some instant.

    A contact's first event evaluates these, and the segments that it can change. With the 100 rules
    of `bench.core` an event took 9 % longer when the first event evaluated all segments.
    """
    empty = EvalContext().look_at(new_contact(b"", 0))
    mask = 0
    for segment in segments:
        if segment.per is None and not segment.is_instant:
            for rung in segment.rungs:
                if rung.condition.at(empty, 0) != NEVER:
                    mask |= segment.bit
    return mask
