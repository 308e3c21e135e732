"""Counts the views of products by all contacts of a partition.

They are counted as the favourites of one contact are: by periods of a half-life, each of which
weighs half as much as the one after it. The counts of partitions add up, so they are published by
period.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.counting.figures import TopRecord, ViewsProgress
from streamseg.core.counting.terms import Viewing
from streamseg.core.errors import StateError
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER
from streamseg.core.features.favourites import (
    COUNTS,
    PERIODS,
    VALUE,
    Entry,
    add_to,
    ranked,
    values_of,
)
from streamseg.core.store import Store

PREFIX: Final = b"v"  # of changelog records: then `p` and a product, or `n` (how far it is told)
MOST_PRODUCTS: Final = 4_096  # that are remembered
ROOM: Final = 1_024  # so many more may come before those of the lowest score are forgotten
PUBLISH_MS: Final = 3_600_000  # between two records

_PROGRESS: Final = ""
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list).decode
_decode_progress: Final = msgspec.msgpack.Decoder(ViewsProgress).decode


class Views:
    """The counts of one partition, taken and installed as all state is."""

    def __init__(self, viewing: Viewing) -> None:
        self.viewing = viewing
        self.publish_at = FOREVER  # the earliest instant of the next record
        self._types = frozenset(viewing.types)
        self._entries: Store[Entry] = Store(PREFIX + b"p", _entry_of, _bytes_of)
        self._progress: Store[ViewsProgress] = Store(PREFIX + b"n", _progress_of, _encode)
        self._size = 0  # products

    # -- what is counted -------------------------------------------------------------------

    def count(self, event: Event) -> None:
        """Count an event, if it is a view of products."""
        if event.type not in self._types:
            return
        named = values_of(event, "product")
        half_life = self.viewing.half_life
        period = event.time // half_life
        progress = self._noted()
        if not named or period <= progress.latest - PERIODS:
            return
        progress.latest = max(progress.latest, period)
        progress.is_told = False
        weight = self.viewing.weights.get(event.type, 1)
        for product in named:
            self._add([product, event.time, period, [weight]])
        if self._size > MOST_PRODUCTS + ROOM:
            self._shorten(progress)

    def _add(self, entry: Entry) -> None:
        product: str = entry[VALUE]
        known = self._entries.live.get(product) or self._entries.get(product)
        if known is None:
            self._entries.add(product, entry)
            self._size += 1
            return
        add_to(known, entry)
        del known[COUNTS][PERIODS:]

    def _shorten(self, progress: ViewsProgress) -> None:
        """Forget the products with the lowest scores, and those that no longer count."""
        best = self._ranked(progress.latest)
        if len(best) > MOST_PRODUCTS:
            progress.whole_from = progress.latest + PERIODS
        self._keep(best[:MOST_PRODUCTS])

    def _keep(self, entries: list[Entry]) -> None:
        kept = {entry[VALUE] for entry in entries}
        for product in self._products():
            if product not in kept:
                self._entries.remove(product)
        self._size = len(kept)

    def _ranked(self, period: int) -> list[Entry]:
        entries = [self._entries.get(product) for product in self._products()]
        return ranked([one for one in entries if one is not None], period)

    def _products(self) -> list[str]:
        found: list[str] = []
        walk = self._entries.walk(b"")
        while (raw := walk.next()) is not None:
            found.append(raw.decode())
        return found

    # -- what is told ----------------------------------------------------------------------

    def top(self, now: int) -> TopRecord:
        """The counts by now."""
        progress = self._noted()
        period = max(now // self.viewing.half_life, progress.latest)
        entries = self._ranked(period)
        viewing, is_whole = self.viewing, progress.whole_from <= period
        return TopRecord(now, viewing.half_life, viewing.top, period, entries, is_whole)

    def publish(self, clock: int) -> list[TopRecord]:
        """The counts, once an hour, if they have changed since they were last told.

        Whether counts are still to be told is part of the state, so none is lost with a worker.
        """
        progress = self._noted()
        self.publish_at = FOREVER
        if progress.is_told:
            return []
        hour = clock // PUBLISH_MS
        if hour <= progress.hour:
            self.publish_at = (progress.hour + 1) * PUBLISH_MS
            return []
        progress.hour, progress.is_told = hour, True
        told = self.top(clock)
        self._keep(told.entries)
        return [told]

    # -- as a store ------------------------------------------------------------------------

    def _noted(self) -> ViewsProgress:
        progress = self._progress.live.get(_PROGRESS) or self._progress.get(_PROGRESS)
        if progress is None:
            progress = ViewsProgress(self.viewing.text)
            self._progress.add(_PROGRESS, progress)
        return progress

    def load(self, raw: bytes, value: bytes | None) -> None:
        """Take a record of the changelog; ``raw`` is its key after the prefix."""
        if raw[:1] == b"p":
            self._entries.load(raw[1:], value)
        elif raw == b"n":
            self._progress.load(b"", value)
        else:
            raise StateError(f"unknown kind of state {PREFIX + raw[:1]!r}: of a newer version?")

    def loaded(self) -> None:
        """All records were taken."""
        self._entries.loaded()
        self._progress.loaded()

    def begin(self) -> None:
        """Continue with the counts at rest; counts made under other terms are dropped."""
        progress = self._noted()
        if progress.of != self.viewing.text:
            self._keep([])
            self._progress.remove(_PROGRESS)
            progress = self._noted()
        self._size = len(self._products())
        self.publish_at = FOREVER if progress.is_told else (progress.hour + 1) * PUBLISH_MS

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch changed."""
        return self._entries.take() + self._progress.take()

    def install(self) -> None:
        """What was taken is committed."""
        self._entries.install()
        self._progress.install()

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self._entries.rollback()
        self._progress.rollback()


def _entry_of(raw: bytes, value: bytes) -> Entry:
    entry: list[Any] = _decode(value)
    return [raw.decode(), *entry]


def _bytes_of(entry: Entry) -> bytes:
    return _encode(entry[1:])


def _progress_of(_: bytes, value: bytes) -> ViewsProgress:
    return _decode_progress(value)
