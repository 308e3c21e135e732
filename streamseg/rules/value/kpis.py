"""``kpis:`` of a rule file: what is counted of exposures and of what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from streamseg.core.counting.terms import Alert, Conversion, Counting
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.base import Label
from streamseg.core.zones import Zone
from streamseg.rules.kinds import Boolean, Choice, Duration, EventType
from streamseg.rules.records import Field, Fields

KPIS_FIELDS: Fields = {
    "convert": Field(EventType(), "the event that an exposure leads to", "order_placed"),
    "within": Field(Duration(), "how long after the exposure at most", 7 * 86_400_000),
    "retention": Field(
        Choice("month"), "count also in which later months those come again who began in a month"
    ),
    "lifecycle": Field(
        Boolean(), "count also who moves from which stage of life to which, by day", False
    ),
}


def counting_of(
    kpis: Mapping[str, Any] | None,
    alerts: Mapping[str, tuple[Alert, Zone | None]] | None,
    terms: OrderTerms,
    lifecycle: Label,
) -> Counting | None:
    """What is counted; None where the file does not ask for it."""
    named = tuple(
        structs.replace(alert, name=name, zone=zone or terms.zone)
        for name, (alert, zone) in (alerts or {}).items()
    )
    if kpis is None:
        return Counting(terms.zone, alerts=named) if named else None
    conversion = Conversion(
        convert=kpis["convert"],
        within=kpis["within"],
        amount=terms.amount,
        currency=terms.currency,
        retention=kpis["retention"] is not None,
    )
    return Counting(terms.zone, conversion, named, lifecycle if kpis["lifecycle"] else None)
