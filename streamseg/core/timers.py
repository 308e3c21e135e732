"""Timers: coarse buckets by due instant, and a heap for the nearest one.

Nothing here is stored: the due instants are part of the contacts' states. An entry may be too
early: the scheduler compares it with the state, and puts it back. No entry may be too late or
missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush

from streamseg.core.features.base import FOREVER
from streamseg.core.resting import BUCKET_BITS


class Timers:
    """Entries of (due instant, contact id). No entry is due before the instant ``due``."""

    def __init__(self) -> None:
        self.due = FOREVER
        self._near: list[tuple[int, bytes]] = []
        self._near_until = -FOREVER
        self._buckets: dict[int, list[bytes]] = {}
        self._order: list[int] = []

    def __len__(self) -> int:
        return len(self._near) + sum(len(bucket) for bucket in self._buckets.values())

    def push(self, due: int, contact: bytes) -> None:
        """Add an entry."""
        if due >= FOREVER:
            return
        if due < self._near_until:
            self.push_near(due, contact)
            return
        number = due >> BUCKET_BITS
        bucket = self._buckets.get(number)
        if bucket is None:
            self._buckets[number] = [contact]
            heappush(self._order, number)
            self.due = min(self.due, number << BUCKET_BITS)
        else:
            bucket.append(contact)

    def push_near(self, due: int, contact: bytes) -> None:
        """Add an entry to the heap."""
        heappush(self._near, (due, contact))
        self.due = min(self.due, due)

    def _set_due(self) -> None:
        due = self._near[0][0] if self._near else FOREVER
        self.due = min(due, self._order[0] << BUCKET_BITS) if self._order else due

    def open(self, until: int, limit: int | None, due_of: Callable[[bytes], int]) -> bool:
        """Move the first bucket, or ``limit`` contacts of it, to the heap, by their exact due
        instants; False where no bucket begins at or before ``until``.
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
                self.push_near(due, contact)
            else:
                self.push(due, contact)
        self._set_due()
        return True

    def pop(self, until: int) -> bytes | None:
        """Take out the contact with the earliest entry; None where that is after ``until``."""
        if self._near and self._near[0][0] <= until:
            due, contact = heappop(self._near)
            while self._near and self._near[0] == (due, contact):
                heappop(self._near)
            self._set_due()
            return contact
        return None

    def fill(self, buckets: Mapping[int, list[bytes]]) -> None:
        """Replace all entries: contacts by their due instants >> BUCKET_BITS."""
        self._near, self._near_until = [], -FOREVER
        # Copied, so that the lists have no spare room from appending.
        self._buckets = {number: bucket[:] for number, bucket in buckets.items()}
        self._order = list(self._buckets)
        heapify(self._order)
        self._set_due()
