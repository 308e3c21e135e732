"""Migration: a contact whose state was written under other rules is brought to these.

State is moved by name: features by their ids, memberships by segment and rung. What no rule needs
any more is dropped. What is new begins empty, and the contact notes from when on it is remembered.
Contacts enter segments that are new, or defined anew, silently.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec.structs import replace

from streamseg.core.conditions.logic import All
from streamseg.core.contact import (
    FEATURES,
    SLOTS,
    TOUCHED,
    Contact,
    KeyState,
    is_inside,
    new_key,
)
from streamseg.core.counting.stays import Stays, stays_of
from streamseg.core.definitions import Definition, Episode, Rung, TriggerOptions
from streamseg.core.evaluation import Evaluator
from streamseg.core.features.base import FOREVER, States
from streamseg.core.membership import IN, STATUS, Membership
from streamseg.core.pending import BY_EVENT, CONSENT, CONTENT, is_entry
from streamseg.core.rule_set import RuleSet
from streamseg.core.segments import Segment
from streamseg.core.transitions import Transitions


class _Edit(NamedTuple):
    """A segment whose definition has changed: what it was, whether its members stay in, and the
    rungs that it no longer has.
    """

    former: Segment
    is_kept: bool
    gone: frozenset[int]


class LayoutMapping:
    """Where the columns of an old layout are in the new one.

    A segment whose definition is the same is carried over whole. One that was edited within its
    kind keeps its members and what has fired, and is evaluated anew. One of another kind, or with
    other keys, begins anew.
    """

    def __init__(self, old: list[Any], new: list[Any], rules: RuleSet) -> None:
        self._rules = rules
        self._described = old[1]
        self.features = _by_name(old[0], new[0])
        self.slots: dict[int, int] = {}
        self.segments: dict[int, int] = {}  # those whose definitions are the same
        # By old and new key group where the slots of the segments that they share are.
        self.key_groups: dict[tuple[int, int], dict[int, int]] = {}
        self.key_features: dict[tuple[int, int], dict[int, int]] = {}  # and where features are
        self.edits: list[_Edit] = []
        self._is_former = any(not described[5:] for described in old[1])
        changed = 0
        known = {segment[0]: (index, segment) for index, segment in enumerate(old[1])}
        names = {segment.name for segment in rules.segments}
        self._removed = [
            _removed(index, one) for name, (index, one) in known.items() if name not in names
        ]
        for segment, described in zip(rules.segments, new[1], strict=True):
            if segment.name not in known:
                changed |= segment.bit
                continue
            index, former = known[segment.name]
            is_same = former[1] == segment.definition.version
            is_kept = is_same or former[5:] == described[5:]
            if is_same:
                self.segments[index] = segment.index
            else:
                changed |= segment.bit
                stays = _by_name(former[3], described[3])
                gone = frozenset(one for one in range(len(former[3])) if one not in stays)
                self.edits.append(_Edit(_former(index, former, segment), is_kept, gone))
            if is_kept:
                self._keep(old, new, former, described)
        # Those as which membership is told from now on, with a consent only.
        self._outward = [
            one
            for one in rules.segments
            if one.name not in known and one.told_as is not one and one.told_as.name in known
        ]
        self.changed = _with_referrers(rules, changed)
        # By new column, of what was written under another id, which that was.
        self._adopted = self._adopt(old[0])
        kept = self.features.values()
        self._begun = [column for column in range(len(new[0])) if column not in kept]
        self._begun_of_keys = [
            (key_group, column)
            for key_group, features in enumerate(new[2])
            for column in range(len(features))
            if not self._is_kept_of_keys(key_group, column)
        ]

    def _adopt(self, former: list[str]) -> dict[int, str]:
        """Have features take over the states of others; by their columns, whose these were."""
        adopted: dict[int, str] = {}
        for column, feature in enumerate(self._rules.contact.features):
            if column in self.features.values():
                continue
            for source, name in enumerate(former):
                if source not in self.features and feature.adopts(name):
                    self.features[source] = column
                    adopted[column] = name
                    break
        return adopted

    def _is_kept_of_keys(self, key_group: int, column: int) -> bool:
        """Whether all keys of a key group come with a feature."""
        sources = [columns for (_, new), columns in self.key_features.items() if new == key_group]
        return bool(sources) and all(column in columns.values() for columns in sources)

    def _keep(self, old: list[Any], new: list[Any], former: list[Any], now: list[Any]) -> None:
        """Have a segment's memberships moved, rung by rung, and what is remembered of its keys."""
        rungs = _by_name(former[3], now[3])
        slots = {former[2] + one: now[2] + other for one, other in rungs.items()}
        key_groups = former[4], now[4]
        if key_groups[0] < 0:
            self.slots |= slots
        else:
            self.key_groups.setdefault(key_groups, {}).update(slots)
            self.key_features[key_groups] = _by_name(old[2][key_groups[0]], new[2][key_groups[1]])

    def stays(self, contact: Contact) -> Stays:
        """The stays of a contact who was not brought yet."""
        return stays_of(contact, self._described)

    def bring(self, contact: Contact, evaluator: Evaluator, instant: int) -> None:
        """Move a contact's states to their new columns."""
        if self._is_former:
            self._split_pending(contact)
        for edit in self.edits:
            self._end(contact, edit, evaluator.transitions)
        for gone in self._removed if contact.waiting or contact.untold else ():
            for key, slots in _slots_of(contact, gone):
                evaluator.stage.ending.forget(contact, gone, key, slots, "rules_changed")
        noted = {~column: due for column, due in contact.deadlines.items() if column < 0}
        self._note_gaps(contact, instant)
        contact.features = _moved(contact.features, self.features)
        self._bring_adopted(contact, instant)
        contact.slots = _moved(contact.slots, self.slots)
        contact.deadlines = _moved(contact.deadlines, self.segments)
        contact.inside = self._rules.inside(contact.slots)
        self._note_waits(contact, _moved(noted, self.features))
        contact.keys = self._keys(contact)
        contact.key_deadlines = _moved(contact.key_deadlines, self.segments)
        contact.pending = [
            [entry[0], self.segments[entry[1]], *entry[2:]]
            for entry in contact.pending
            if entry[1] in self.segments
        ]
        wall = evaluator.transitions.gate.wall
        for trigger in contact.waiting:  # asked by the new gates, and not before they are there
            trigger.segment = self.segments[trigger.segment]
            floor = instant if wall is None else max(instant, wall)
            if trigger.floor is not None:
                floor = max(floor, trigger.floor)
            trigger.floor = floor
            trigger.due = FOREVER if floor == instant else floor
        for untold in contact.untold:
            untold.trigger.segment = self.segments[untold.trigger.segment]
        evaluator.index.add_contact(contact)
        for key_group in self._rules.key_groups:
            keys = contact.keys.get(key_group.index, {})
            while len(keys) > key_group.max_keys:
                evaluator.forget_key(contact, key_group, next(iter(keys)))

    def end_untold(self, contact: Contact, transitions: Transitions) -> None:
        """Have who is in without a consent exit, where membership was told without one before."""
        for segment in self._outward:
            for key, slots in _slots_of(contact, segment):
                for rung in segment.told_as.rungs_in(slots):
                    slot = slots.get(segment.first_slot + rung)
                    if not is_inside(slot):
                        stay = slots[segment.told_as.first_slot + rung]
                        membership = Membership(contact, segment, key, rung, stay)
                        transitions.forget_stay(membership, CONSENT)

    def _note_gaps(self, contact: Contact, instant: int) -> None:
        """Note for each new feature that it is remembered from an instant on only."""
        since = _moved(contact.since, self.features)
        contact.since = dict.fromkeys(self._begun, instant) | since
        gaps: dict[int, dict[int, int]] = {}
        for (old, new), columns in self.key_features.items():
            known = _moved(contact.key_since.get(old, {}), columns)
            for column, at in known.items():
                of_table = gaps.setdefault(new, {})
                of_table[column] = max(at, of_table.get(column, at))
        for key_group, column in self._begun_of_keys:
            gaps.setdefault(key_group, {})[column] = instant
        contact.key_since = gaps

    def _bring_adopted(self, contact: Contact, instant: int) -> None:
        """Make states ones of the features that take them over, and note what these lack."""
        for column, former in self._adopted.items():
            state = contact.state(column)
            if state is None:
                continue
            since = self._rules.contact.features[column].adopt(state, former, instant)
            if since is not None:
                contact.since[column] = max(since, contact.since.get(column, since))

    def _split_pending(self, contact: Contact) -> None:
        """In format 2 one item stood for the record of an entry and for its trigger."""
        for item in contact.pending[:]:
            if is_entry(item) and item[CONTENT] and item[BY_EVENT] is None:
                contact.pending.append([*item[:CONTENT], "", None])

    def _end(self, contact: Contact, edit: _Edit, transitions: Transitions) -> None:
        """Suppress what is pending of an edited segment; its members leave, or stay in silently."""
        former = edit.former
        for key, slots in _slots_of(contact, former):
            if not edit.is_kept:
                transitions.forget(contact, former, key, slots, "rules_changed")
                continue
            transitions.forget_waiting(contact, former, key, slots, "rules_changed")
            for rung in range(len(former.rungs)):
                slot = slots.get(former.first_slot + rung)
                if slot is None or not is_inside(slot):
                    continue
                slot[STATUS] = IN
                if rung in edit.gone:
                    transitions.forget_stay(
                        Membership(contact, former, key, rung, slot), "rules_changed"
                    )

    def _keys(self, contact: Contact) -> dict[int, dict[str, Any]]:
        """The keys of a contact in the new groups; what two old ones have of a key is joined."""
        key_groups: dict[int, dict[str, Any]] = {}
        for (old, new), slots in self.key_groups.items():
            for key in list(contact.keys.get(old, ())):
                state = _state(contact, old, key)
                keys = key_groups.setdefault(new, {})
                joined = keys.setdefault(key, new_key())
                joined[TOUCHED] = max(joined[TOUCHED], state[TOUCHED])
                joined[FEATURES] |= _moved(state[FEATURES], self.key_features[old, new])
                joined[SLOTS] |= _moved(state[SLOTS], slots)
        return {
            key_group: dict(sorted(keys.items(), key=lambda one: one[1][TOUCHED]))
            for key_group, keys in key_groups.items()
        }

    def _note_waits(self, contact: Contact, noted: dict[int, int]) -> None:
        """Set the deadlines of segments that wait, and of features that age."""
        deadlines = contact.deadlines
        for segment in self._rules.segments:
            for dependents, wait in segment.waits:
                over = dependents.over(contact, wait)
                if noted.get(dependents.column, FOREVER) <= over < FOREVER:
                    deadlines[segment.index] = min(over, deadlines.get(segment.index, over))
        for one in self._rules.dependents:
            over = one.changes_at(contact)
            if over < FOREVER:
                deadlines[~one.column] = over


def _slots_of(contact: Contact, segment: Segment) -> list[tuple[str | None, States]]:
    """The slots of a segment, by its keys where it has some."""
    group = segment.key_group
    if group < 0:
        return [(None, contact.slots)]
    return [(key, _state(contact, group, key)[SLOTS]) for key in list(contact.keys.get(group, ()))]


def _state(contact: Contact, key_group: int, key: str) -> KeyState:
    state = contact.key(key_group, key)
    assert state is not None
    return state


def _former(index: int, described: list[Any], segment: Segment) -> Segment:
    """A segment as an old layout describes it; what is told of it is as the rules have it now."""
    rungs = [Rung(label, All([])) for label in described[3]]
    definition = replace(segment.definition, version=described[1], rungs=rungs)
    former = Segment(index, definition, described[2], None)
    former.key_group = described[4]
    return former


def _removed(index: int, described: list[Any]) -> Segment:
    """A segment that the rules do not have any more, as an old layout describes it."""
    name, version, first_slot, labels, key_group = described[:5]
    rungs = [Rung(label, All([])) for label in labels]
    definition = Definition(
        name=name,
        version=version,
        kind="",
        rungs=rungs,
        episode=Episode(),
        trigger=TriggerOptions(),
    )
    segment = Segment(index, definition, first_slot, None)
    segment.key_group = key_group
    return segment


def _with_referrers(rules: RuleSet, changed: int) -> list[Segment]:
    """Segments, and who asks about them: each after those that it asks about."""
    for segment in rules.ranked:
        if changed & segment.bit:
            for one in segment.referrers:
                changed |= one.bit
    return [one for one in rules.ranked if changed & one.bit and not one.is_instant]


def _by_name(old: list[Any], new: list[Any]) -> dict[int, int]:
    columns = {name: column for column, name in enumerate(new)}
    return {column: columns[name] for column, name in enumerate(old) if name in columns}


def _moved(states: dict[int, Any], columns: dict[int, int]) -> dict[int, Any]:
    return {columns[column]: state for column, state in states.items() if column in columns}
