"""The id of an episode's trigger: a function of what the episode is, and of nothing else."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from streamseg.core.timestamps import format_time

_encode = msgspec.json.Encoder().encode


def trigger_id(
    segment: str, contact: str, key: str | None, rung: str | None, anchor: int | str
) -> str:
    """32 hex digits: BLAKE2b-128 of the JSON array [segment, contact, key, rung, anchor].

    ``anchor`` is an instant in milliseconds (hashed as its RFC 3339 text), or a text.
    """
    text = format_time(anchor) if isinstance(anchor, int) else anchor
    return blake2b(_encode([segment, contact, key, rung, text]), digest_size=16).hexdigest()
