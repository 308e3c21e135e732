"""Timers: coarse buckets by due instant; the nearest one is sorted.

Nothing here is stored: the due instants are part of the contacts' states. An entry may be too
early: the scheduler compares it with the state, and puts it back. No entry may be too late or
missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush

from streamseg.core.contacts.resting import BUCKET_BITS
from streamseg.core.features.base import FOREVER


class Timers:
    """Entries of (due instant, contact id). No entry is due before the instant ``due``."""

    def __init__(self) -> None:
        self.due = FOREVER
        self._opened: list[tuple[int, bytes]] = []  # of opened buckets, the latest first
        self._near: list[tuple[int, bytes]] = []  # a heap of those that came later
        self._near_until = -FOREVER
        self._buckets: dict[int, list[bytes]] = {}
        self._order: list[int] = []

    def __len__(self) -> int:
        near = len(self._opened) + len(self._near)
        return near + sum(len(bucket) for bucket in self._buckets.values())

    def push(self, due: int, contact: bytes) -> None:
        """Add an entry."""
        if due >= FOREVER:
            return
        if due < self._near_until:
            heappush(self._near, (due, contact))
            self.due = min(self.due, due)
            return
        number = due >> BUCKET_BITS
        bucket = self._buckets.get(number)
        if bucket is None:
            self._buckets[number] = [contact]
            heappush(self._order, number)
            self.due = min(self.due, number << BUCKET_BITS)
        else:
            bucket.append(contact)

    def _set_due(self) -> None:
        due = self._order[0] << BUCKET_BITS if self._order else FOREVER
        if self._opened:
            due = min(due, self._opened[-1][0])
        self.due = min(due, self._near[0][0]) if self._near else due

    def open(self, until: int, limit: int | None, due_of: Callable[[bytes], int]) -> bool:
        """Open the first bucket, or ``limit`` contacts of it: from now on they have their exact due
        instants. False where no bucket begins at or before ``until``.
        """
        if not self._order or self._order[0] << BUCKET_BITS > until:
            return False
        number = self._order[0]
        end = (number + 1) << BUCKET_BITS
        bucket = self._buckets[number]
        opened = bucket if limit is None else bucket[-limit:]
        if len(opened) == len(bucket):
            heappop(self._order)
            del self._buckets[number]
            self._near_until = end
        else:
            del bucket[-len(opened) :]
        for contact in dict.fromkeys(opened):
            due = due_of(contact)
            if due < end:
                self._opened.append((due, contact))
            else:
                self.push(due, contact)
        # Sorted once: through the heap each contact took 1,000 instructions more.
        self._opened.sort(reverse=True)
        self._set_due()
        return True

    def pop(self, until: int) -> bytes | None:
        """Take out the contact with the earliest entry; None where that is after ``until``."""
        opened, near = self._opened, self._near
        if opened and not (near and near[0] < opened[-1]):
            due, contact = opened[-1]
        elif near:
            due, contact = near[0]
        else:
            return None
        if due > until:
            return None
        while opened and opened[-1] == (due, contact):
            opened.pop()
        while near and near[0] == (due, contact):
            heappop(near)
        self._set_due()
        return contact

    def fill(self, buckets: Mapping[int, list[bytes]]) -> None:
        """Replace all entries: contacts by their due instants >> BUCKET_BITS."""
        self._opened, self._near, self._near_until = [], [], -FOREVER
        # Copied, so that the lists have no spare room from appending.
        self._buckets = {number: bucket[:] for number, bucket in buckets.items()}
        self._order = list(self._buckets)
        heapify(self._order)
        self._set_due()
