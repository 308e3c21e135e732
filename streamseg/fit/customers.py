"""The data that the model is fitted to: for each contact, how often it ordered, when first and when
last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streamseg.core.values.zones import DAY_MS
from streamseg.fit.orders import OrderDay

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


class Customers(NamedTuple):
    """One entry a contact. ``repeats`` are order days after the first; ``recency`` is the time from
    the first to the last of them and ``age`` that to the end, both in days; ``spent`` is what the
    repeats came to.
    """

    repeats: Whole
    recency: Floats
    age: Floats
    spent: Floats

    @property
    def silence(self) -> Floats:
        """Days since the last order day."""
        silence: Floats = self.age - self.recency
        return silence

    def only(self, those: npt.NDArray[np.bool_]) -> Customers:
        """Those that are marked."""
        return Customers(
            self.repeats[those], self.recency[those], self.age[those], self.spent[those]
        )


def customers_at(end: int, contacts: Iterable[list[OrderDay]]) -> Customers:
    """Those who had ordered by an instant (ms), as they were then."""
    rows = []
    for days in contacts:
        known = [day for day in days if day.time < end]
        if known:
            first, last = known[0].time, known[-1].time
            spent = float(sum(day.amount for day in known[1:]))
            rows.append((len(known) - 1, (last - first) / DAY_MS, (end - first) / DAY_MS, spent))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    recency, age, spent_in_all = (np.array(one, dtype=np.float64) for one in columns[1:])
    return Customers(np.array(columns[0], dtype=np.int64), recency, age, spent_in_all)


def orders_between(begin: int, end: int, contacts: Iterable[list[OrderDay]]) -> Whole:
    """The order days in [begin, end) of those who had ordered by ``begin``, in the same order."""
    return np.array(
        [sum(begin <= day.time < end for day in days) for days in contacts if days[0].time < begin],
        dtype=np.int64,
    )
