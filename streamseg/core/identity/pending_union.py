"""Unites the pending messages of two contacts that become one, so that nothing is told twice."""

from __future__ import annotations

from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.slots import NOTIFIED, OUT, status_of
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.identity.stay_union import MergeContext, Where
from streamseg.core.messages.pending import (
    BY_EVENT,
    CONTENT,
    DUE,
    KEY,
    RUNG,
    SEGMENT,
    STAY_ENTERED_AT,
    Item,
    is_entry,
)
from streamseg.core.policies.waiting import Waiting
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment, slots_at


class PendingUnion:
    """Moves what is pending of two contacts to one, and their triggers that wait for a policy."""

    def __init__(self, rules: RuleSet, evaluator: Evaluator) -> None:
        self._rules = rules
        self._evaluator = evaluator
        self._transitions = evaluator.transitions

    def unite(self, keeper: Contact, other: Contact, merging: MergeContext) -> None:
        """Move what is pending and waits of both contacts to the keeper."""
        self._unite_pending(keeper, other, merging)
        self._unite_waiting(keeper, other, merging)

    def _unite_pending(self, keeper: Contact, other: Contact, merging: MergeContext) -> None:
        """A message that is pending for both contacts is told once, as the keeper's; a message that
        one was told already is not told again.
        """
        if not other.pending and not keeper.pending:
            return
        own = {_where(item) for item in keeper.pending if _is_trigger(item)}
        for item in keeper.pending[:]:
            if _is_trigger(item) and _status_of_item(other, self._rules, item) == NOTIFIED:
                keeper.pending.remove(item)
                membership = self._evaluator.membership_of(keeper, item)
                self._transitions.suppress_merged(membership, item, None)
        for item in other.pending:
            is_told = _status_of_item(keeper, self._rules, item) == NOTIFIED
            if _is_trigger(item) and (is_told or _where(item) in own):
                membership = self._evaluator.membership_of(other, item)
                self._transitions.suppress_merged(membership, item, merging.source)
            elif item[CONTENT]:
                keeper.pending.append(item)
            elif is_entry(item) and _status_of_item(keeper, self._rules, item) != OUT:
                merging.untold.add((_where(item), item[DUE]))  # the keeper's own stay is told
            elif (_where(item), item[STAY_ENTERED_AT]) not in merging.untold:
                keeper.pending.append(item)

    def _unite_waiting(self, keeper: Contact, other: Contact, merging: MergeContext) -> None:
        """The same for triggers that wait for a policy."""
        own, others = _to_be_told(keeper), _to_be_told(other)
        ending = self._transitions.policy_stage.ending
        candidates = {self._candidate(trigger) for trigger in own}
        for trigger in own:
            if _status_of_trigger(other, self._rules, trigger) == NOTIFIED:
                ending.merge(keeper, trigger, None)
        for trigger in others:
            is_in = _status_of_trigger(keeper, self._rules, trigger) != OUT
            if is_in or self._candidate(trigger) in candidates:
                ending.merge(other, trigger, merging.source)
        keeper.waiting = [*keeper.waiting, *other.waiting]
        keeper.decisions = [*keeper.decisions, *other.decisions]

    def _candidate(self, trigger: Waiting) -> tuple[int, str | None, int, int | str]:
        """What identifies a waiting trigger within one contact; each firing of an instant rule is
        one by itself.
        """
        is_instant = self._rules.segments[trigger.segment].is_instant
        return trigger.segment, trigger.key, trigger.rung, trigger.anchor if is_instant else ""


def _to_be_told(contact: Contact) -> list[Waiting]:
    """The triggers of a contact that wait, and those that are released and not told yet."""
    released = [one.trigger for one in contact.decisions if one.is_release]
    return [*contact.waiting, *released]


def _status_of_item(contact: Contact, rules: RuleSet, item: Item) -> int:
    """The status of a contact in the membership that an item belongs to."""
    return _status_in(contact, rules.segments[item[SEGMENT]], item[KEY], item[RUNG])


def _status_of_trigger(contact: Contact, rules: RuleSet, trigger: Waiting) -> int:
    return _status_in(contact, rules.segments[trigger.segment], trigger.key, trigger.rung)


def _status_in(contact: Contact, segment: Segment, key: str | None, rung: int) -> int:
    slots = slots_at(contact, segment, key)
    slot = None if slots is None else slots.get(segment.first_slot + rung)
    return OUT if slot is None else status_of(slot)


def _where(item: Item) -> Where:
    return item[SEGMENT], item[KEY], item[RUNG]


def _is_trigger(item: Item) -> bool:
    """Whether an item is a trigger that is still to be told."""
    return bool(item[CONTENT]) and item[BY_EVENT] is None
