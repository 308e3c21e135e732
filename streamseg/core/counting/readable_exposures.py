"""The state of exposures as a person can read it."""

from __future__ import annotations

from typing import Any

from streamseg.core.counting.account import Account
from streamseg.core.counting.terms import month_text
from streamseg.core.features.wording import moment
from streamseg.core.numbers import unpack


def readable_exposures(account: Account) -> dict[str, Any]:
    """Each exposure, each order, and the months with orders, from the first one on."""
    orders = [{"at": moment(one.time), "amount": unpack(one.amount)} for one in account.orders]
    return {
        "exposures": [
            {
                "segment": one.segment,
                "variant": one.variant,
                "released_at": moment(one.released_at),
                "firings": one.firings,
                "revenue": unpack(one.revenue),
            }
            for one in account.exposures
        ],
        "orders": orders,
        "first_month": None if account.cohort is None else month_text(account.cohort),
        "months_with_an_order": _months(account.cohort or 0, account.came),
        "spent": unpack(account.spent or 0),
        "mixed_in": account.mixed,
    }


def _months(first: int, came: int) -> list[str]:
    return [month_text(first + later) for later in range(came.bit_length()) if came >> later & 1]
