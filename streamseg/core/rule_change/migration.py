"""Migration: brings a contact that was written under other rules to the present ones.

State is moved by name: features by their ids, memberships by segment and rung. State that no rule
needs any more is dropped. A new feature begins empty, and the contact notes since when it is
remembered. Contacts enter new and edited segments silently.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.contacts.contact import (
    FEATURES,
    SLOTS,
    TOUCHED,
    Contact,
    KeyState,
    new_key,
)
from streamseg.core.contacts.deadlines import deadline_of
from streamseg.core.contacts.membership import Membership
from streamseg.core.contacts.slots import IN, is_inside, set_status
from streamseg.core.counting.stays import Stays, stays_of
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.evaluation.forgotten_stays import ForgottenStays
from streamseg.core.features.base import FOREVER, Feature
from streamseg.core.identity.objections import is_objecting, know_from
from streamseg.core.messages.pending import BY_EVENT, CONSENT, CONTENT, is_entry
from streamseg.core.rule_change.layout_mapping import Edit, LayoutMapping
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import slots_of


class Migration:
    """Brings contacts from one old layout to the present one.

    ``changed`` are the segments to evaluate after that, ``by_model`` those of them, as bits, that
    only a new model changes.
    """

    def __init__(self, old: list[Any], new: list[Any], rules: RuleSet) -> None:
        self._rules = rules
        self._described = old[1]
        self._is_former = any(not described[5:] for described in old[1])  # written in format 2
        self._mapping = LayoutMapping(old, new, rules)
        self.changed = self._mapping.changed
        self.by_model = self._mapping.by_model

    @property
    def unaware(self) -> list[str]:
        """The segments that ask about something that was not remembered under the old layout."""
        return self._mapping.unaware

    def stays(self, contact: Contact) -> Stays:
        """The stays of a contact, read under the old layout."""
        return stays_of(contact, self._described)

    def objected(self, contact: Contact) -> bool:
        """Whether a contact objected to profiling, read under the old layout."""
        slot = self._mapping.objecting
        return slot is not None and is_inside(contact.slots.get(slot))

    def bring(self, contact: Contact, evaluator: Evaluator, instant: int) -> None:
        """Move a contact's states to their new columns."""
        objected = self.objected(contact)
        if self._is_former:
            self._split_pending(contact)
        for edit in self._mapping.edits:
            self._end(contact, edit, evaluator.forgotten)
        for former in self._mapping.referring:
            for key, slots in slots_of(contact, former):
                evaluator.forgotten.forget_untold(contact, former, key, slots, "rules_changed")
        for gone in self._mapping.removed if contact.waiting or contact.decisions else ():
            for key, slots in slots_of(contact, gone):
                evaluator.policy_stage.ending.forget(contact, gone, key, slots, "rules_changed")
        noted = {deadline_of(one): due for one, due in contact.deadlines.items() if one < 0}
        self._note_gaps(contact, instant)
        contact.features = _moved(contact.features, self._mapping.features)
        self._bring_adopted(contact, instant)
        contact.slots = _moved(contact.slots, self._mapping.slots)
        contact.deadlines = _moved(contact.deadlines, self._mapping.segments)
        contact.inside = self._rules.inside(contact.slots)
        self._note_waits(contact, _moved(noted, self._mapping.features))
        contact.keys = self._keys(contact)
        contact.key_deadlines = _moved(contact.key_deadlines, self._mapping.segments)
        self._bring_waiting(contact, instant, evaluator.transitions.firing.wall)
        evaluator.index.add_contact(contact)
        for key_group in self._rules.key_groups:
            keys = contact.keys.get(key_group.index, {})
            while len(keys) > key_group.max_keys:
                evaluator.forget_key(contact, key_group, next(iter(keys)))
        if objected and not is_objecting(contact, self._rules):
            know_from(contact, instant, self._rules)

    def _bring_waiting(self, contact: Contact, instant: int, wall: int | None) -> None:
        """Give what is pending, and the triggers that wait, the new numbers of their segments."""
        segments = self._mapping.segments
        contact.pending = [
            [entry[0], segments[entry[1]], *entry[2:]]
            for entry in contact.pending
            if entry[1] in segments
        ]
        for trigger in contact.waiting:  # the new gates are asked, but not before the rule change
            trigger.segment = segments[trigger.segment]
            floor = instant if wall is None else max(instant, wall)
            if trigger.floor is not None:
                floor = max(floor, trigger.floor)
            trigger.floor = floor
            trigger.due = FOREVER if floor == instant else floor
        for decision in contact.decisions:
            decision.trigger.segment = segments[decision.trigger.segment]

    def tell_exits_without_consent(self, contact: Contact, forgotten: ForgottenStays) -> None:
        """Emit the exits of members without a consent, where membership is told only by consent
        from now on.
        """
        for segment in self._mapping.outward:
            for key, slots in slots_of(contact, segment):
                for rung in segment.told_as.rungs_in(slots):
                    slot = slots.get(segment.first_slot + rung)
                    if not is_inside(slot):
                        stay = slots[segment.told_as.first_slot + rung]
                        membership = Membership(contact, segment, key, rung, stay)
                        forgotten.tell_exit(membership, CONSENT)

    def _note_gaps(self, contact: Contact, instant: int) -> None:
        """Note for each new feature that it is remembered only since ``instant``; for one that
        an event can tell all of, since the contact's latest decided instant: no event was later.
        """
        since = _moved(contact.kept_since, self._mapping.features)
        features = self._rules.contact.features
        begun = {
            column: contact.latest if _is_known_by_one_event(features[column]) else instant
            for column in self._mapping.begun
        }
        contact.kept_since = begun | since
        gaps: dict[int, dict[int, int]] = {}
        for (old, new), columns in self._mapping.key_features.items():
            known = _moved(contact.key_kept_since.get(old, {}), columns)
            for column, at in known.items():
                of_table = gaps.setdefault(new, {})
                of_table[column] = max(at, of_table.get(column, at))
        for key_group, column in self._mapping.begun_of_keys:
            feature = self._rules.key_groups[key_group].columns.features[column]
            since_then = contact.latest if _is_known_by_one_event(feature) else instant
            gaps.setdefault(key_group, {})[column] = since_then
        contact.key_kept_since = gaps

    def _bring_adopted(self, contact: Contact, instant: int) -> None:
        """Convert states for the features that adopt them, and note since when each has all that
        its feature remembers.
        """
        for column, former in self._mapping.adopted.items():
            state = contact.state(column)
            if state is None:
                continue
            since = self._rules.contact.features[column].adopt(state, former, instant)
            if since is not None:
                contact.kept_since[column] = max(since, contact.kept_since.get(column, since))

    def _split_pending(self, contact: Contact) -> None:
        """Split items of format 2, in which one item stood for the record of an entry and for its
        trigger.
        """
        for item in contact.pending[:]:
            if is_entry(item) and item[CONTENT] and item[BY_EVENT] is None:
                contact.pending.append([*item[:CONTENT], "", None])

    def _end(self, contact: Contact, edit: Edit, forgotten: ForgottenStays) -> None:
        """End what is pending of an edited segment: triggers are suppressed, and members exit or
        stay silently.
        """
        former = edit.former
        for key, slots in slots_of(contact, former):
            if not edit.is_kept:
                forgotten.forget(contact, former, key, slots, "rules_changed")
                continue
            forgotten.forget_pending(contact, former, key, slots, "rules_changed")
            for rung in range(len(former.rungs)):
                slot = slots.get(former.first_slot + rung)
                if slot is None or not is_inside(slot):
                    continue
                set_status(slot, IN)
                if rung in edit.gone:
                    forgotten.tell_exit(
                        Membership(contact, former, key, rung, slot), "rules_changed"
                    )

    def _keys(self, contact: Contact) -> dict[int, dict[str, Any]]:
        """The keys of a contact by new key group. Where two old groups have the same key, their
        states are joined. A key that no event of the new group is known to have touched keeps what
        has fired, and counts as never touched.
        """
        key_groups: dict[int, dict[str, Any]] = {}
        for (old, new), slots in self._mapping.key_groups.items():
            touching = self._mapping.touching.get((old, new))
            for key in list(contact.keys.get(old, ())):
                state = _state(contact, old, key)
                keys = key_groups.setdefault(new, {})
                joined = keys.setdefault(key, new_key())
                if touching is None or not touching.isdisjoint(state[FEATURES]):
                    joined[TOUCHED] = max(joined[TOUCHED], state[TOUCHED])
                joined[FEATURES] |= _moved(state[FEATURES], self._mapping.key_features[old, new])
                joined[SLOTS] |= _moved(state[SLOTS], slots)
        return {
            key_group: dict(sorted(keys.items(), key=lambda one: one[1][TOUCHED]))
            for key_group, keys in key_groups.items()
        }

    def _note_waits(self, contact: Contact, noted: dict[int, int]) -> None:
        """Set the deadlines of segments that wait on a feature, and of features that age."""
        deadlines = contact.deadlines
        for segment in self._rules.segments:
            for dependents, wait in segment.waits:
                over = dependents.over(contact, wait)
                if noted.get(dependents.column, FOREVER) <= over < FOREVER:
                    deadlines[segment.index] = min(over, deadlines.get(segment.index, over))
        for one in self._rules.dependents:
            over = one.changes_at(contact)
            if over < FOREVER:
                deadlines[deadline_of(one.column)] = over


def _is_known_by_one_event(feature: Feature) -> bool:
    return feature.is_of_last or feature.is_told_whole


def _state(contact: Contact, key_group: int, key: str) -> KeyState:
    state = contact.key(key_group, key)
    assert state is not None
    return state


def _moved(states: dict[int, Any], columns: dict[int, int]) -> dict[int, Any]:
    return {columns[column]: state for column, state in states.items() if column in columns}
