"""``value_tier``: what the contact has spent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.aggregate import Aggregate
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.predicates import Comparison, Where
from streamseg.rules.kinds import Duration, Text
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template
from streamseg.rules.tiers import Tiers


def _expand(values: Mapping[str, Any]) -> Expansion:
    currency = values["currency"]
    where = None if currency is None else Where({"currency": Comparison({"eq": currency})})
    spent = [
        Aggregate("sum", "total", ("order_placed",), where, values["within"], {"gte": least})
        for _, least in values["tiers"]
    ]
    rungs = [Rung(label, one) for (label, _), one in zip(values["tiers"], spent, strict=True)]
    return Expansion(rungs, Episode(context=lambda ctx: {"spent": spent[0].value(ctx)}))


TEMPLATE = Template(
    name="value_tier",
    doc="The totals of the contact's orders, ever or within `within`, add up to at least the "
    "tier's sum. Each tier is a rung; the contact is on all rungs up to the highest that it "
    "reaches.",
    parameters={
        "tiers": Field(
            Tiers(), "sums in ascending order, or a mapping from names to sums", required=True
        ),
        "within": Field(Duration(), "how old an order may be (default: any age)"),
        "currency": Field(
            Text(), "count only orders in this currency (default: count all, without conversion)"
        ),
    },
    expand=_expand,
    context=("spent",),
    example="{tiers: {silver: 500, gold: 2000}, within: 365d, currency: EUR}",
)
