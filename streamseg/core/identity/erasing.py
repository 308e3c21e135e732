"""Erases a contact and the ids that were merged into it, and drops their later events."""

from __future__ import annotations

from typing import Any

from streamseg.core.events import Event
from streamseg.core.identity.departures import Departures
from streamseg.core.identity.graves import Erasure, Grave
from streamseg.core.identity.links import Links
from streamseg.core.identity.mail import Erase, Erased, Mail, Merge, State, erasure_of
from streamseg.core.identity.mailbox import Mailbox
from streamseg.core.messages.outcomes import ERASED, ContactNews
from streamseg.core.partition_state import PartitionState


class Eraser:
    """Digs graves, and has the ids that led to an erased contact erased in their partitions."""

    def __init__(
        self, state: PartitionState, departures: Departures, mailbox: Mailbox, outcomes: list[Any]
    ) -> None:
        self._state = state
        self._ids = state.ids
        self._graves = state.ids.graves
        self._departures = departures
        self._mailbox = mailbox
        self._outcomes = outcomes

    def erase(self, event: Event) -> None:
        """Erase a contact, and all ids that were merged into it."""
        name = event.contact
        links = self._ids.links.get(name)
        request = self._without_ids(event.name, name, links)
        grave = self._graves.dig(name, event.time, request, self._state.now)
        removed = {"mail": self._drop_mail(name, grave, event.reaches)}
        contact = self._state.contacts.get(name)
        if contact is not None:
            removed |= self._departures.erase(contact, event.time, self._outcomes)
        if links is not None:
            removed["ids"] = len(links.ids)
            ids, links.ids = links.ids, {}
            self._ids.keep(name, links)
            self.ask(name, grave, Erasure(event.time, request), ids, event.reaches)
        for kind, count in removed.items():
            if count:
                grave.removed[kind] = grave.removed.get(kind, 0) + count
        self._tell_erased(name, event.time)

    def _without_ids(self, request: str, name: str, links: Links | None) -> str:
        """The name of a request; a pseudonym of it, if the name contains an erased id."""
        ids = [name] if links is None else [name, *links.ids]
        return self._graves.name_of(request) if any(one in request for one in ids) else request

    def ask(
        self, keeper: str, grave: Grave, erasure: Erasure, ids: dict[str, Merge], reaches: int
    ) -> None:
        """Ask the ids that led to a keeper, when it was erased, to be erased, too."""
        for one, merge in ids.items():
            grave.asked += 1
            body = Erase(keeper, erasure.at, erasure.name, merge, [keeper, *ids])
            self._mailbox.post(Mail(one, one, reaches, body))

    def erase_stub(self, name: str, body: Erase, reaches: int) -> None:
        """Erase an id that led to an erased contact. It is no longer a stub, or it is a stub of the
        keeper of a later merge. A stub that was forgotten is erased, too, where it is not a contact
        of its own again.
        """
        links = self._ids.links_of(name, self._state.now)
        left = [] if links is None else [one for one in links.stubs if not _is_erased(one, body)]
        if links is None or links.is_needless:
            if self._is_nobody(name, body.at):
                self._bury(name, body, reaches)
        elif len(left) < len(links.stubs):
            links.stubs = left
            self._ids.keep(name, links)
            if not links.stubs:
                grave = self._bury(name, body, reaches)
                grave.removed["stubs"] = grave.removed.get("stubs", 0) + 1
        self._mailbox.post(Mail(body.keeper, body.keeper, reaches, Erased(name, body.at)))

    def _is_nobody(self, name: str, at: int) -> bool:
        """Whether nothing is known of an id, not even that it was erased at an instant or later."""
        known = self._state.contacts.get(name)
        return known is None and not self._graves.covers(name, at, self._state.now)

    def _bury(self, name: str, body: Erase, reaches: int) -> Grave:
        """Dig the grave of an id that led to an erased contact, and tell of it."""
        grave = self._graves.dig(name, body.at, body.name, self._state.now)
        self._drop_mail(name, grave, reaches)
        self._tell_erased(name, body.at)
        return grave

    def drop(self, mail: Mail, keeper: str, grave: Grave, reaches: int) -> None:
        """Drop mail for an erased contact. If it has the state of an id, that id is asked to be
        erased, too.
        """
        self._ids.dropped += 1
        if isinstance(mail.body, State):
            merge = mail.body.merge
            ids = {merge.source: merge, **mail.body.ids}
            self.ask(keeper, grave, erasure_of(mail, grave), ids, reaches)

    def _drop_mail(self, name: str, grave: Grave, reaches: int) -> int:
        """Drop the waiting mail that an erasure covers; returns how much it was."""
        gone = self._ids.waiting.take_covered(name, grave)
        for mail in gone:
            self.drop(mail, name, grave, reaches)
        return len(gone)

    def note_answer(self, keeper: str) -> None:
        """Note in the keeper's grave that an id which led to it is erased."""
        grave = self._graves.of(keeper, self._state.now)
        if grave is not None:
            grave.answered += 1

    def _tell_erased(self, name: str, at: int) -> None:
        for stream in ("triggers", "membership"):
            self._outcomes.append(ContactNews(ERASED, stream, name, at, self._state.now))


def _is_erased(merge: Merge, body: Erase) -> bool:
    """Whether a merge led to the erased contact, directly or through another id."""
    return merge == body.merge or (merge.into in body.ids and merge.at <= body.at)
