"""Counts what happens in one partition. The counters are part of its state, and so exactly-once.

Stays are counted when they begin and end, triggers when they are told, orders when they are
applied. Counts are never computed again from the beginning.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.contacts.contact import SLOTS, Contact
from streamseg.core.contacts.membership import Membership
from streamseg.core.contacts.moves import Moves, difference
from streamseg.core.contacts.resting import layout_of
from streamseg.core.contacts.slots import ENTERED_AT, OUT, STATUS
from streamseg.core.counting.exposure_bytes import spent_in
from streamseg.core.counting.exposure_counter import ExposureCounter
from streamseg.core.counting.exposures import packed
from streamseg.core.counting.figures import NO_VARIANT, CountRecord
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.running import RunningFigures, RunningSize
from streamseg.core.counting.stays import Stays, stays_of
from streamseg.core.counting.terms import Counting
from streamseg.core.counting.triggers import TriggerCounts
from streamseg.core.features.base import States
from streamseg.core.labels.base import Label
from streamseg.core.segments.derived import CUSTOMERS
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment
from streamseg.core.store import Store


class Counts:
    """Counts for one partition; ``emission`` has its time."""

    def __init__(self, counting: Counting, rules: RuleSet, contacts: Store[Contact]) -> None:
        places = max((segment.index for segment in rules.counted), default=-1) + 1
        self.ledger = ledger = Ledger(counting.zone, places)
        self.exposure_counter = ExposureCounter(ledger, rules.counted, rules.ranked)
        self.triggers = TriggerCounts(counting, rules, contacts, self.exposure_counter)
        self._rules = rules
        self._contacts = contacts
        self._column = rules.exposures_column
        self._counted = {segment.name for segment in rules.counted}
        self._customers = None if rules.customers is None else (rules.customers.name, None)
        conversion = counting.conversion
        self._within = None if conversion is None else conversion.within
        self._described = rules.described
        self._parted: Contact | None = None  # between `part` and `unite`
        active = {one.segment for one in counting.alerts if one.measure == "activity"}
        self.of_active = sum(one.bit for one in rules.defined if one.name in active)

    # -- stays -----------------------------------------------------------------------------

    def enter(self, membership: Membership, instant: int, cause: str) -> None:
        """Count that a contact enters a rung at an instant; and that it enters the segment, if it
        is on no other rung.
        """
        segment = membership.segment
        if not segment.is_counted:
            return
        size = self._size(segment)
        size.add_rung(segment.labels[membership.rung], 1)
        if self._is_alone(membership):
            self._begin(membership.contact, size, membership.key)
            size.entered += 1
            if segment is not self._rules.customers:
                size.came += 1
            self._figures(size, segment.name, instant).enter(cause)

    def leave(self, membership: Membership, instant: int, cause: str, is_undone: bool) -> None:
        """Count that a contact leaves a rung; ``is_undone``: a late event shows that it was never
        on it.
        """
        segment = membership.segment
        if not segment.is_counted:
            return
        size = self._size(segment)
        size.add_rung(segment.labels[membership.rung], -1)
        if not self._is_alone(membership):
            return
        self._end(membership.contact, size, membership.key)
        entered_at = membership.slot[ENTERED_AT]
        if is_undone and self._first_entered_at(membership) == entered_at:
            size.entered -= 1
            self._figures(size, segment.name, entered_at).enter("time", -1)
            return
        self._exited(segment.name, size, instant, cause)

    def _exited(self, segment: str, size: RunningSize, instant: int, cause: str) -> None:
        size.exited += 1
        self._figures(size, segment, instant).exit(cause)

    def _figures(self, size: RunningSize, segment: str, instant: int) -> RunningFigures:
        """The running figures of a segment on an instant's day; mostly that of the last one."""
        found = size.figures
        if found is None or not found.began <= instant < found.ended:
            found = size.figures = self.ledger.by_day.running(segment, NO_VARIANT, instant)
        return found

    def _size(self, segment: Segment) -> RunningSize:
        """The size of a segment: by its place, as it is asked for often."""
        recent = self.ledger.recent_sizes
        size = recent[segment.index]
        if size is None:
            size = recent[segment.index] = self.ledger.running_size(segment.name)
        return size

    def _is_alone(self, membership: Membership) -> bool:
        """Whether the contact is on no other rung of the segment."""
        segment = membership.segment
        count = len(segment.rungs)
        if count == 1:
            return True
        slots = _slots_of(membership)
        for rung in range(count):
            slot = slots.get(segment.first_slot + rung)
            if rung != membership.rung and slot is not None and slot[STATUS] != OUT:
                return False
        return True

    def _first_entered_at(self, membership: Membership) -> Any:
        """When the contact last entered the lowest rung."""
        slot = _slots_of(membership).get(membership.segment.first_slot)
        return None if slot is None else slot[ENTERED_AT]

    def _begin(self, contact: Contact, size: RunningSize, key: str | None) -> None:
        size.members += 1
        if key is None and self._column >= 0:
            self._spend(contact, size, 1)

    def _end(self, contact: Contact, size: RunningSize, key: str | None) -> None:
        size.members -= 1
        if key is None and self._column >= 0:
            self._spend(contact, size, -1)

    def _spend(self, contact: Contact, size: RunningSize, change: int) -> None:
        """Add what a contact spent ever (1), or take it back (-1)."""
        state = contact.state(self._column)
        spent = None if state is None else spent_in(packed(state))
        if spent is not None:
            size.spent.add(change * spent.units, spent.decimals)

    # -- whole contacts --------------------------------------------------------------------

    def begin(self, layout: int, is_mixed: bool) -> None:
        """Start counting over the contacts at rest. Those under the given layout are under the
        present rules; ``is_mixed``: there are contacts under other layouts.

        If nothing was counted before, the contacts under the layout are counted now, and the others
        when they are brought to it.
        """
        if self.ledger.begin(layout, list(self._counted), is_mixed):
            for raw, value in self._contacts.resting.items():
                if layout_of(value) == layout:
                    contact = Contact.decode(raw, value)
                    self.admit(contact, self.stays(contact))

    def stays(self, contact: Contact) -> Stays:
        """The stays of a contact under these rules."""
        return stays_of(contact, self._described)

    def bring(self, contact: Contact, former: Stays, was_counted: bool, instant: int) -> None:
        """Count a contact that was brought to other rules; ``former`` are its stays before that."""
        stays = self.stays(contact)
        if was_counted:
            self.withdraw(contact, former)
            for name, key in former:
                if (name, key) not in stays and name in self._counted:
                    self._exited(name, self.ledger.running_size(name), instant, "rules_changed")
        self.admit(contact, stays)

    def erase(self, contact: Contact, instant: int, cause: str) -> None:
        """Count that a contact is erased: its stays end; its former counts stay."""
        stays = self.stays(contact)
        self.withdraw(contact, stays)
        for name, _ in stays:
            if name in self._counted:
                self._exited(name, self.ledger.running_size(name), instant, cause)

    def forget(
        self, contact: Contact, segment: Segment, key: str, slots: States, cause: str
    ) -> None:
        """Count that a contact has lost a key."""
        rungs = segment.rungs_in(slots)
        if rungs:
            if contact is not self._parted:  # of which no stay is counted just now
                self.withdraw(
                    contact, {(segment.name, key): [segment.rungs[one].label for one in rungs]}
                )
            size = self.ledger.running_size(segment.name)
            self._exited(segment.name, size, contact.latest, cause)

    def admit(self, contact: Contact, stays: Stays) -> None:
        """Count a contact's stays whose beginnings were not counted."""
        for (name, key), labels in stays.items():
            if name in self._counted:
                size = self.ledger.running_size(name)
                for label in labels:
                    size.add_rung(label, 1)
                self._begin(contact, size, key)

    def withdraw(self, contact: Contact, stays: Stays) -> None:
        """Stop counting a contact's stays."""
        for (name, key), labels in stays.items():
            is_here = name in self._counted
            size = self.ledger.running_size(name) if is_here else self.ledger.running_former(name)
            if size is not None:
                for label in labels:
                    size.add_rung(label, -1)
                self._end(contact, size, key)

    def part(self, contact: Contact, instant: int) -> None:
        """Stop counting the stays of a contact that is merged: they may continue as stays of the
        keeper.
        """
        stays = self.stays(contact)
        self.withdraw(contact, stays)
        self._parted = contact
        if self._customers in stays:  # so that it is known how many there were on which day
            self._exited(CUSTOMERS, self.ledger.running_size(CUSTOMERS), instant, "merged")

    def unite(self, contact: Contact, instant: int) -> None:
        """Count the stays of a keeper after a merge."""
        self._parted = None
        stays = self.stays(contact)
        self.admit(contact, stays)
        if self._customers in stays:
            size = self.ledger.running_size(CUSTOMERS)
            size.entered += 1
            self._figures(size, CUSTOMERS, instant).enter("merged")

    def move(self, label: Label, before: Moves, after: Moves) -> None:
        """Count a move of a label, and take back one that was disproved."""
        undone, made = difference(before, after)
        for move, change in ((undone, -1), (made, 1)):
            if move is not None:
                old, new, at = move
                self.ledger.by_day.move(label.word(old), label.word(new), at, change)

    # -- what is told ----------------------------------------------------------------------

    def be_active(self, contact: Contact) -> None:
        """Count activity of a contact for those of its segments whose activity alerts watch."""
        inside = contact.inside & self.of_active
        while inside:
            bit = inside & -inside
            inside ^= bit
            self.ledger.be_active(self._rules.ranked[bit.bit_length() - 1].name)

    def publish(self, clock: int) -> list[CountRecord]:
        """The records of what was counted, at most once a minute by ``clock`` (ms)."""
        told = self.ledger.publish(clock)
        if self._within is not None:
            for record in told:
                record.within = self._within
        return told

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self.ledger.rollback()
        self.exposure_counter.rollback()


def _slots_of(membership: Membership) -> States:
    """The slots that a membership's slot is one of."""
    if membership.key is None:
        return membership.contact.slots
    state = membership.contact.key(membership.segment.key_group, membership.key)
    assert state is not None
    slots: States = state[SLOTS]
    return slots
