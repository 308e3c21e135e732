"""Erasing who has not been seen for so long that the rules have them forgotten."""

from __future__ import annotations

from typing import Final

from streamseg.core.events import Event
from streamseg.core.identities import Identities
from streamseg.core.kept import Kept
from streamseg.core.membership import ENTERED_AT
from streamseg.core.scheduling import Scheduler

FORGOTTEN: Final = "privacy.forget_after"  # the name of the request


class Forgetting:
    """Erases the contacts whom the ``scheduler`` found in the segment of the unseen."""

    def __init__(self, kept: Kept, scheduler: Scheduler, identities: Identities) -> None:
        self._kept = kept
        self._unseen = kept.rules.unseen
        self._scheduler = scheduler
        self._identities = identities

    @property
    def is_asked_for(self) -> bool:
        """Whether the rules have anybody forgotten."""
        return self._unseen is not None

    def look_at(self, name: str) -> None:
        """Forget a contact who has an event after having been unseen for too long."""
        kept, scheduler = self._kept, self._scheduler
        contact = kept.contacts.get(name)
        if contact is not None:
            scheduler.prepare(contact, kept.now - kept.lateness)
            scheduler.schedule(contact)
            self.forget()

    def forget(self) -> None:
        """Erase who was found."""
        kept, unseen = self._kept, self._unseen
        found, self._scheduler.unseen = self._scheduler.unseen, []
        for name in found:
            contact = kept.contacts.get(name)
            if unseen is None or contact is None or not contact.inside & unseen.bit:
                continue
            since: int = contact.slots[unseen.first_slot][ENTERED_AT]
            if since <= kept.now - kept.lateness:
                event = Event("contact_erased", name, since, {}, None, FORGOTTEN)
                self._identities.erase(event)
