"""Makes one contact of two: joins their features, slots and keys, and evaluates all segments."""

from __future__ import annotations

from typing import Any

from streamseg.core.contacts.contact import (
    FEATURES,
    SLOTS,
    TOUCHED,
    UNKNOWN,
    Contact,
    new_key,
)
from streamseg.core.contacts.duplicates import joined_digests, joined_names
from streamseg.core.contacts.slots import new_slot
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.features.base import States, UpdateContext, joined
from streamseg.core.identity.mail import State
from streamseg.core.identity.objections import unite_objections
from streamseg.core.identity.pending_union import PendingUnion
from streamseg.core.identity.stay_union import MergeContext, take_earlier_opening, united_slot
from streamseg.core.partition_state import PartitionState
from streamseg.core.products.fan_out import FanOut
from streamseg.core.scheduling import Scheduler
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment


class Merger:
    """Unites a contact with the state of another one, and evaluates its segments."""

    def __init__(
        self, state: PartitionState, evaluator: Evaluator, fan_out: FanOut, scheduler: Scheduler
    ) -> None:
        self._state = state
        self._rules = state.rules
        self._products = state.products
        self._rule_pass = state.rule_pass
        self._tables = state.tables
        self._evaluator = evaluator
        self._transitions = evaluator.transitions
        self._fan_out = fan_out
        self._scheduler = scheduler
        self._pending = PendingUnion(state.rules, evaluator)
        self._ctx = UpdateContext()

    def unite(self, name: str, source: str, body: State, until: int) -> None:
        """Unite the contact ``name`` with the state of ``source``. All segments are evaluated once,
        at the merge or at the later of both latest decided instants. What is due by ``until`` is
        emitted before.
        """
        keeper = self._state.contacts.get(name)
        at = body.merge.at
        if keeper is not None:
            self._scheduler.bring_up_to_date(keeper, until)
            self._count_before(keeper, at)
            self._evaluator.evaluate_until_decided(keeper, at)
        if body.value is not None:
            if keeper is None:
                keeper = self._state.add_contact(name)
                self._count_before(keeper, at)  # its past was counted as the source's
            other = self._rule_pass.read(keeper.raw, body.value, body.layout, self._evaluator, at)
            counts = self._transitions.emission.counts
            if counts is not None:
                counts.part(keeper, at)
            self._unite(keeper, other, MergeContext(source))
            if counts is not None:
                counts.unite(keeper, at)
                counts.triggers.mix(keeper, self._rules.in_different_arms(name, source))
            self._settle(keeper, max(keeper.latest, other.latest, at), at)
        if keeper is not None:
            self._scheduler.schedule(keeper)

    def _count_before(self, contact: Contact, at: int) -> None:
        """Let a census count a contact as it is before the merge at ``at``."""
        if self._tables is not None:
            self._tables.settle_before(contact, at)

    def _unite(self, keeper: Contact, other: Contact, merging: MergeContext) -> None:
        self._transitions.merging = merging
        self._pending.unite(keeper, other, merging)
        for segment in self._rules.segments:
            if segment.keeps is not None or segment.follows is not None:
                moves = other.slots.get(segment.first_slot)
                if moves is not None:
                    keeper.slots.setdefault(segment.first_slot, moves)
            elif segment.per is None:
                openings = self._openings(keeper, other, segment)
                _unite_slots(keeper.slots, other.slots, segment, None, merging, openings)
                if openings:
                    take_earlier_opening(keeper, segment.index, openings)
        for one, without in ((keeper, other), (other, keeper)):
            if without.kept_since or without.key_kept_since:
                _forget_unknown_last(one, without, self._rules)
        self._unite_features(keeper, other)
        for group in self._rules.key_groups:
            if group.index in other.keys:
                self._unite_keys(keeper, other, group, merging)
        keeper.has_texts = keeper.has_texts or other.has_texts
        keeper.ids = joined_names(other.ids, keeper.ids)
        keeper.orders = joined_digests(other.orders, keeper.orders)
        keeper.kept_since = _later_of(other.kept_since, keeper.kept_since)
        gaps = {**other.key_kept_since, **keeper.key_kept_since}
        keeper.key_kept_since = {
            group: _later_of(
                other.key_kept_since.get(group, {}), keeper.key_kept_since.get(group, {})
            )
            for group in gaps
        }

    def _openings(self, keeper: Contact, other: Contact, segment: Segment) -> tuple[int, ...]:
        """When the two episodes began that become one as a feature of the segment is joined; empty
        if none do.
        """
        if segment.anchor is not None:
            for column in segment.columns:
                one, mine = other.state(column), keeper.state(column)
                if one is not None and mine is not None:
                    found = self._rules.contact.features[column].one_episode(one, mine)
                    if found:
                        return found
        return ()

    def _unite_features(self, keeper: Contact, other: Contact) -> None:
        ctx = self._ctx
        ctx.key = ctx.products = None
        for column, feature in enumerate(self._rules.contact.features):
            state = joined(feature, other.state(column), keeper.state(column), ctx)
            if state is not None:
                keeper.features[column] = state

    def _unite_keys(
        self, keeper: Contact, other: Contact, group: KeyGroup, merging: MergeContext
    ) -> None:
        ctx = self._ctx
        ctx.products = self._products if group.per_product else None
        keys: dict[str, Any] = {}
        for key in other.keys[group.index]:
            theirs = other.key(group.index, key) or new_key()
            mine = keeper.key(group.index, key)
            if mine is None:
                mine = new_key()
                if group.per_product and not self._evaluator.visible.has_product(keeper, key):
                    self._fan_out.note_key(keeper, key)
            ctx.key = key
            united = keys[key] = new_key()
            united[TOUCHED] = max(theirs[TOUCHED], mine[TOUCHED])
            for column, feature in enumerate(group.columns.features):
                one, own = theirs[FEATURES].get(column), mine[FEATURES].get(column)
                state = joined(feature, one, own, ctx)
                if state is not None:
                    united[FEATURES][column] = state
            united[SLOTS] = mine[SLOTS]
            for segment in group.segments:
                _unite_slots(united[SLOTS], theirs[SLOTS], segment, key, merging, ())
        for key in list(keeper.keys.get(group.index, ())):
            if key not in keys:
                keys[key] = keeper.key(group.index, key)
        keeper.keys[group.index] = dict(sorted(keys.items(), key=_touched))
        while len(keys) > group.max_keys:
            oldest = next(iter(keeper.keys[group.index]))
            self._evaluator.forget_key(keeper, group, oldest)
            del keys[oldest]

    # -- deciding --------------------------------------------------------------------------

    def _settle(self, keeper: Contact, latest: int, at: int) -> None:
        """Evaluate all segments; a contact that objects to profiling is in none."""
        objecting = self._rules.objecting
        if objecting is not None and unite_objections(
            keeper, at, self._rules, objecting, self._evaluator
        ):
            self._transitions.merging = None
        else:
            self._evaluate(keeper, latest, at)

    def _evaluate(self, keeper: Contact, latest: int, at: int) -> None:
        rules, visible = self._rules, self._evaluator.visible
        instant = keeper.latest = visible.decided_instant(keeper, latest, visible.horizon)
        keeper.inside = rules.inside(keeper.slots)
        keeper.deadlines, keeper.key_deadlines = {}, {}
        keeper.next_key_due = UNKNOWN
        for dependents in rules.dependents:
            dependents.expire(keeper, instant)
        keeper.totals = {}
        for dependents in rules.dependents:
            dependents.restart(keeper, instant)
        self._transitions.silent = rules.of_moves  # that a merge gives another label is no move
        self._evaluator.evaluate(keeper, rules.evaluated_bits, instant, at)
        self._transitions.silent = 0
        self._transitions.merging = None
        if keeper.waiting:
            self._evaluator.policy_stage.ask(keeper, instant, at_once=True)


def _unite_slots(
    slots: States,
    others: States,
    segment: Segment,
    key: str | None,
    merging: MergeContext,
    openings: tuple[int, ...],
) -> None:
    """Join the slots of the other contact into the keeper's slots of a segment."""
    for rung in range(len(segment.rungs)):
        number = segment.first_slot + rung
        theirs, mine = others.get(number), slots.get(number)
        # A united cart has the earlier opening, also where only one of the contacts has a slot.
        if theirs is None and (mine is None or not openings):
            continue
        theirs, mine = theirs or new_slot(), mine or new_slot()
        merging.note((segment.index, key, rung), theirs, mine)
        slots[number] = united_slot(theirs, mine, openings)


def _forget_unknown_last(contact: Contact, without: Contact, rules: RuleSet) -> None:
    """Forget which event was the last one of a kind where that is not known any more: none is known
    of ``without``, the same person, and a later one may be from before it was remembered.
    """
    for column, since in without.kept_since.items():
        if rules.contact.features[column].is_of_last and without.state(column) is None:
            state = contact.state(column)
            if state is not None and state[0] < since:
                del contact.features[column]
    for index, gaps in without.key_kept_since.items():
        features = rules.key_groups[index].columns.features
        columns = [(column, since) for column, since in gaps.items() if features[column].is_of_last]
        for key in list(contact.keys.get(index, ())) if columns else ():
            mine, theirs = contact.key(index, key), without.key(index, key)
            assert mine is not None
            for column, since in columns:
                state = mine[FEATURES].get(column)
                is_known = theirs is not None and column in theirs[FEATURES]
                if state is not None and not is_known and state[0] < since:
                    del mine[FEATURES][column]


def _later_of(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {
        column: max(one.get(column, at), other.get(column, at))
        for column, at in {**one, **other}.items()
    }


def _touched(entry: tuple[str, Any]) -> int:
    touched: int = entry[1][TOUCHED]
    return touched
