"""The state of exposures as a person can read it."""

from __future__ import annotations

from typing import Any

from streamseg.core.counting.exposure_state import ExposureState
from streamseg.core.counting.terms import month_text
from streamseg.core.features.wording import moment
from streamseg.core.values.numbers import unpack


def readable_exposures(decoded: ExposureState) -> dict[str, Any]:
    """Each exposure, each order, and the months with orders, from the first one on."""
    orders = [{"at": moment(one.time), "amount": unpack(one.amount)} for one in decoded.orders]
    return {
        "exposures": [
            {
                "segment": one.segment,
                "variant": one.variant,
                "released_at": moment(one.released_at),
                "firings": one.firings,
                "revenue": unpack(one.revenue),
            }
            for one in decoded.exposures
        ],
        "orders": orders,
        "first_month": None if decoded.cohort is None else month_text(decoded.cohort),
        "months_with_an_order": _months(decoded.cohort or 0, decoded.came),
        "spent": unpack(decoded.spent or 0),
        "mixed_in": decoded.mixed,
    }


def _months(first: int, came: int) -> list[str]:
    return [month_text(first + later) for later in range(came.bit_length()) if came >> later & 1]
