"""Contacts who become one, and contacts who are forgotten, across partitions.

A partition has the ids that are at home in it. What concerns another one goes there by mail: each
hop is in the batch that consumed its cause, so it is there once, and state is never in two places
or none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from streamseg.core.contact import Contact
from streamseg.core.errors import StateError
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER
from streamseg.core.graves import PREFIX as GRAVE
from streamseg.core.graves import Grave, Graves, decode_grave
from streamseg.core.links import MAX_IDS, Links, decode_links, lead_on
from streamseg.core.mail import (
    Erase,
    Erased,
    Forwarded,
    Mail,
    Merge,
    State,
    Take,
    event_of,
    forwarded,
)
from streamseg.core.merging import Merger
from streamseg.core.outcomes import ERASED, MERGE_REFUSED, MERGED, ContactNews
from streamseg.core.store import Store
from streamseg.core.waiting_mail import PREFIX as WAITING
from streamseg.core.waiting_mail import WaitingMail
from streamseg.core.zones import DAY_MS

LINKS = b"s"


class Home:
    """Which contacts are at home in a partition; the key of pseudonyms."""

    def __init__(self, is_mine: Callable[[str], bool] | None = None, key: bytes = b"") -> None:
        self._is_mine = is_mine
        self.key = key

    def has(self, contact: str) -> bool:
        """Whether a contact is at home here; without further ado all are."""
        return self._is_mine is None or self._is_mine(contact)


class Identities:
    """Stubs, keepers, graves and mail of one partition.

    Three are set here, anew after a rollback: ``merger``; ``apply``, which applies an event to a
    contact that is no stub; and ``outcomes``, the list of what is told and of mail for other
    partitions. ``dropped`` counts events and states of the erased.
    """

    merger: Merger
    apply: Callable[[Event], None]
    outcomes: list[Any]

    def __init__(self, contacts: Store[Contact], lateness: int, home: Home) -> None:
        self.dropped = 0
        self.buried: list[tuple[str, Grave]] = []  # graves that the batch taken last dug or changed
        self._contacts = contacts
        self._lateness = lateness
        self.home = home
        self._links: Store[Links] = Store(LINKS, decode_links, Links.encode)
        self._graves = Graves(home.key)
        self._waiting = WaitingMail()
        self._local: deque[Mail] = deque()
        self._now = self._swept_at = -FOREVER

    def live_in(self, home: Home) -> None:
        """Have only some contacts be at home here, and ids be hashed with a key."""
        self.home = home
        self._graves.key = home.key

    def led_to(self, name: str, at: int) -> str | None:
        """To whom an id led at an instant, as committed; None where it was no stub."""
        raw = name.encode()
        value = self._links.committed(raw)
        return None if value is None else decode_links(raw, value).led_to(at)

    @property
    def is_used(self) -> bool:
        """Whether there is any id that is not simply a contact."""
        return self._links.is_used or self._graves.store.is_used

    @property
    def remembers_erasures(self) -> bool:
        """Whether there is a grave."""
        return self._graves.store.is_used

    @property
    def due(self) -> int:
        """When the first mail is due that waits for ``now``; FOREVER where none does."""
        return self._waiting.due

    def sweep(self, now: int) -> None:
        """Forget graves, once a day, and after a restore stubs, that are kept for long enough."""
        if now - self._swept_at < DAY_MS:
            return
        is_first, self._swept_at = self._swept_at == -FOREVER, now
        self._graves.forget_old(now)
        for raw, value in list(self._links.resting.items()) if is_first else ():
            links = decode_links(raw, value)
            if links.is_forgotten(now):
                links.stubs = []
                self._keep(raw.decode(), links)

    # -- events ----------------------------------------------------------------------------

    def admits(self, event: Event, now: int) -> bool:
        """Whether an event is of a contact here. Else it is forwarded, or dropped at a grave."""
        self._now = now
        name = event.contact
        if self._graves.covers(name, event.time, now):
            self.dropped += 1
            return False
        links = self._links_of(name)
        if links is None or not links.stubs:
            return True
        self._use(links)
        stub = links.stubs[-1]
        self._post(Mail(stub.into, name, event.reaches, forwarded(event), [stub]))
        self._work()
        return False

    def merge(self, event: Event, now: int) -> None:
        """The contact of an event is the keeper of what is remembered of another."""
        self._now = now
        keeper, source = event.contact, event.data["from"]
        if keeper == source:
            return
        links = self._links.get(keeper)
        room = MAX_IDS - (0 if links is None else len(links.ids))
        merge = Merge(event.time, keeper, source)
        if room <= 0:
            self._refuse(merge)
            return
        self._post(Mail(source, source, event.reaches, Take(merge, room)))
        self._work()

    # -- mail ------------------------------------------------------------------------------

    def receive(self, mail: Mail, now: int) -> None:
        """Take mail: at once, or, where it is ahead of ``now`` or of mail about the same id, once
        ``now`` is there.
        """
        self._now = now
        self._take_in(mail)
        self._work()

    def deliver_due(self, now: int) -> None:
        """Deliver the first mail that waits; it is due."""
        self._now = now
        self._deliver(self._waiting.pop())
        self._work()

    def _work(self) -> None:
        """Have contacts here get what they wrote to each other."""
        while self._local:
            self._take_in(self._local.popleft())

    def _take_in(self, mail: Mail) -> None:
        due = max(mail.reaches, self._waiting.due_about(mail.about))
        if due > self._now:
            mail.reaches = due
            self._waiting.add(mail)
        else:
            self._deliver(mail)

    def _post(self, mail: Mail) -> None:
        if self.home.has(mail.to):
            self._local.append(mail)
        else:
            self.outcomes.append(mail)

    def _deliver(self, mail: Mail) -> None:
        body, name = mail.body, mail.to
        if isinstance(body, Take):
            self._take(body, mail.reaches)
        elif isinstance(body, Erase):
            self._erase_stub(name, body, mail.reaches)
        elif isinstance(body, Erased):
            self._note_answer(name)
        elif not self._led_on(name, mail):
            if isinstance(body, State):
                self._state(name, body, mail.reaches)
            elif isinstance(body, Forwarded):
                self._event(name, body)

    def _led_on(self, name: str, mail: Mail) -> bool:
        """Whether mail went on, as its contact is a stub."""
        links = self._links_of(name)
        while links is not None and links.stubs:
            if lead_on(links, name, mail):
                self._use(links)
                self._post(mail)
                return True
            self._keep(name, links)
        return False

    def _take(self, body: Take, reaches: int) -> None:
        """Give what is remembered of a contact to another, or lead there from now on."""
        merge = body.merge
        source, into = merge.source, merge.into
        if self._graves.covers(source, merge.at, self._now):
            self.dropped += 1
            return
        links = self._links_of(source) or Links()
        contact = self._contacts.get(source)
        state = State(merge)
        stays: list[list[Any]] = []
        mixed: list[str] = []
        if not links.stubs:
            if len(links.ids) >= body.room or self.merger.protects(contact, merge.at):
                self._refuse(merge)
                return
            if contact is not None:
                limit = self._now - self._lateness
                state.value, state.layout = self.merger.give(contact, merge.at, limit)
                stays, mixed = self.merger.stays, self.merger.apart(source, into)
            state.ids, links.ids = links.ids, {}
        elif merge < links.stubs[-1] or links.leads_to == into or into == source:
            return
        links.point(merge)
        links.used_at = self._now
        self._keep(source, links)
        self._tell(MERGED, into, source, merge.at, stays, mixed)
        self._post(Mail(into, source, reaches, state, [merge]))

    def _state(self, name: str, body: State, reaches: int) -> None:
        """Unite a contact with what came of another."""
        source = body.merge.source
        grave = self._graves.of(name, self._now)
        if grave is not None and body.merge.at <= grave.at:
            self.dropped += 1
            self._ask(name, grave, {source: body.merge, **body.ids}, reaches)
            return
        links = self._links.get(name) or Links()
        if body.value is not None and links.ids.get(source) == body.merge:
            return  # it came before
        for one, merge in ((source, body.merge), *body.ids.items()):
            if one != name:
                links.ids[one] = merge
        self._keep(name, links)
        self.merger.unite(name, source, body, self._now - self._lateness)

    def _event(self, name: str, body: Forwarded) -> None:
        event = event_of(body, name)
        if self._graves.covers(name, event.time, self._now):
            self.dropped += 1
        else:
            self.apply(event)

    # -- erasure ---------------------------------------------------------------------------

    def erase(self, event: Event, now: int) -> None:
        """Forget all of a contact, and of who led to it."""
        self._now = now
        name = event.contact
        links = self._links.get(name)
        request = self._without_ids(event.name, name, links)
        grave = self._graves.dig(name, event.time, request, now)
        removed = {"mail": self._waiting.remove(name)}
        contact = self._contacts.get(name)
        if contact is not None:
            removed |= self.merger.erase(contact, event.time)
        if links is not None:
            removed["ids"] = len(links.ids)
            ids, links.ids = links.ids, {}
            self._keep(name, links)
            self._ask(name, grave, ids, event.reaches)
        for kind, count in removed.items():
            if count:
                grave.removed[kind] = grave.removed.get(kind, 0) + count
        self._tell_erased(name, event.time)
        self._work()

    def _without_ids(self, request: str, name: str, links: Links | None) -> str:
        """The name of a request, or its pseudonym where it has the id that is to be forgotten."""
        ids = [name] if links is None else [name, *links.ids]
        return self._graves.name_of(request) if any(one in request for one in ids) else request

    def _ask(self, keeper: str, grave: Grave, ids: dict[str, Merge], reaches: int) -> None:
        """Have ids that led to an erased keeper erased, too."""
        for one, merge in ids.items():
            grave.asked += 1
            body = Erase(keeper, grave.at, grave.name, merge, [keeper, *ids])
            self._post(Mail(one, one, reaches, body))

    def _erase_stub(self, name: str, body: Erase, reaches: int) -> None:
        """An id led to who was erased: it is a stub no more, or one to whom took it over later."""
        links = self._links_of(name)
        left = [] if links is None else [one for one in links.stubs if not _is_erased(one, body)]
        if links is not None and len(left) < len(links.stubs):
            links.stubs = left
            self._keep(name, links)
            if not links.stubs:
                grave = self._graves.dig(name, body.at, body.name, self._now)
                grave.removed["stubs"] = grave.removed.get("stubs", 0) + 1
                self._waiting.remove(name)
                self._tell_erased(name, body.at)
        self._post(Mail(body.keeper, body.keeper, reaches, Erased(name, body.at)))

    def _note_answer(self, keeper: str) -> None:
        grave = self._graves.of(keeper, self._now)
        if grave is not None:
            grave.answered += 1

    def _tell_erased(self, name: str, at: int) -> None:
        for stream in ("triggers", "membership"):
            self.outcomes.append(ContactNews(ERASED, stream, name, at, self._now))

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
        news = ContactNews(kind, "decisions", into, at, self._now, source, stays, mixed)
        self.outcomes.append(news)

    def _refuse(self, merge: Merge) -> None:
        self._tell(MERGE_REFUSED, merge.into, merge.source, merge.at, [], [])

    def _links_of(self, name: str) -> Links | None:
        """The links of an id. A stub that was unused for too long is none, and forgotten now."""
        links = self._links.get(name)
        if links is not None and links.is_forgotten(self._now):
            links.stubs = []
            self._keep(name, links)
        return links

    def _use(self, links: Links) -> None:
        """Note that a stub is used; once a day, so that it costs a write a day."""
        if self._now - links.used_at >= DAY_MS:
            links.used_at = self._now

    def _keep(self, name: str, links: Links) -> None:
        """Remember links, or forget them where they say nothing any more."""
        if links.is_needless:
            self._links.remove(name)
        else:
            self._links.add(name, links)

    # -- as a store ------------------------------------------------------------------------

    def load(self, kind: bytes, key: bytes, value: bytes | None) -> None:
        """Take a record of the changelog. Raises StateError for one of another version."""
        if kind == LINKS:
            self._links.load(key, value)
        elif kind == GRAVE:
            self._graves.store.load(key, value)
        elif kind == WAITING:
            self._waiting.load(int(key), value)
        else:
            raise StateError(f"unknown kind of state {kind!r}: written by a newer version?")

    def loaded(self) -> None:
        """All is loaded."""
        self._links.loaded()
        self._graves.store.loaded()
        self._waiting.loaded()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch made another."""
        graves = self._graves.store.take()
        self.buried = [
            (key[1:].decode(), decode_grave(key, value))
            for key, value in graves
            if value is not None
        ]
        return [*self._links.take(), *graves, *self._waiting.take()]

    def install(self) -> None:
        """What was taken is committed."""
        self._links.install()
        self._graves.store.install()
        self._waiting.install()

    def rollback(self) -> None:
        """Forget all since the last install."""
        self._links.rollback()
        self._graves.store.rollback()
        self._waiting.rollback()
        self._local.clear()
        self.dropped = 0


def _is_erased(merge: Merge, body: Erase) -> bool:
    """Whether a merge led to who is erased, if only by somebody who led there."""
    return merge == body.merge or (merge.into in body.ids and merge.at <= body.at)
