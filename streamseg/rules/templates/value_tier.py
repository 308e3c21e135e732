"""``value_tier``: what the contact has spent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.aggregate import Aggregate
from streamseg.core.definitions import Episode, Rung
from streamseg.core.predicates import Comparison, Where
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
    doc="The totals of the contact's orders, ever or of the last time, come to at least so much. "
    "Each tier is a rung; the contact is in all tiers up to the highest.",
    parameters={
        "tiers": Field(
            Tiers(), "sums in ascending order, or a mapping from names to such", required=True
        ),
        "within": Field(Duration(), "how long ago the orders may be (ever)"),
        "currency": Field(Text(), "count only orders in this currency (all, added as they are)"),
    },
    expand=_expand,
    context=("spent",),
    example="{tiers: {silver: 500, gold: 2000}, within: 365d, currency: EUR}",
)
