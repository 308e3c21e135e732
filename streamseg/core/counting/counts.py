"""Counts what happens in one partition. The counters are part of its state, and so exactly-once.

Stays are counted where they begin and end, triggers where they are told, orders where they are
applied. Nothing is ever counted again from the beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from streamseg.core.contact import SLOTS, Contact
from streamseg.core.counting.exposures import new_state, spent_in
from streamseg.core.counting.figures import (
    NO_VARIANT,
    NOTHING,
    CountRecord,
    Figures,
    Size,
    minus,
    plus,
)
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.running import RunningFigures, RunningSize
from streamseg.core.counting.stays import Stays, stays_of
from streamseg.core.counting.terms import Counting
from streamseg.core.derived import CUSTOMERS
from streamseg.core.emission import Emission
from streamseg.core.events import UNKNOWN, Event
from streamseg.core.features.base import States
from streamseg.core.labels.base import Label
from streamseg.core.membership import ENTERED_AT, OUT, STATUS, Membership
from streamseg.core.moves import Moves, difference
from streamseg.core.outcomes import CANCELLED, FIRED, SUPPRESSED, Outcome
from streamseg.core.resting import layout_of
from streamseg.core.rule_set import RuleSet
from streamseg.core.segments import Segment
from streamseg.core.store import Store

CONTROL: Final = "control"  # the reason of a trigger that is held back for the comparison
_LAST: Final = 1 << 30


class Counts:
    """Counts for one partition; ``emission`` has its time."""

    def __init__(self, counting: Counting, rules: RuleSet, contacts: Store[Contact]) -> None:
        self.emission: Emission | None = None
        self.ledger = Ledger(counting.zone)
        self._rules = rules
        self._contacts = contacts
        self._exposures = rules.exposures
        self._column = rules.exposures_column
        self._places = {segment.name: segment.index for segment in rules.counted}
        self._customers = None if rules.customers is None else (rules.customers.name, None)
        conversion = counting.conversion
        self._within = None if conversion is None else conversion.within
        self._described = rules.described
        self._of_fired = {one.segment for one in counting.alerts if one.measure == "fired"}
        active = {one.segment for one in counting.alerts if one.measure == "activity"}
        self.of_active = sum(one.bit for one in rules.defined if one.name in active)
        self._ordered = NOTHING  # what the event that is being applied has ordered

    # -- stays -----------------------------------------------------------------------------

    def enter(self, membership: Membership, instant: int, cause: str) -> None:
        """A contact enters a rung at an instant; and the segment, if it is on no other rung."""
        segment = membership.segment
        if segment.name not in self._places:
            return
        size = self.ledger.running_size(segment.name)
        _add_rung(size.size, segment.rungs[membership.rung].label, 1)
        if self._is_alone(membership):
            self._begin(membership.contact, size, membership.key)
            size.entered += 1
            if segment is not self._rules.customers:
                size.came += 1
            entered = self.ledger.running(segment.name, NO_VARIANT, instant).entered
            entered[cause] = entered.get(cause, 0) + 1

    def leave(self, membership: Membership, instant: int, cause: str, is_undone: bool) -> None:
        """A contact leaves a rung; ``is_undone``: a late event shows that it never was on it."""
        segment = membership.segment
        if segment.name not in self._places:
            return
        size = self.ledger.running_size(segment.name)
        _add_rung(size.size, segment.rungs[membership.rung].label, -1)
        if not self._is_alone(membership):
            return
        self._end(membership.contact, size, membership.key)
        entered_at = membership.slot[ENTERED_AT]
        if is_undone and self._first_entered_at(membership) == entered_at:
            size.entered -= 1
            entered = self.ledger.running(segment.name, NO_VARIANT, entered_at).entered
            entered["time"] = entered.get("time", 0) - 1
            return
        self._exited(segment.name, size, instant, cause)

    def _exited(self, segment: str, size: RunningSize, instant: int, cause: str) -> None:
        size.exited += 1
        exited = self.ledger.running(segment, NO_VARIANT, instant).exited
        exited[cause] = exited.get(cause, 0) + 1

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

    def _begin(self, contact: Contact, running: RunningSize, key: str | None) -> None:
        running.members += 1
        if key is None and self._exposures is not None:
            state = contact.state(self._column)
            if state is not None and (spent := spent_in(state)):
                running.size.spent = plus(running.size.spent, spent)

    def _end(self, contact: Contact, running: RunningSize, key: str | None) -> None:
        running.members -= 1
        if key is None and self._exposures is not None:
            state = contact.state(self._column)
            if state is not None and (spent := spent_in(state)):
                running.size.spent = minus(running.size.spent, spent)

    # -- whole contacts --------------------------------------------------------------------

    def begin(self, layout: int, is_mixed: bool) -> None:
        """Start from what is at rest, of which contacts under a layout are of these rules;
        ``is_mixed``: others rest under other layouts.

        Where nothing was counted before, those are counted now; others when they are brought over.
        """
        if self.ledger.begin(layout, list(self._places), is_mixed):
            for raw, value in self._contacts.resting.items():
                if layout_of(value) == layout:
                    contact = Contact.decode(raw, value)
                    self.admit(contact, self.stays(contact))

    def stays(self, contact: Contact) -> Stays:
        """The stays of a contact under these rules."""
        return stays_of(contact, self._described)

    def bring(self, contact: Contact, former: Stays, was_counted: bool, instant: int) -> None:
        """A contact was migrated; ``former`` are its stays from before."""
        stays = self.stays(contact)
        if was_counted:
            self.withdraw(contact, former)
            for name, key in former:
                if (name, key) not in stays and name in self._places:
                    self._exited(name, self.ledger.running_size(name), instant, "rules_changed")
        self.admit(contact, stays)

    def erase(self, contact: Contact, instant: int, cause: str) -> None:
        """A contact is erased: its stays end. What it did stays counted."""
        stays = self.stays(contact)
        self.withdraw(contact, stays)
        for name, _ in stays:
            if name in self._places:
                self._exited(name, self.ledger.running_size(name), instant, cause)

    def forget(
        self, contact: Contact, segment: Segment, key: str, slots: States, cause: str
    ) -> None:
        """A contact has lost a key."""
        rungs = segment.rungs_in(slots)
        if rungs:
            self.withdraw(
                contact, {(segment.name, key): [segment.rungs[one].label for one in rungs]}
            )
            size = self.ledger.running_size(segment.name)
            self._exited(segment.name, size, contact.latest, cause)

    def admit(self, contact: Contact, stays: Stays) -> None:
        """Count a contact's stays whose beginnings were not counted."""
        for (name, key), labels in stays.items():
            if name in self._places:
                size = self.ledger.running_size(name)
                for label in labels:
                    _add_rung(size.size, label, 1)
                self._begin(contact, size, key)

    def withdraw(self, contact: Contact, stays: Stays) -> None:
        """Stop counting a contact's stays."""
        for (name, key), labels in stays.items():
            is_here = name in self._places
            size = self.ledger.running_size(name) if is_here else self.ledger.running_former(name)
            if size is not None:
                for label in labels:
                    _add_rung(size.size, label, -1)
                self._end(contact, size, key)

    def part(self, contact: Contact, instant: int) -> None:
        """Stop counting the stays of a contact that is merged: they may go on as the keeper's."""
        stays = self.stays(contact)
        self.withdraw(contact, stays)
        if self._customers in stays:  # so that it is known how many there were on which day
            self._exited(CUSTOMERS, self.ledger.running_size(CUSTOMERS), instant, "merged")

    def unite(self, contact: Contact, instant: int) -> None:
        """Count the stays of a keeper after a merge."""
        stays = self.stays(contact)
        self.admit(contact, stays)
        if self._customers in stays:
            self.ledger.size(CUSTOMERS).entered += 1
            entered = self.figures(CUSTOMERS, NO_VARIANT, instant).entered
            entered["merged"] = entered.get("merged", 0) + 1

    def move(self, label: Label, before: Moves, after: Moves) -> None:
        """Count a move of a label, and take back one that was disproved."""
        undone, made = difference(before, after)
        for move, change in ((undone, -1), (made, 1)):
            if move is not None:
                old, new, at = move
                self.ledger.move(label.word(old), label.word(new), at, change)

    # -- what is told ----------------------------------------------------------------------

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Count what is told: triggers, and triggers that were held back."""
        for outcome in outcomes:
            kind = outcome.type
            if kind == FIRED:
                running = self._running_of(outcome)
                running.fired += 1
                if self._of_fired and running.segment in self._of_fired:
                    self.ledger.size(running.segment).fired += 1
                self._expose(outcome, running)
            elif kind == SUPPRESSED:
                running = self._running_of(outcome)
                figures = running.figures
                reason = outcome.reason or ""
                if reason == CONTROL:
                    figures.control += 1
                    self._expose(outcome, running)
                else:
                    figures.suppressed[reason] = figures.suppressed.get(reason, 0) + 1
            elif kind == CANCELLED:
                self._running_of(outcome).figures.cancelled += 1
                self._take_back(outcome)

    def be_active(self, contact: Contact) -> None:
        """A contact was active: count it for its segments whose activity an alert watches."""
        inside = contact.inside & self.of_active
        while inside:
            bit = inside & -inside
            inside ^= bit
            self.ledger.be_active(self._rules.ranked[bit.bit_length() - 1].name)

    def _running_of(self, outcome: Outcome) -> RunningFigures:
        return self.ledger.running(outcome.segment, variant_of(outcome), released_at(outcome))

    def _expose(self, outcome: Outcome, running: RunningFigures) -> None:
        exposures = self._exposures
        contact = None if exposures is None else self._contacts.get(outcome.contact)
        if exposures is None or contact is None:
            return
        state = contact.state(self._column)
        if state is None:
            state = contact.features[self._column] = new_state()
        at = released_at(outcome)
        began = exposures.open(state, running.segment, running.variant, at, self)
        if began == running.variant:
            running.exposures += 1
        elif began is not None:
            self.ledger.running(running.segment, began, at).exposures += 1

    def _take_back(self, outcome: Outcome) -> None:
        exposures = self._exposures
        contact = None if exposures is None else self._contacts.get(outcome.contact)
        if exposures is not None and contact is not None:
            state = contact.state(self._column)
            if state is not None:
                exposures.take_back(state, outcome.segment, released_at(outcome), self)

    def mix(self, contact: Contact, segments: list[str]) -> None:
        """A contact was merged from contacts in different arms of some segments."""
        if self._exposures is None or not segments:
            return
        state = contact.state(self._column)
        if state is None:
            state = contact.features[self._column] = new_state()
        self._exposures.mix(state, segments, self)

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
        self._ordered = NOTHING

    # -- the book of exposures -------------------------------------------------------------

    def figures(self, segment: str, variant: str, instant: int) -> Figures:
        """The figures of a segment and a variant on the day of an instant, to be added to."""
        return self.ledger.figures(segment, variant, instant)

    def running(self, segment: str, variant: str, instant: int) -> RunningFigures:
        """What is to be added to such figures."""
        return self.ledger.running(segment, variant, instant)

    def place(self, segment: str) -> int:
        """The position of a segment in the file; segments that are gone come last."""
        return self._places.get(segment, _LAST)

    def month(self, instant: int) -> int:
        """The month of an instant."""
        return self.ledger.month(instant)

    def came(self, cohort: int, later: int) -> None:
        """A buyer who began in the month ``cohort`` ordered ``later`` months after it."""
        self.ledger.came(cohort, later)

    def arrival(self, event: Event) -> int:
        """When an event arrived; where nothing is known of it, the time it is by now."""
        if event.arrival != UNKNOWN:
            return event.arrival
        return event.time if self.emission is None else max(event.time, self.emission.now)

    def earn(self, segment: str, variant: str, revenue: Decimal) -> None:
        """Count one more order that an exposure led to, with its amount."""
        self.ledger.earn(segment, variant, revenue)

    def order(self, amount: Decimal) -> None:
        """Note an order of the event that is being applied: the contact has spent so much more."""
        self._ordered = plus(self._ordered, amount)

    def spend(self, contact: Contact) -> None:
        """Add what the event's orders came to to the segments that the contact is in."""
        if not self._ordered:
            return
        inside, ranked = contact.inside, self._rules.ranked
        while inside:
            bit = inside & -inside
            inside ^= bit
            name = ranked[bit.bit_length() - 1].name
            if name in self._places:
                size = self.ledger.size(name)
                size.spent = plus(size.spent, self._ordered)
        self._ordered = NOTHING


def variant_of(outcome: Outcome) -> str:
    """The variant in which a trigger is told, or held back."""
    return outcome.variant or NO_VARIANT


def released_at(outcome: Outcome) -> int:
    """When a trigger is released; without a policy, when its segment is entered."""
    return outcome.entered_at if outcome.released_at is None else outcome.released_at


def _slots_of(membership: Membership) -> States:
    """The slots that a membership's slot is one of."""
    if membership.key is None:
        return membership.contact.slots
    state = membership.contact.key(membership.segment.key_group, membership.key)
    assert state is not None
    slots: States = state[SLOTS]
    return slots


def _add_rung(size: Size, label: str | None, change: int) -> None:
    if label is not None:
        size.rungs[label] = size.rungs.get(label, 0) + change
