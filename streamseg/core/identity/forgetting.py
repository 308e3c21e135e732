"""Erases the contacts that have been without activity for longer than `privacy.forget_after`."""

from __future__ import annotations

from typing import Final

from streamseg.core.contacts.slots import ENTERED_AT
from streamseg.core.events import Event
from streamseg.core.identity.identities import Identities
from streamseg.core.partition_state import PartitionState
from streamseg.core.scheduling import Scheduler

FORGOTTEN: Final = "privacy.forget_after"  # the name of the request


class Forgetting:
    """Erases the contacts that the ``scheduler`` found in the segment ``rules.unseen``."""

    def __init__(self, state: PartitionState, scheduler: Scheduler, identities: Identities) -> None:
        self._state = state
        self._unseen = state.rules.unseen
        self._scheduler = scheduler
        self._identities = identities

    def forget_if_unseen(self, name: str) -> None:
        """Erase a contact whose time was over before the event that has come for it."""
        state, scheduler = self._state, self._scheduler
        contact = state.contacts.get(name)
        if contact is not None:
            scheduler.bring_up_to_date(contact, state.now - state.lateness)
            scheduler.schedule(contact)
            self.erase_found()

    def erase_found(self) -> None:
        """Erase the contacts that were found."""
        state, unseen = self._state, self._unseen
        found, self._scheduler.found_unseen = self._scheduler.found_unseen, []
        for name in found:
            contact = state.contacts.get(name)
            if unseen is None or contact is None or not contact.inside & unseen.bit:
                continue
            since: int = contact.slots[unseen.first_slot][ENTERED_AT]
            if since <= state.now - state.lateness:
                event = Event("contact_erased", name, since, {}, None, FORGOTTEN)
                self._identities.erase(event)
