"""Merges and erasures of contacts, across partitions.

Each id is at home in one partition. What concerns another partition goes there by mail. Each hop is
in the batch that consumed its cause. So it happens once, and a contact's state is always in exactly
one place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER
from streamseg.core.identity.departures import Departures
from streamseg.core.identity.erasing import Eraser
from streamseg.core.identity.links import MAX_IDS, Links, forward_mail, return_mail
from streamseg.core.identity.mail import (
    Erase,
    Erased,
    Forwarded,
    Mail,
    Merge,
    State,
    Take,
    erasure_of,
    event_of,
    forwarded,
    is_covered,
)
from streamseg.core.identity.mailbox import Mailbox
from streamseg.core.identity.merging import Merger
from streamseg.core.messages.outcomes import MERGE_REFUSED, MERGED, ContactNews
from streamseg.core.partition_state import PartitionState
from streamseg.core.values.zones import DAY_MS


class Identities:
    """Handles stubs, keepers, graves and mail, as of ``now`` of the partition.

    ``outcomes`` gets messages, and mail for other partitions. The intake sets ``apply``, which
    applies an event to a contact that is no stub.
    """

    apply: Callable[[Event], None]

    def __init__(
        self, state: PartitionState, departures: Departures, merger: Merger, outcomes: list[Any]
    ) -> None:
        self._state = state
        self._ids = state.ids
        self._graves = state.ids.graves
        self._departures = departures
        self._merger = merger
        self._outcomes = outcomes
        self._mailbox = Mailbox(state.ids, outcomes)
        self._eraser = Eraser(state, departures, self._mailbox, outcomes)
        self._swept_at = -FOREVER

    def sweep(self) -> None:
        """Forget graves and stubs whose time is over: graves once a day, stubs once after a
        restore.
        """
        now = self._state.now
        if now - self._swept_at < DAY_MS:
            return
        is_first, self._swept_at = self._swept_at == -FOREVER, now
        self._graves.forget_old(now)
        if is_first:
            self._ids.forget_old_stubs(now)

    # -- events ----------------------------------------------------------------------------

    def admits(self, event: Event) -> bool:
        """Whether an event is to be applied here. An event of a stub is forwarded; one that is
        older than its contact's erasure is dropped.
        """
        name = event.contact
        if self._graves.covers(name, event.time, self._state.now):
            self._ids.dropped += 1
            return False
        links = self._ids.links_of(name, self._state.now)
        if links is None or not links.stubs:
            return True
        self._use(links)
        stub = links.stubs[-1]
        self._mailbox.post(Mail(stub.into, name, event.reaches, forwarded(event), [stub]))
        self._work()
        return False

    def merge(self, event: Event) -> None:
        """Merge another contact into the contact of an event, which becomes its keeper."""
        keeper, source = event.contact, event.data["from"]
        if keeper == source:
            return
        links = self._ids.links.get(keeper)
        room = MAX_IDS - (0 if links is None else len(links.ids))
        merge = Merge(event.time, keeper, source)
        if room <= 0:
            self._refuse(merge)
            return
        self._mailbox.post(Mail(source, source, event.reaches, Take(merge, room)))
        self._work()

    def erase(self, event: Event) -> None:
        """Erase a contact, and all ids that were merged into it."""
        self._eraser.erase(event)
        self._work()

    # -- mail ------------------------------------------------------------------------------

    def receive(self, mail: Mail) -> None:
        """Deliver mail at once; or let it wait, if its instant is ahead of ``now`` or if mail about
        the same id waits.
        """
        self._take_in(mail)
        self._work()

    def deliver_due(self) -> None:
        """Deliver the first waiting mail, which is due."""
        self._deliver(self._ids.waiting.pop())
        self._work()

    def _work(self) -> None:
        """Deliver the mail between contacts that are both at home here, until none is left."""
        while (mail := self._mailbox.next()) is not None:
            self._take_in(mail)

    def _take_in(self, mail: Mail) -> None:
        due = max(mail.reaches, self._ids.waiting.due_about(mail.about))
        if due > self._state.now:
            mail.reaches = due
            self._ids.waiting.add(mail)
        else:
            self._deliver(mail)

    def _deliver(self, mail: Mail) -> None:
        body, name = mail.body, mail.to
        if isinstance(body, Take):
            self._take(body, mail.reaches)
        elif isinstance(body, Erase):
            self._eraser.erase_stub(name, body, mail.reaches)
        elif isinstance(body, Erased):
            self._eraser.note_answer(name)
        elif not self._is_forwarded(name, mail) and not self._is_of_erased(name, mail):
            if isinstance(body, State):
                self._unite(name, body)
            elif isinstance(body, Forwarded):
                self.apply(event_of(body, name))

    def _is_forwarded(self, name: str, mail: Mail) -> bool:
        """Forward mail for a stub; returns whether the id was one."""
        links = self._ids.links_of(name, self._state.now)
        while links is not None and links.stubs:
            if forward_mail(links, name, mail):
                self._use(links)
                self._mailbox.post(mail)
                return True
            self._ids.keep(name, links)
        return False

    def _take(self, body: Take, reaches: int) -> None:
        """Send a contact's state to the keeper of a merge, and make the contact a stub."""
        merge = body.merge
        source, into = merge.source, merge.into
        if self._graves.covers(source, merge.at, self._state.now):
            self._ids.dropped += 1
            return
        links = self._ids.links_of(source, self._state.now) or Links()
        contact = self._state.contacts.get(source)
        state = State(merge)
        stays: list[list[Any]] = []
        mixed: list[str] = []
        if not links.stubs:
            if len(links.ids) >= body.room or self._departures.protects(contact, merge.at):
                self._refuse(merge)
                return
            if contact is not None:
                until = self._state.now - self._state.lateness
                given = self._departures.give(contact, merge.at, until)
                state.value, state.layout, stays = given
                mixed = self._state.rules.in_different_arms(source, into)
            state.ids, links.ids = links.ids, {}
        elif merge < links.stubs[-1] or links.leads_to == into or into == source:
            return
        links.point(merge)
        links.used_at = self._state.now
        self._ids.keep(source, links)
        self._tell(MERGED, into, source, merge.at, stays, mixed)
        self._mailbox.post(Mail(into, source, reaches, state, [merge]))

    def _is_of_erased(self, name: str, mail: Mail) -> bool:
        """Drop mail about what was erased, or send it back; returns whether it did either."""
        grave = self._graves.of(name, self._state.now)
        if grave is None:
            return False
        erased_at = erasure_of(mail, grave).at
        if is_covered(mail, erased_at):
            self._eraser.drop(mail, name, grave, mail.reaches)
            return True
        if return_mail(mail, erased_at):
            self._mailbox.post(mail)
            return True
        return False

    def _unite(self, name: str, body: State) -> None:
        """Unite a contact with the state of another one, which came by mail."""
        source = body.merge.source
        links = self._ids.links.get(name) or Links()
        if body.value is not None and links.ids.get(source) == body.merge:
            return  # it came before
        for one, merge in ((source, body.merge), *body.ids.items()):
            if one != name:
                links.ids[one] = merge
        self._ids.keep(name, links)
        self._merger.unite(name, source, body, self._state.now - self._state.lateness)

    # -- what is told, and kept ------------------------------------------------------------

    def _tell(
        self,
        kind: str,
        into: str,
        source: str,
        at: int,
        stays: list[list[Any]],
        mixed: list[str],
    ) -> None:
        news = ContactNews(kind, "decisions", into, at, self._state.now, source, stays, mixed)
        self._outcomes.append(news)

    def _refuse(self, merge: Merge) -> None:
        self._tell(MERGE_REFUSED, merge.into, merge.source, merge.at, [], [])

    def _use(self, links: Links) -> None:
        """Note the day on which a stub was last used; so the note costs at most one write a day."""
        if self._state.now - links.used_at >= DAY_MS:
            links.used_at = self._state.now
