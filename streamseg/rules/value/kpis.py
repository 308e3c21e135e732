"""``kpis:`` of a rule file: what is counted of exposures, and of the orders that followed them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec import structs

from streamseg.core.conditions.predicted import Predicted
from streamseg.core.counting.terms import Alert, Conversion, Counting, Summing
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.base import Label
from streamseg.core.labels.rfm import Rfm
from streamseg.core.prediction.forms import STEP_DAYS
from streamseg.core.prediction.past import CLV
from streamseg.core.tables.terms import TableTerms
from streamseg.core.values.zones import DAY_MS, Zone
from streamseg.rules.document import Node
from streamseg.rules.kinds import Boolean, Choice, Duration, EventType
from streamseg.rules.prediction import Within
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field, Fields
from streamseg.rules.value.terms import Value

KPIS_FIELDS: Fields = {
    "convert": Field(EventType(), "the event type that counts as a conversion", "order_placed"),
    "within": Field(Duration(), "the longest time from exposure to conversion", 7 * 86_400_000),
    "retention": Field(
        Choice("month"),
        "also count, by month of the first order, who orders again in which later month",
    ),
    "lifecycle": Field(Boolean(), "also count the moves between life cycle stages, by day", False),
    "clv": Field(
        Within(STEP_DAYS * DAY_MS),
        "at the instants of `tables`, add up the expected worth of each segment's members' orders "
        "within this time; needs `model` with `p`, `q` and `v`",
    ),
    "scores": Field(
        Boolean(),
        "at the instants of `tables`, count each segment's members by RFM score",
        False,
    ),
}


def summing_of(
    kpis: Mapping[str, Any] | None, value: Value, terms: TableTerms, node: Node, scope: Scope
) -> Summing | None:
    """The sums over segments' members; None if the file does not ask for them."""
    if kpis is None or not (kpis["clv"] or kpis["scores"]):
        return None
    worth: Predicted | None = None
    if kpis["clv"] is not None:
        predictor = value.predictor
        if predictor is None or not predictor.model.tells_worth:
            raise scope.fail(node.at("clv"), "`clv` needs a `model` with `p`, `q` and `v`")
        worth = Predicted(predictor, value.orders, CLV, kpis["clv"], Decimal(0), below=False)
    scores = tuple(label for label in value.labels.values() if isinstance(label, Rfm))
    if kpis["scores"] and not scores:
        raise scope.fail(node.at("scores"), "there is no `rfm` whose scores to count")
    return Summing(terms, worth, scores if kpis["scores"] else ())


def counting_of(
    kpis: Mapping[str, Any] | None,
    alerts: Mapping[str, tuple[Alert, Zone | None]] | None,
    terms: OrderTerms,
    lifecycle: Label,
    sums: Summing | None,
) -> Counting | None:
    """The terms of counting; None if the file does not ask for counts."""
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
    moved = lifecycle if kpis["lifecycle"] else None
    return Counting(terms.zone, conversion, named, moved, sums)
