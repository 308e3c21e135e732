"""The state of an order history as a person can read it."""

from __future__ import annotations

from typing import Any

from streamseg.core.features.open_orders import WIDTH
from streamseg.core.features.wording import moment, moments
from streamseg.core.values.numbers import unpack


def readable_orders(state: list[Any]) -> dict[str, Any]:
    """Each order of the window, what is known of those before, the days, and what is open."""
    older, first, total, times, amounts, days, opened = state
    return {
        "orders": [
            {"at": moment(at), "amount": unpack(amount)}
            for at, amount in zip(times, amounts, strict=True)
        ],
        "before": {"orders": older, "first_at": moment(first), "amount": unpack(total)},
        "days": {"first_orders": moments(days[1:]), "before": days[0] if days else 0},
        "may_be_cancelled": [
            _open_order(*opened[at : at + WIDTH]) for at in range(0, len(opened), WIDTH)
        ],
    }


def _open_order(digest: bytes, at: int, amount: Any) -> dict[str, Any]:
    order = {"order_hash": digest.hex(), "at": moment(at)}
    return order | ({"cancelled": True} if amount is True else {"amount": unpack(amount)})
