"""Ends triggers that wait without releasing them."""

from __future__ import annotations

from streamseg.core.contacts.carried_interest import set_carried
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.membership import NO_EVENT, Membership, record_superseded
from streamseg.core.contacts.slots import entry_cause_of, is_in_stay, new_slot
from streamseg.core.features.base import States
from streamseg.core.messages.content import NOTHING
from streamseg.core.policies.subjects import Subjects
from streamseg.core.policies.telling import PolicyTelling, forget_deferral
from streamseg.core.policies.waiting import (
    DEFERRED,
    ENDED,
    RELEASED,
    Decision,
    Waiting,
    ask_again_by,
    is_same,
)
from streamseg.core.segments.segment import Segment


class Ending:
    """Ends triggers that wait, and has the decisions told; ``lateness`` in ms."""

    def __init__(self, subjects: Subjects, telling: PolicyTelling, lateness: int) -> None:
        self._subjects = subjects
        self._telling = telling
        self._lateness = lateness

    def end(
        self,
        contact: Contact,
        trigger: Waiting,
        reason: str,
        instant: int,
        at_once: bool,
        by: str | None = None,
    ) -> None:
        """End a trigger at an instant, for a reason."""
        remove(contact, trigger)
        contact.latest = max(contact.latest, instant)
        membership = self._subjects.membership_of(contact, trigger)
        decision = Decision(instant, ENDED, trigger, reason=reason, by=by)
        self._telling.take(membership, decision, NOTHING, at_once)

    def merge(self, contact: Contact, trigger: Waiting, source: str | None) -> None:
        """The other contact of a merge has the same trigger. So this one, which belongs to
        ``source`` or (None) to the keeper, is not told, even if it is released.
        """
        remove(contact, trigger)
        contact.decisions = [
            one
            for one in contact.decisions
            if one.kind != RELEASED or not is_same(one.trigger, trigger)
        ]
        decision = Decision(contact.latest, ENDED, trigger, reason="merged")
        decision.source = source
        membership = self._subjects.membership_of(contact, trigger)
        self._telling.take(membership, decision, NOTHING, at_once=True)

    def supersede(self, contact: Contact, trigger: Waiting, instant: int, at_once: bool) -> None:
        """End a trigger as a higher rung takes its place: in this episode it counts as fired."""
        record_superseded(self._subjects.membership_of(contact, trigger), trigger.anchor)
        self.end(contact, trigger, "superseded", instant, at_once)

    def leave(self, membership: Membership, entered_at: int, instant: int, event_time: int) -> None:
        """A stay ends at an instant, by an event of ``event_time`` (or NO_EVENT): its triggers that
        wait end, too. A release that is not told yet becomes ``left``, if the event is early
        enough.
        """
        contact = membership.contact
        where = membership.segment.index, membership.key, membership.rung, entered_at
        for trigger in contact.waiting:
            if (trigger.segment, trigger.key, trigger.rung, trigger.entered_at) == where:
                if trigger.shown is not None:
                    set_carried(membership.slot, trigger.shown)
                self.end(contact, trigger, "left", instant, event_time != NO_EVENT)
        for decision in contact.decisions:
            trigger = decision.trigger
            is_its = (trigger.segment, trigger.key, trigger.rung, trigger.entered_at) == where
            if is_its and event_time < decision.at + self._lateness and decision.kind != DEFERRED:
                if decision.kind == RELEASED:
                    ask_again_by(contact.waiting, instant)
                decision.reason, decision.by = "left", None
                forget_deferral(contact, trigger)

    def forget(
        self, contact: Contact, segment: Segment, key: str | None, slots: States, reason: str
    ) -> None:
        """A segment is forgotten, for a key or as a whole: triggers that wait, and releases that
        are not told yet, are suppressed.
        """
        of_segment = segment.index, key
        ended = [
            Decision(contact.latest, ENDED, trigger, reason=reason)
            for trigger in contact.waiting
            if (trigger.segment, trigger.key) == of_segment
        ]
        for decision in contact.decisions:
            if (decision.trigger.segment, decision.trigger.key) != of_segment:
                continue
            if decision.is_release:
                decision.kind, decision.reason = ENDED, reason
                ask_again_by(contact.waiting, contact.latest)
            if decision.kind != DEFERRED:
                ended.append(decision)
        contact.waiting = [one for one in contact.waiting if (one.segment, one.key) != of_segment]
        contact.decisions = [
            one for one in contact.decisions if (one.trigger.segment, one.trigger.key) != of_segment
        ]
        for decision in ended:
            self._tell_of(contact, segment, key, slots, decision)

    def forget_untold(
        self, contact: Contact, segment: Segment, key: str | None, slots: States, reason: str
    ) -> None:
        """What time has decided of a segment and is not told yet is forgotten, for a key or as a
        whole: releases, and the triggers that wait in a stay whose entry is not told.
        """
        of_segment = segment.index, key
        ended: list[Decision] = []
        for decision in contact.decisions:
            is_its = (decision.trigger.segment, decision.trigger.key) == of_segment
            if is_its and decision.is_release:
                contact.decisions = [one for one in contact.decisions if one is not decision]
                decision.kind, decision.reason = ENDED, reason
                ask_again_by(contact.waiting, contact.latest)
                ended.append(decision)
        for trigger in contact.waiting:
            is_its = (trigger.segment, trigger.key) == of_segment
            if is_its and not self._is_stay_told(segment, slots, trigger):
                remove(contact, trigger)
                ended.append(Decision(contact.latest, ENDED, trigger, reason=reason))
        for decision in ended:
            forget_deferral(contact, decision.trigger)
            self._tell_of(contact, segment, key, slots, decision)

    def _tell_of(
        self,
        contact: Contact,
        segment: Segment,
        key: str | None,
        slots: States,
        decision: Decision,
    ) -> None:
        """Tell what ends of a segment, for a key or as a whole."""
        slot = slots.get(segment.first_slot + decision.trigger.rung) or new_slot()
        membership = Membership(contact, segment, key, decision.trigger.rung, slot)
        self._telling.tell(membership, decision)

    def _is_stay_told(self, segment: Segment, slots: States, trigger: Waiting) -> bool:
        """Whether the stay in which a trigger waits goes on, and its entry was told."""
        slot = slots.get(segment.first_slot + trigger.rung)
        if slot is None or not is_in_stay(slot, trigger.entered_at, trigger.anchor):
            return False
        return entry_cause_of(slot) != "time" or self._telling.is_past(trigger.entered_at)


def remove(contact: Contact, trigger: Waiting) -> None:
    """Take a trigger out of those that wait."""
    contact.waiting = [one for one in contact.waiting if one is not trigger]
