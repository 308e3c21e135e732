"""What a model needs to know of a contact's orders."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from streamseg.core.features.order_figures import days_of, first_of
from streamseg.core.features.order_history import AMOUNTS, SUM, TIMES, Orders
from streamseg.core.prediction.curves import Alive, Buys, Curve, Worth
from streamseg.core.prediction.curves import Orders as OrdersCurve
from streamseg.core.prediction.parameters import Parameters
from streamseg.core.values.numbers import unpack
from streamseg.core.values.predicates import Number, add
from streamseg.core.values.zones import Zone

ALIVE = "alive"
BUYS = "buys"
ORDERS = "orders"
CLV = "clv"


class Past(NamedTuple):
    """``x`` order days after the first, the last of them ``recency`` ms after it, at ``last``."""

    x: int
    recency: int
    last: int


def past_of(orders: Orders | None) -> Past | None:
    """The past of a contact; None without an order."""
    first = first_of(orders)
    count, days = days_of(orders)
    if first is None or not days:
        return None
    return Past(count - 1, days[-1] - first if count > 1 else 0, days[-1])


def worth_of(model: Parameters, past: Past, orders: Orders, zone: Zone) -> Decimal:
    """What the next order is worth."""
    return model.order_worth(past.x, _spent(orders, zone) if past.x else 0)


def _spent(orders: Orders, zone: Zone) -> Number:
    """What the order days after the first came to, where that is more than nothing."""
    first = first_of(orders)
    assert first is not None
    first_day = zone.day(first)
    total: Number = unpack(orders[SUM]) or 0
    for time, packed in zip(orders[TIMES], orders[AMOUNTS], strict=True):
        if zone.day(time) != first_day:
            total = add(total, unpack(packed) or 0)
    return max(total, 0)


def curve_of(figure: str, within: int, past: Past, worth: Decimal | None) -> Curve:
    """The curve of a figure; ``within`` (ms) is of all but ``alive``, ``worth`` of ``clv``."""
    if figure == ALIVE:
        return Alive(past.x, past.recency)
    if figure == BUYS:
        return Buys(past.x, past.recency, within)
    if figure == ORDERS:
        return OrdersCurve(past.x, past.recency, within)
    assert worth is not None
    return Worth(past.x, past.recency, within, worth)
