"""Asks for an erasure: one event, as the shop itself would send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from streamseg.core.values.timestamps import format_time
from streamseg.produce.sender import Sender

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamseg.settings import Settings

SOURCE: Final = "streamseg contact erase"


async def request_erasure(
    settings: Settings, contact: str, name: str, now_ms: int, partitions: Sequence[int]
) -> None:
    """Write `contact_erased` of a contact, named ``name``; returns when Kafka has it.

    It goes to the ``partitions`` that know of the contact: its key need not tell. Raises SendError.
    """
    event = {
        "id": name,
        "type": "contact_erased",
        "contact": contact,
        "time": format_time(now_ms),
        "source": SOURCE,
    }
    topic = settings.topic("events")
    async with Sender(settings.connection(), "streamseg-contact") as sender:
        await sender.find([topic])
        for partition in partitions or (None,):
            sender.add(topic, contact.encode(), orjson.dumps(event), partition=partition)
        await sender.flush()
