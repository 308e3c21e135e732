"""Ends the stays of a segment, key or contact that is forgotten, and what is pending of them."""

from __future__ import annotations

from operator import itemgetter

from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.membership import Membership
from streamseg.core.contacts.slots import ANCHOR, ENTERED_AT, OUT, STATUS
from streamseg.core.features.base import States
from streamseg.core.messages.content import decode_content
from streamseg.core.messages.emission import Emission
from streamseg.core.messages.pending import (
    BY_EVENT,
    CONTENT,
    DUE,
    ENTRY_ANCHOR,
    RUNG,
    STAY_ENTERED_AT,
    is_entry,
    take_of_segment,
)
from streamseg.core.policies.ending import Ending
from streamseg.core.segments.segment import Segment


class ForgottenStays:
    """Emits the exits of stays that are forgotten; suppresses or drops what is pending of them."""

    def __init__(self, emission: Emission, ending: Ending) -> None:
        self._emission = emission
        self._ending = ending

    def forget(
        self, contact: Contact, segment: Segment, key: str | None, slots: States, cause: str
    ) -> None:
        """Forget a segment for a key, or as a whole: the contact exits, and what is pending is
        suppressed.
        """
        self.forget_pending(contact, segment, key, slots, cause)
        for rung in range(len(segment.rungs)):
            slot = slots.get(segment.first_slot + rung)
            if slot is not None and slot[STATUS] != OUT:
                self.tell_exit(Membership(contact, segment, key, rung, slot), cause)

    def tell_exit(self, membership: Membership, cause: str) -> None:
        """Emit the exit of a contact that is in, for a cause other than an event or time."""
        slot, instant = membership.slot, membership.contact.latest
        self._tell_exit(membership, slot[ENTERED_AT], slot[ANCHOR], instant, cause)

    def _tell_exit(
        self, membership: Membership, entered_at: int, anchor: int | str, at: int, cause: str
    ) -> None:
        if membership.segment.reports_membership:
            self._emission.exited(membership, entered_at, anchor, at, cause)

    def forget_pending(
        self, contact: Contact, segment: Segment, key: str | None, slots: States, cause: str
    ) -> None:
        """Suppress what is pending of a segment, for a key or as a whole. A stay whose entry was
        not told ends without a record.
        """
        if contact.waiting or contact.decisions:
            self._ending.forget(contact, segment, key, slots, cause)
        if contact.pending:
            self._drop_pending(contact, segment, key, slots)

    def forget_untold(
        self, contact: Contact, segment: Segment, key: str | None, slots: States, cause: str
    ) -> None:
        """Suppress what is decided of a segment and not told yet, for a key or as a whole. Triggers
        that wait in a stay whose entry was told wait on.
        """
        if contact.pending:
            self._drop_pending(contact, segment, key, slots)
        if contact.waiting or contact.decisions:
            self._ending.forget_untold(contact, segment, key, slots, cause)

    def _drop_pending(
        self, contact: Contact, segment: Segment, key: str | None, slots: States
    ) -> None:
        items = take_of_segment(contact, segment.index, key)
        untold_entries = [(one[RUNG], one[DUE]) for one in items if is_entry(one)]
        for item in items:
            slot = slots[segment.first_slot + item[RUNG]]
            membership = Membership(contact, segment, key, item[RUNG], slot)
            entered_at = item[DUE] if is_entry(item) else item[STAY_ENTERED_AT]
            if slot[STATUS] != OUT and slot[ENTERED_AT] == entered_at:
                slot[STATUS] = OUT
            if item[CONTENT] and segment.definition.trigger is not None:
                reason = "forgotten" if item[BY_EVENT] is None else "left"
                content = decode_content(item[CONTENT])
                self._emission.suppressed(
                    membership, entered_at, item[ENTRY_ANCHOR], content, reason
                )
            elif not is_entry(item) and (item[RUNG], entered_at) not in untold_entries:
                self._emission.membership_record(item, membership)

    def tell_of_erasure(
        self,
        contact: Contact,
        segment: Segment,
        key: str | None,
        slots: States,
        at: int,
        cause: str,
    ) -> None:
        """Emit the exits of stays whose entry was told and whose exit was not, and drop what is
        pending.

        Time may have ended such a stay already, depending on when the contact was last evaluated.
        So the cause of the exit is always the erasure.
        """
        records = [one for one in take_of_segment(contact, segment.index, key) if not one[CONTENT]]
        untold_entries = [(one[RUNG], one[DUE]) for one in records if is_entry(one)]
        told = [
            (item[RUNG], item[STAY_ENTERED_AT], item[ENTRY_ANCHOR])
            for item in records
            if not is_entry(item)
        ]
        for rung in range(len(segment.rungs)):
            slot = slots.get(segment.first_slot + rung)
            if slot is not None and slot[STATUS] != OUT:
                told.append((rung, slot[ENTERED_AT], slot[ANCHOR]))
        for rung, entered_at, anchor in sorted(told, key=itemgetter(0)):
            if (rung, entered_at) not in untold_entries:
                slot = slots[segment.first_slot + rung]
                membership = Membership(contact, segment, key, rung, slot)
                self._tell_exit(membership, entered_at, anchor, max(at, entered_at), cause)
