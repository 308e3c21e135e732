"""All segments of a rule file, compiled: their layout, their order, and the segments that each
event type concerns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from streamseg.core.conditions.base import Condition
from streamseg.core.contacts.contact import Contact
from streamseg.core.counting.exposures import Exposures
from streamseg.core.counting.terms import Counting, Viewing
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.binding import Binder
from streamseg.core.segments.change_index import ChangeIndex
from streamseg.core.segments.definitions import Definition
from streamseg.core.segments.derived import (
    customers_of,
    follower_of,
    keeper_of,
    objecting_to_profiling,
    outward_of,
    unseen_for,
)
from streamseg.core.segments.dispatch import Dispatch, dispatch_for
from streamseg.core.segments.key_groups import Columns
from streamseg.core.segments.linking import link
from streamseg.core.segments.segment import Segment
from streamseg.core.tables.terms import TableTerms

_CACHED: Final = 1024


class RuleSet:
    """All segments of the rules, compiled, and the settings that concern all contacts.

    - ``protect``: a contact of which this condition holds is not merged into another.
    - ``unseen``: the segment of contacts without activity for ``forget_after`` ms; they are erased.
    - ``objecting``: the segment of contacts whose attribute ``profiling`` is false. For these, only
      the columns ``outliving`` are remembered.
    - ``customers``: the segment of customers, if life cycle stages are counted.
    - ``pseudonyms``: the topics in which contacts go by pseudonyms, not by their ids.
    - ``viewing``: which events are counted as views of products; None: no view is.
    """

    def __init__(
        self,
        definitions: Sequence[Definition],
        counting: Counting | None = None,
        protect: Condition | None = None,
        forget_after: int | None = None,
        profiling: str | None = None,
        pseudonyms: frozenset[str] = frozenset(),
        viewing: Viewing | None = None,
    ) -> None:
        self.counting = counting
        self.viewing = viewing
        self.protect = protect
        self.pseudonyms = pseudonyms
        binder = Binder()
        self.defined = _define(definitions, binder)
        self.unseen = None if forget_after is None else binder.add(unseen_for(forget_after))
        objecting = None if profiling is None else objecting_to_profiling(profiling)
        self.objecting = None if objecting is None else binder.add(objecting)
        keepers = _add_keepers(binder, counting)
        self.customers = _add_customers(binder, counting)
        for predicted in binder.predictions.values():
            binder.add(follower_of(predicted))
        binder.bind_policies()
        self.protect_columns = [] if protect is None else binder.bind(protect)
        self._remember_for_counts(binder, counting)
        binder.divide()
        self.contact = binder.columns
        self.outliving = _outliving(self.contact, self.objecting)
        self.segments, self.key_groups = binder.segments, binder.key_groups
        self.tabled = binder.tabled  # the labels in rules whose cuts are quantiles
        self.dated = binder.dated
        self.ranked = link(binder, self.defined, keepers)
        self._select(binder.by_table)
        index = ChangeIndex(self.segments, self.key_groups, self.contact.features)
        self.preconditions, self.dependents = index.preconditions, index.dependents
        self.true_of_empty = index.true_of_empty
        self._slots = index.slots
        self.dispatches: dict[str, Dispatch] = {}

    def _remember_for_counts(self, binder: Binder, counting: Counting | None) -> None:
        """Ask for the features that counting needs: exposures, and figures that are summed."""
        self.exposures: Exposures | None = None
        self.exposures_column = -1
        if counting is not None and counting.conversion is not None:
            self.exposures = Exposures(counting.conversion)
            self.exposures_column = binder.columns.column(self.exposures)
        if counting is not None and counting.sums is not None:
            binder.bind_sums(counting.sums)

    def _select(self, by_table: Sequence[Segment]) -> None:
        """Compute the sets of segments that are needed together, most of them as bits."""
        for segment in self.counted:
            segment.is_counted = True
        # Not the instant rules: these fire at an event, and have no members.
        self.evaluated = [one for one in self.segments if not one.is_instant]
        self.by_product = [one for one in self.evaluated if one.per_product]
        self.evaluated_bits = sum([one.bit for one in self.evaluated])
        self.of_moves = 0  # segments that keep moves of labels, or ask about moves
        for segment in self.segments:
            if segment.keeps is not None:
                for asking in [segment, *segment.referrers]:
                    self.of_moves |= asking.bit
        # ``of_tables``: the segments to evaluate under a new quantile table. They ask about tables,
        # or about such a segment. ``silent_of_tables``: those of them that fire nothing then.
        self.of_tables = sum([one.bit for one in by_table if not one.is_instant])
        for segment in self.ranked:
            if self.of_tables & segment.bit:
                for one in segment.referrers:
                    self.of_tables |= one.bit
        loud = sum([one.bit for one in self.segments if one.definition.fires_on_table])
        self.silent_of_tables = self.of_tables & ~loud

    @property
    def counted(self) -> list[Segment]:
        """The segments whose members are counted."""
        return [*self.defined, *([] if self.customers is None else [self.customers])]

    @property
    def table_terms(self) -> TableTerms | None:
        """When quantile tables are made, and sums are taken; None where no rule asks for any."""
        if self.counting is not None and self.counting.sums is not None:
            return self.counting.sums.terms
        return next((label.tables for label in self.tabled.values()), None)

    def in_different_arms(self, contact: str, other: str) -> list[str]:
        """The names of the segments whose split or holdout has two contacts in different arms."""
        return [
            segment.name
            for segment in self.defined
            if segment.policy is not None
            and segment.policy.arm_of(contact) != segment.policy.arm_of(other)
        ]

    def inside(self, slots: dict[int, list[Any]]) -> int:
        """The segments without keys that a contact with these slots is in, as bits."""
        mask = 0
        for column, slot in slots.items():
            if slot[0]:
                mask |= self._slots[column]
        return mask

    def are_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        """Whether this change of a product's facts can change the members of any segment."""
        return any(segment.is_changed_by(before, after) for segment in self.by_product)

    def segments_having(self, contact: Contact, product: str) -> list[Segment]:
        """The segments per product that the contact has this product as a key of."""
        return [one for one in self.by_product if product in contact.keys.get(one.key_group, ())]

    def dispatch(self, event_type: str) -> Dispatch:
        """The dispatch for an event type; ``dispatches`` caches it for most types."""
        dispatch = self.dispatches.get(event_type)
        if dispatch is None:
            dependents = list(zip(self.contact.features, self.dependents, strict=True))
            dispatch = dispatch_for(
                event_type,
                dependents,
                self.key_groups,
                self.segments,
            )
            if len(self.dispatches) < _CACHED:  # senders can make up any number of types
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
        besides = {
            one.name: one.definition.besides_model
            for one in self.segments
            if one.definition.besides_model is not None
        }
        if besides or any(one.policy is not None for one in self.segments):
            # Under other policies, what waits is asked anew.
            layout.append([one.policy and one.policy.version for one in self.segments])
        if besides:  # by it a migration finds out that the model alone is new
            layout.append(besides)
        return layout


def _define(definitions: Sequence[Definition], binder: Binder) -> list[Segment]:
    """Add the segments of the file. For each segment with ``consents`` there is one more, through
    which its membership is told.
    """
    defined = [binder.add(definition) for definition in definitions]
    for segment in defined:
        if segment.definition.consents:
            binder.add(outward_of(segment.definition)).told_as = segment
    return defined


def _add_keepers(binder: Binder, counting: Counting | None) -> dict[str, Segment]:
    """Add a segment for each label whose moves are asked about or counted, by the label's text."""
    keepers: dict[str, Segment] = {}
    for _, condition in binder.moved:
        label = condition.label
        if label.text not in keepers:
            keepers[label.text] = binder.add(keeper_of(label))
    counted = None if counting is None else counting.lifecycle
    if counted is not None:
        if counted.text not in keepers:
            keepers[counted.text] = binder.add(keeper_of(counted))
        keepers[counted.text].counts_moves = True
    return keepers


def _add_customers(binder: Binder, counting: Counting | None) -> Segment | None:
    """Add the segment of customers, if moves between life cycle stages are counted: the share of
    moves is computed from its members.
    """
    if counting is None or counting.lifecycle is None:
        return None
    return binder.add(customers_of(counting.lifecycle))


def _outliving(columns: Columns, objecting: Segment | None) -> frozenset[int]:
    """The columns that are remembered of a contact that objects to profiling."""
    answers = [
        column for column, feature in enumerate(columns.features) if feature.outlives_objection
    ]
    return frozenset() if objecting is None else frozenset([*answers, *objecting.columns])
