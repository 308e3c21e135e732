"""A simulated event and its NDJSON line."""

from typing import NotRequired, TypedDict

import orjson

from streamseg.core.values.timestamps import parse_time


class ShopEvent(TypedDict):
    """One event as it stands in its topic: of a contact or of a product, never of both."""

    id: str
    type: str
    contact: NotRequired[str]
    product: NotRequired[str]
    time: str
    data: dict[str, object]


def encode_line(event: ShopEvent) -> bytes:
    """The event as one line of NDJSON, line feed included; the same event gives the same bytes."""
    return orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)


def event_time_ms(event: ShopEvent) -> int:
    """The time of a simulated event, in milliseconds since 1970."""
    return parse_time(event["time"])
