"""A header key that is not UTF-8 is no reason not to read a record, or those around it."""

from __future__ import annotations

import struct

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from streamseg.kafka.header_keys import TolerantRecords

PLACEHOLDER = b"zzzz"


def batch(key: bytes) -> bytes:
    """Three records as they come in a fetch; the second has a header of that key."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10_000,
    )
    headers = [[], [(PLACEHOLDER.decode(), b"x"), ("nothing", None)], [("trace", b"t")]]
    for offset, each in enumerate(headers):
        builder.append(offset, timestamp=1, key=b"k", value=b"v%d" % offset, headers=each)
    raw = bytearray(builder.build())
    place = raw.index(PLACEHOLDER)
    raw[place : place + len(key)] = key
    raw[17:21] = struct.pack(">I", calc_crc32c(bytes(raw[21:])))
    return bytes(raw)


def read(records: object) -> list[tuple[int, bytes, list[tuple[str, bytes | None]]]]:
    tp = TopicPartition("t", 0)
    found = PartitionRecords(tp, records, [], 0, None, None, True, READ_COMMITTED)
    return [(record.offset, record.value, list(record.headers)) for record in found]


@pytest.mark.parametrize("key", [b"\xff\xfe\xffz", b"a\xc3(b"])
def test_a_record_whose_header_key_is_not_utf_8_is_read(key: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(batch(key)))
    shown = key.decode("utf-8", "backslashreplace")
    shown.encode()  # it can be sent again, in a dead letter
    assert read(TolerantRecords(batch(key))) == [
        (0, b"v0", []),
        (1, b"v1", [(shown, b"x"), ("nothing", None)]),
        (2, b"v2", [("trace", b"t")]),
    ]


def test_other_records_are_read_as_ever() -> None:
    raw = batch("żó".encode())
    assert read(TolerantRecords(raw)) == read(MemoryRecords(raw))
