"""The sizes of a partition's segments as batches add to them, and what of its counts is told."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.counting.figures import Size, Summary
from streamseg.core.counting.running import RunningSize

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Summary).decode
_decode_size: Final = msgspec.msgpack.Decoder(Size).decode


class RunningSummary:
    """See `Summary`. ``touched`` are the sizes that the batch has asked for."""

    def __init__(self, summary: Summary) -> None:
        self.layouts = summary.layouts
        self.unpublished = summary.unpublished
        self.published_at = summary.published_at
        self.sizes: dict[str, RunningSize] = {}
        self.former: dict[str, RunningSize] = {}
        self.touched: list[RunningSize] = []
        self._at_rest: dict[str, tuple[Any, ...]] = {}  # fields of sizes, by segment
        for segment, size in summary.sizes.items():
            running = self.sizes[segment] = RunningSize(segment)
            running.load(size)
            self._at_rest[segment] = running.fields()
        for segment, size in summary.former.items():
            self.former[segment] = RunningSize(segment)
            self.former[segment].load(size)

    def running(self, segment: str) -> RunningSize:
        """The size of a segment; the caller adds to it."""
        size = self.sizes.get(segment)
        if size is None:
            size = self.sizes[segment] = RunningSize(segment)
        if not size.is_touched:
            size.is_touched = True
            self.touched.append(size)
        return size

    def read(self, segment: str) -> Size | None:
        """A copy of the size of a segment; None where it has none."""
        size = self.sizes.get(segment)
        return None if size is None else _decode_size(_encode(size.fields()))

    def retire(self, segment: str) -> None:
        """Note that the rules no longer have a segment."""
        self.former[segment] = self.sizes.pop(segment)
        self._at_rest.pop(segment, None)

    def revive(self, segment: str) -> None:
        """Note that the rules have a segment again."""
        self.sizes[segment] = self.former.pop(segment)
        self._at_rest[segment] = self.sizes[segment].fields()

    def encode(self) -> bytes:
        """The summary at rest; only what the batch has asked for is made anew."""
        at_rest = self._at_rest
        for size in self.touched:
            at_rest[size.segment] = size.fields()
        former = {segment: size.fields() for segment, size in self.former.items()}
        return _encode((self.layouts, at_rest, self.unpublished, self.published_at, former))

    def settle(self, entered: dict[str, int]) -> None:
        """The batch is over: add to the news of who entered."""
        for size in self.touched:
            size.settle(entered)
        self.touched = []


def summary_of(_: bytes, value: bytes) -> RunningSummary:
    """The summary of bytes at rest."""
    return RunningSummary(_decode(value))


def bytes_of(summary: RunningSummary) -> bytes:
    """The summary at rest."""
    return summary.encode()
