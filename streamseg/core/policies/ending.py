"""Ends triggers that wait without releasing them."""

from __future__ import annotations

from streamseg.core.carried_interest import set_carried
from streamseg.core.contact import Contact
from streamseg.core.content import NOTHING
from streamseg.core.features.base import States
from streamseg.core.membership import NO_EVENT, Membership, record_superseded
from streamseg.core.policies.subjects import Subjects
from streamseg.core.policies.telling import PolicyTelling, forget_deferral
from streamseg.core.policies.waiting import (
    DEFERRED,
    ENDED,
    RELEASED,
    Untold,
    Waiting,
    ask_again_by,
    is_same,
)
from streamseg.core.segments import Segment
from streamseg.core.slots import new_slot


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
        untold = Untold(instant, ENDED, trigger, reason=reason, by=by)
        self._telling.decide(membership, untold, NOTHING, at_once)

    def merge(self, contact: Contact, trigger: Waiting, source: str | None) -> None:
        """The other contact of a merge has the same trigger. So this one, which belongs to
        ``source`` or (None) to the keeper, is not told, even if it is released.
        """
        remove(contact, trigger)
        contact.untold = [
            one
            for one in contact.untold
            if one.kind != RELEASED or not is_same(one.trigger, trigger)
        ]
        untold = Untold(contact.latest, ENDED, trigger, reason="merged")
        untold.source = source
        membership = self._subjects.membership_of(contact, trigger)
        self._telling.decide(membership, untold, NOTHING, at_once=True)

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
        for untold in contact.untold:
            trigger = untold.trigger
            is_its = (trigger.segment, trigger.key, trigger.rung, trigger.entered_at) == where
            if is_its and event_time < untold.at + self._lateness and untold.kind != DEFERRED:
                if untold.kind == RELEASED:
                    ask_again_by(contact.waiting, instant)
                untold.reason, untold.by = "left", None
                forget_deferral(contact, trigger)

    def forget(
        self, contact: Contact, segment: Segment, key: str | None, slots: States, reason: str
    ) -> None:
        """A segment is forgotten, for a key or as a whole: triggers that wait, and releases that
        are not told yet, are suppressed.
        """
        of_segment = segment.index, key
        ended = [
            Untold(contact.latest, ENDED, trigger, reason=reason)
            for trigger in contact.waiting
            if (trigger.segment, trigger.key) == of_segment
        ]
        for untold in contact.untold:
            if (untold.trigger.segment, untold.trigger.key) != of_segment:
                continue
            if untold.is_release:
                untold.kind, untold.reason = ENDED, reason
                ask_again_by(contact.waiting, contact.latest)
            if untold.kind != DEFERRED:
                ended.append(untold)
        contact.waiting = [one for one in contact.waiting if (one.segment, one.key) != of_segment]
        contact.untold = [
            one for one in contact.untold if (one.trigger.segment, one.trigger.key) != of_segment
        ]
        for untold in ended:
            slot = slots.get(segment.first_slot + untold.trigger.rung) or new_slot()
            membership = Membership(contact, segment, key, untold.trigger.rung, slot)
            self._telling.tell(membership, untold)


def remove(contact: Contact, trigger: Waiting) -> None:
    """Take a trigger out of those that wait."""
    contact.waiting = [one for one in contact.waiting if one is not trigger]
