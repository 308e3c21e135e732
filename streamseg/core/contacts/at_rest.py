"""The fields of a contact at rest, in their order; see `contact`."""

from __future__ import annotations

from typing import Any, Final

import msgspec


class WaitingAtRest(msgspec.Struct, array_like=True, gc=False):
    """The fields of a `Waiting`."""

    segment: int
    key: str | None
    rung: int
    entered_at: int
    anchor: int | str
    due: int
    floor: int | None = None
    target: int | None = None
    is_asked: bool = False
    is_deferred: bool = False
    closed: dict[str, int | None] = {}
    shown: int | None = None
    event: str | None = None


class DecisionAtRest(msgspec.Struct, array_like=True, gc=False):
    """The fields of a `Decision`."""

    at: int
    kind: int
    trigger: WaitingAtRest
    content: str = ""
    reason: str | None = None
    by: str | None = None
    until: int | None = None
    variant: str | None = None


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
    waiting: list[WaitingAtRest] = []
    untold: list[DecisionAtRest] = []
    table: int = 0
    counted: int = 0


# The types of the first fields, which all contacts have and most have alone.
FewFields = tuple[
    int,
    dict[int, dict[str, msgspec.Raw]],
    int,
    bytes,
    bytes,
    dict[int, msgspec.Raw],
    dict[int, int],
    dict[int, list[Any]],
]
FEW: Final = 8


class TriggersAtRest(msgspec.Struct, array_like=True):
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
    waiting: list[WaitingAtRest]


class KeysAtRest(msgspec.Struct, array_like=True):
    """The layout and the keys alone; the decoder skips the other fields."""

    layout: int
    keys: dict[int, dict[str, msgspec.Raw]]


class LayoutAtRest(msgspec.Struct, array_like=True):
    """The layout alone."""

    layout: int
