"""Mail that is ahead of ``now``: it waits in the state until ``now`` comes to its instant.

That happens where this partition has a backlog, and the partition that wrote the mail has none.
Mail does not advance ``now``, and nothing else waits for it.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final

from streamseg.core.features.base import FOREVER
from streamseg.core.identity.graves import Grave
from streamseg.core.identity.mail import Mail, decode_mail, encode_mail, erasure_of, is_covered

PREFIX: Final = b"i"  # + a number, in the order of arrival
Entry = tuple[int, int]  # when it is due, and its number


class WaitingMail:
    """Mail by number; ``due`` is the instant of the first. Mail about one id keeps its order."""

    def __init__(self) -> None:
        self._waiting: dict[int, Mail] = {}
        self._heap: list[Entry] = []
        self._last: dict[str, Entry] = {}  # by id, of the last mail about it
        self._next = 0
        self._added: set[int] = set()  # since the last install
        self._gone: dict[int, Mail] = {}

    @property
    def due(self) -> int:
        """When the first mail is due; FOREVER where none waits."""
        while self._heap and self._heap[0][1] not in self._waiting:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else FOREVER

    def due_about(self, contact: str) -> int:
        """When the last mail about an id is due; -FOREVER where none waits."""
        last = self._last.get(contact)
        return -FOREVER if last is None else last[0]

    def add(self, mail: Mail) -> None:
        """Add mail that has to wait."""
        number = self._next
        self._next += 1
        self._waiting[number] = mail
        self._added.add(number)
        self._last[mail.about] = mail.reaches, number
        heappush(self._heap, (mail.reaches, number))

    def pop(self) -> Mail:
        """Take out the first mail; there must be one."""
        due = self.due
        assert due < FOREVER
        mail = self._remove(heappop(self._heap)[1])
        return decode_mail(encode_mail(mail))  # a copy: a rollback needs the original unaltered

    def take_covered(self, contact: str, grave: Grave) -> list[Mail]:
        """Take out what the erasures of a contact forget, in the order of arrival."""
        gone = [
            number
            for number, mail in self._waiting.items()
            if mail.to == contact and is_covered(mail, erasure_of(mail, grave).at)
        ]
        taken = [self._remove(number) for number in sorted(gone)]
        self._find_last()  # what came before may wait still
        return taken

    def _remove(self, number: int) -> Mail:
        mail = self._waiting.pop(number)
        if number in self._added:
            self._added.discard(number)
        else:
            self._gone[number] = mail
        if self._last.get(mail.about) == (mail.reaches, number):
            del self._last[mail.about]
        return mail

    # -- as a store ------------------------------------------------------------------------

    def load(self, number: int, value: bytes | None) -> None:
        """Take a record of the changelog."""
        if value is None:
            self._waiting.pop(number, None)
        else:
            self._waiting[number] = decode_mail(value)
        self._next = max(self._next, number + 1)

    def loaded(self) -> None:
        """All is loaded."""
        self._fill()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what came and went since the last install."""
        changes: list[tuple[bytes, bytes | None]] = [
            (PREFIX + b"%d" % number, None) for number in self._gone
        ]
        changes += [
            (PREFIX + b"%d" % number, encode_mail(self._waiting[number]))
            for number in sorted(self._added)
        ]
        return changes

    def install(self) -> None:
        """What was taken is committed."""
        self._added, self._gone = set(), {}

    def rollback(self) -> None:
        """Forget all since the last install."""
        for number in self._added:
            del self._waiting[number]
        self._waiting |= self._gone
        self.install()
        self._fill()

    def _fill(self) -> None:
        self._heap = [(mail.reaches, number) for number, mail in self._waiting.items()]
        heapify(self._heap)
        self._find_last()

    def _find_last(self) -> None:
        self._last = {}
        for number in sorted(self._waiting):
            mail = self._waiting[number]
            self._last[mail.about] = mail.reaches, number
