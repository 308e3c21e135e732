"""The fields of a contact at rest, in their order; see `contact`."""

from __future__ import annotations

from typing import Any

import msgspec

from streamseg.core.policies.waiting import Untold, Waiting


class ContactAtRest(msgspec.Struct, array_like=True):
    """The fields of a `Contact` that are written; the last seven only where there are any."""

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


class KeysAtRest(msgspec.Struct, array_like=True):
    """The layout and the keys alone; the decoder skips the other fields."""

    layout: int
    keys: dict[int, dict[str, msgspec.Raw]]


class LayoutAtRest(msgspec.Struct, array_like=True):
    """The layout alone."""

    layout: int
