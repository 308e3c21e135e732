"""The format of proofs of erasures: they have a keyed hash, and no id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from streamseg.core.identity.graves import Grave
from streamseg.core.values.timestamps import format_time

TYPE: Final = "contact.erasure"
_encode = msgspec.json.Encoder().encode


def encode_erasure(
    name: str, grave: Grave, now_ms: int, kept: Mapping[str, int | None]
) -> tuple[bytes, bytes]:
    """Key and value: what was removed by when, and until when (``kept``, in ms by topic) topics
    may still have what was written before.
    """
    value = {
        "type": TYPE,
        "erased": name,
        "erased_at": format_time(grave.at),
        "request": grave.name,
        "removed": grave.removed,
        "asked": grave.asked,
        "answered": grave.answered,
        "remains": [
            {"topic": topic, "until": None if ms is None else format_time(now_ms + ms)}
            for topic, ms in kept.items()
        ],
        "verified_at": None,
        "emitted_at": format_time(now_ms),
    }
    return name.encode(), _encode(value)


def verified(value: dict[str, Any], now_ms: int) -> bytes:
    """A proof once nothing is left: who looked found the id in no topic at this time (ms)."""
    at = format_time(now_ms)
    return _encode({**value, "remains": [], "verified_at": at, "emitted_at": at})
