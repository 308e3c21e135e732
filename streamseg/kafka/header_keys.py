"""Records whose header keys are not UTF-8, as clients in other languages can write them.

Kafka does not look into header keys. aiokafka takes them for UTF-8 and raises in the middle of a
fetch, and again at each new try: one such record would keep a worker from ever going on. Here the
bytes that are no UTF-8 are written as ``\\xff``, and the record is read like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

_MAGIC_OFFSET: Final = 16
_WITH_HEADERS: Final = 2  # the version of the format that brought headers


class TolerantRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """What a fetch brought of a partition, batch by batch."""

    def next_batch(self) -> Any:
        """The next batch; None after the last one."""
        raw = self._next_slice
        batch = super().next_batch()
        if raw is None or raw[_MAGIC_OFFSET] < _WITH_HEADERS or batch.is_control_batch:
            return batch
        return _Batch(batch, raw)


class _Batch:
    """A batch that is decoded once more, slowly, where its header keys are not UTF-8."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            return iter(_SlowBatch(self._raw))


class _SlowBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    def __iter__(self) -> Any:
        super().__iter__()  # decompresses
        self._buffer: bytearray = _Text(self._buffer)
        return self


class _Text(bytearray):
    """Bytes of which every part can be decoded."""

    def __getitem__(self, place: Any) -> Any:
        part = super().__getitem__(place)
        return _Text(part) if isinstance(place, slice) else part

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, "backslashreplace")


def tolerate_any_header_keys() -> None:
    """Have all consumers of this process read such records."""
    fetcher.MemoryRecords = TolerantRecords
