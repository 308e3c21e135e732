"""The mean gap between a contact's last orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

RECENT: Final = 8  # the last ones whose gaps count


def mean_gap(instants: Sequence[int], least: int) -> int | None:
    """The mean gap (ms, cut to whole ones) between the last 8 of ascending instants; None where
    there are fewer than ``least``, which is 2 or more.
    """
    last = instants[-RECENT:]
    return (last[-1] - last[0]) // (len(last) - 1) if len(last) >= least else None
