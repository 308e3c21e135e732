"""The orders of a contact that may yet be cancelled: ``[hash, time, amount…]``.

An amount of ``true`` is a cancellation whose order has not come. At most 64 are kept, and none that
is older than the last by more than ``cancelled`` ms.
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.features.base import INSTANT_BYTES

MAX_OPEN: Final = 64
OPEN_BYTES: Final = 9 + INSTANT_BYTES  # of one, without its amount
WIDTH: Final = 3

OpenOrders = list[Any]


def place_in(opened: OpenOrders, digest: bytes) -> int:
    """The position of an order, or of its cancellation, by the hash of its name; below 0 if there
    is none.
    """
    for at in range(0, len(opened), WIDTH):
        if opened[at] == digest:
            return at
    return -1


def add_open(
    opened: OpenOrders, digest: bytes, time: int, amount: int | str | bool | None, cancelled: int
) -> None:
    """Note an order, or a cancellation that came before its order."""
    opened += [digest, time, amount]
    horizon = max(opened[1::WIDTH]) - cancelled
    for at in range(len(opened) - WIDTH, -1, -WIDTH):
        if opened[at + 1] < horizon:
            del opened[at : at + WIDTH]
    while len(opened) > MAX_OPEN * WIDTH:
        instants = opened[1::WIDTH]
        at = instants.index(min(instants)) * WIDTH
        del opened[at : at + WIDTH]


def was_cancelled(opened: OpenOrders, digest: bytes, time: int, cancelled: int) -> bool:
    """Whether an order of that time was cancelled before it came. A cancellation of its name that
    is too far from its time was of another order, and is forgotten.
    """
    at = place_in(opened, digest)
    if at < 0 or opened[at + 2] is not True:
        return False
    if abs(opened[at + 1] - time) <= cancelled:
        return True
    del opened[at : at + WIDTH]
    return False
