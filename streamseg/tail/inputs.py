"""Records of `events` and `products`: as lines that a replay takes as a worker took the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import orjson
from rich.text import Text

from streamseg.core.errors import Refused
from streamseg.core.events import UNKNOWN, Event, ProductEvent, arrive
from streamseg.core.values.timestamps import format_time
from streamseg.formats.canonical import decode_event, decode_product
from streamseg.kafka.partitioning import check_partition

if TYPE_CHECKING:
    from streamseg.tail.reading import Record

_VALUE_SHOWN: Final = 120
_decode: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode: Final = msgspec.json.Encoder().encode


class InputForm(NamedTuple):
    """How records of an input are shown.

    ``any_partition`` lets a record be in any partition, as STREAMSEG_PARTITIONER=any does.
    """

    of_products: bool
    any_partition: bool

    def read(self, record: Record) -> Event | ProductEvent:
        """The event in a record, as a worker takes it. Raises Refused."""
        decode = decode_product if self.of_products else decode_event
        event = decode(record.value, record.key)
        if not self.any_partition:
            assert record.key is not None  # it is the contact or the product
            check_partition(record.key, record.partition, record.partitions)
        arrive(event, record.timestamp_ms)
        return event

    def arrival(self, record: Record) -> int:
        """When Kafka, or who had it before, got the record (ms)."""
        try:
            return self.read(record).arrival
        except Refused:
            return record.timestamp_ms

    def json(self, record: Record) -> bytes:
        """One line of JSON, without the line feed: the value as it came, and `received`.

        That is when Kafka got it, or what the value says of it where that is earlier. A record that
        a worker refuses is an object with `refused` (the code), `message`, its place, and its
        `value` as text; a replay refuses it, too.
        """
        try:
            event = self.read(record)
        except Refused as refused:
            value = None if record.value is None else record.value.decode(errors="backslashreplace")
            return orjson.dumps(
                {
                    "refused": refused.code,
                    "message": refused.message,
                    "partition": record.partition,
                    "offset": record.offset,
                    "value": value,
                }
            )
        # Numbers stay as they are written; a line feed can only stand between parts of the value.
        parts: dict[str, Any] = {**_decode(record.value or b"")}
        if event.arrival != UNKNOWN:
            parts["received"] = format_time(event.arrival)
        return _encode(parts).replace(b"\n", b" ").replace(b"\r", b" ")

    def text(self, record: Record) -> Text:
        """The record as one line for people."""
        try:
            event = self.read(record)
        except Refused as refused:
            place = f"{record.topic}-{record.partition}@{record.offset}"
            line = Text().append(place, "dim").append(f"  {refused.code}", "bold red")
            return line.append(f"  {refused.message}")
        owner = event.contact if isinstance(event, Event) else event.product
        data = orjson.dumps(event.data, default=str).decode()
        shown = data if len(data) <= _VALUE_SHOWN else data[:_VALUE_SHOWN] + "…"
        time = format_time(event.time).replace("T", " ").removesuffix("Z")
        line = Text().append(time, "dim").append(f"  {event.type:<18}", "bold green")
        return line.append(f"  {owner:<10}").append(f"  {shown}", "dim")
