"""Ids of triggers and alerts: functions of what they are about, and of nothing else."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

_encode = msgspec.json.Encoder().encode


def alert_id(name: str | None, at: str) -> str:
    """32 hex digits: BLAKE2b-128 of the JSON array [name, at]; ``at`` is an RFC 3339 text."""
    return blake2b(_encode([name, at]), digest_size=16).hexdigest()


def trigger_id(segment: str, contact: str, key: str | None, rung: str | None, anchor: str) -> str:
    """32 hex digits: BLAKE2b-128 of the JSON array [segment, contact, key, rung, anchor].

    ``anchor`` is a text: of an instant its RFC 3339 text.
    """
    return blake2b(_encode([segment, contact, key, rung, anchor]), digest_size=16).hexdigest()
