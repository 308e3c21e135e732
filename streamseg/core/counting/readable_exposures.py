"""The state of exposures as a person can read it."""

from __future__ import annotations

from typing import Any

from streamseg.core.counting.terms import month_text
from streamseg.core.features.wording import moment
from streamseg.core.numbers import unpack


def readable_exposures(state: list[Any]) -> dict[str, Any]:
    """Each exposure, each order, and in which months orders were, from the first one on."""
    exposures, orders, cohort, came, spent, *mixed = state
    return {
        "exposures": [
            {
                "segment": segment,
                "variant": variant,
                "released_at": moment(released_at),
                "firings": firings,
                "revenue": unpack(revenue),
            }
            for segment, variant, released_at, firings, revenue in exposures
        ],
        "orders": [{"at": moment(at), "amount": unpack(amount)} for at, amount in orders],
        "first_month": None if cohort is None else month_text(cohort),
        "months_with_an_order": _months(cohort or 0, came),
        "spent": unpack(spent),
        "mixed_in": mixed[0] if mixed else [],
    }


def _months(first: int, came: int) -> list[str]:
    return [month_text(first + later) for later in range(came.bit_length()) if came >> later & 1]
