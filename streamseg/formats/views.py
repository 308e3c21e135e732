"""The most viewed products as JSON: a value of the topic of statistics, and lines of a replay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from streamseg.core.counting.figures import TopRecord
from streamseg.core.features.favourites import COUNTS, LAST, PERIOD, VALUE, Entry, score
from streamseg.core.values.timestamps import format_time

MOST_BYTES: Final = 1_000_000  # of a value; ids may be long
_encode = msgspec.json.Encoder().encode


def encode_top(record: TopRecord, partition: int) -> tuple[bytes, bytes]:
    """Key (``top/partition``) and value: views of each product in a partition by period, the most
    viewed first. The value is absolute, and readers add up the partitions.
    """
    products: list[msgspec.Raw] = []
    room = MOST_BYTES
    for entry in record.entries:
        told = _encode({"product": entry[VALUE], **_views(entry, record.period)})
        room -= len(told)
        if room < 0:
            break
        products.append(msgspec.Raw(told))
    value = {
        "partition": partition,
        "at": format_time(record.at),
        "half_life": record.half_life,
        "top": record.top,
        "period": record.period,
        "approximate": room < 0 or not record.is_whole,
        "products": products,
    }
    return f"top/{partition}".encode(), _encode(value)


def _views(entry: Entry, period: int) -> dict[str, Any]:
    return {
        "score": score(entry, period),
        "last": format_time(entry[LAST]),
        "latest": entry[PERIOD],
        "views": entry[COUNTS],
    }


def top_lines(record: TopRecord) -> Iterator[dict[str, Any]]:
    """The most viewed products, one a line."""
    for rank, entry in enumerate(record.entries[: record.top], start=1):
        yield {
            "most_viewed": rank,
            "product": entry[VALUE],
            "score": score(entry, record.period),
            "last": format_time(entry[LAST]),
        }
