"""Packs the event that caused a trigger, for a context that needs it after the wait."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from streamseg.core.events import Event

MAX_BYTES: Final = 4_096  # of an event's data as JSON; of a larger one nothing is kept
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_decode: Final = msgspec.json.Decoder(float_hook=Decimal).decode


def pack_event(event: Event) -> str:
    """An event as JSON: type, contact, time, data, id and name."""
    data = event.data if len(_encode(event.data)) <= MAX_BYTES else {}
    fields = [event.type, event.contact, event.time, data, event.id, event.name]
    return _encode(fields).decode()


def unpack_event(packed: str) -> Event:
    """The event that ``pack_event`` was given."""
    event_type, contact, time, data, name, stands_for = _decode(packed)
    return Event(event_type, contact, time, data, name, stands_for)
