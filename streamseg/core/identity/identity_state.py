"""What a partition keeps about ids: links between them, graves, and mail that waits."""

from __future__ import annotations

from collections.abc import Callable

from streamseg.core.errors import StateError
from streamseg.core.identity.graves import PREFIX as GRAVE
from streamseg.core.identity.graves import Grave, Graves, decode_grave
from streamseg.core.identity.links import Links, decode_links
from streamseg.core.identity.waiting_mail import PREFIX as WAITING
from streamseg.core.identity.waiting_mail import WaitingMail
from streamseg.core.store import Store

LINKS = b"s"


class Home:
    """Which contacts are at home in a partition; the key of pseudonyms."""

    def __init__(self, is_mine: Callable[[str], bool] | None = None, key: bytes = b"") -> None:
        self._is_mine = is_mine
        self.key = key

    def has(self, contact: str) -> bool:
        """Whether a contact is at home here; until ``live_in`` is called, all are."""
        return self._is_mine is None or self._is_mine(contact)


class IdentityState:
    """Links by id, graves, and waiting mail.

    ``dropped`` counts events and states of erased contacts. ``buried`` are the graves that the last
    batch dug or changed.
    """

    def __init__(self) -> None:
        self.home = Home()
        self.links: Store[Links] = Store(LINKS, decode_links, Links.encode)
        self.graves = Graves(self.home.key)
        # Whether there is a grave is asked at every event, and `Graves` is not compiled.
        self._stored_graves: Store[Grave] = self.graves.store
        self.waiting = WaitingMail()
        self.dropped = 0
        self.buried: list[tuple[str, Grave]] = []

    def live_in(self, home: Home) -> None:
        """Set which contacts are at home here, and the key that ids are hashed with."""
        self.home = home
        self.graves.key = home.key

    @property
    def is_used(self) -> bool:
        """Whether there is any link or grave; if not, every id is an ordinary contact."""
        return self.links.is_used or self._stored_graves.is_used

    def led_to(self, name: str, at: int) -> str | None:
        """The contact that an id led to at an instant, as committed; None if it was no stub."""
        raw = name.encode()
        value = self.links.committed(raw)
        return None if value is None else decode_links(raw, value).led_to(at)

    def merged_into(self, name: str) -> list[str]:
        """The ids that lead to a contact, as committed."""
        raw = name.encode()
        value = self.links.committed(raw)
        return [] if value is None else list(decode_links(raw, value).ids)

    def links_of(self, name: str, now: int) -> Links | None:
        """The links of an id. This forgets a stub that was unused for too long."""
        links = self.links.get(name)
        if links is not None and links.is_forgotten(now):
            links.stubs = []
            self.keep(name, links)
        return links

    def keep(self, name: str, links: Links) -> None:
        """Store the links of an id, or remove them if they are empty."""
        if links.is_needless:
            self.links.remove(name)
        else:
            self.links.add(name, links)

    def forget_old_stubs(self, now: int) -> None:
        """Forget the stubs at rest that were unused for too long."""
        for raw, value in list(self.links.resting.items()):
            if decode_links(raw, value).is_forgotten(now):
                self.links_of(raw.decode(), now)

    # -- as a store ------------------------------------------------------------------------

    def load(self, kind: bytes, key: bytes, value: bytes | None) -> None:
        """Take a record of the changelog. Raises StateError for one of another version."""
        if kind == LINKS:
            self.links.load(key, value)
        elif kind == GRAVE:
            self._stored_graves.load(key, value)
        elif kind == WAITING:
            self.waiting.load(int(key), value)
        else:
            raise StateError(f"unknown kind of state {kind!r}: written by a newer version?")

    def loaded(self) -> None:
        """All is loaded."""
        self.links.loaded()
        self._stored_graves.loaded()
        self.waiting.loaded()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch changed."""
        graves = self._stored_graves.take()
        self.buried = [
            (key[1:].decode(), decode_grave(key, value))
            for key, value in graves
            if value is not None
        ]
        return [*self.links.take(), *graves, *self.waiting.take()]

    def install(self) -> None:
        """What was taken is committed."""
        self.links.install()
        self._stored_graves.install()
        self.waiting.install()

    def rollback(self) -> None:
        """Forget all since the last install."""
        self.links.rollback()
        self._stored_graves.rollback()
        self.waiting.rollback()
        self.dropped = 0
