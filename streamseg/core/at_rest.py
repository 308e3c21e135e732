"""The fields of a contact at rest, in their order; see `contact`."""

from __future__ import annotations

from typing import Any

import msgspec

from streamseg.core.policies.waiting import Untold, Waiting


class ContactAtRest(msgspec.Struct, array_like=True):
    """The fields of a `Contact` that are written; the last nine only where there are any."""

    layout: int
    keys: dict[int, dict[str, msgspec.Raw]]
    latest: int
    ids: bytes
    orders: bytes
    features: dict[int, msgspec.Raw]
    deadlines: dict[int, int]
    slots: dict[int, list[Any]]
    key_deadlines: dict[int, dict[str, int]] = {}
    pending: list[list[Any]] = []
    brought: dict[str, int] | None = None
    since: dict[int, int] | None = None
    key_since: dict[int, dict[int, int]] | None = None
    waiting: list[Waiting] = []
    untold: list[Untold] = []
    table: int = 0
    counted: int = 0


class WaitingAtRest(msgspec.Struct, array_like=True):
    """The layout and the triggers that wait; what stands between is not decoded."""

    layout: int
    keys: msgspec.Raw
    latest: msgspec.Raw
    ids: msgspec.Raw
    orders: msgspec.Raw
    features: msgspec.Raw
    deadlines: msgspec.Raw
    slots: msgspec.Raw
    key_deadlines: msgspec.Raw
    pending: msgspec.Raw
    brought: msgspec.Raw
    since: msgspec.Raw
    key_since: msgspec.Raw
    waiting: list[Waiting]


class KeysAtRest(msgspec.Struct, array_like=True):
    """The layout and the keys alone; the decoder skips the other fields."""

    layout: int
    keys: dict[int, dict[str, msgspec.Raw]]


class LayoutAtRest(msgspec.Struct, array_like=True):
    """The layout alone."""

    layout: int
