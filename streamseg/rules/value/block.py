"""``value:`` of a rule file as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.base import Label
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration, Named, Text
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record
from streamseg.rules.value.alerts import ALERT_FIELDS, ALERTS
from streamseg.rules.value.favourites import FAVOURITES_FIELDS, FavouritesKind
from streamseg.rules.value.kpis import KPIS_FIELDS, counting_of, summing_of
from streamseg.rules.value.lifecycle import LIFECYCLE_FIELDS, LifecycleKind, lifecycle_label
from streamseg.rules.value.model import MODEL_FIELDS, ModelKind
from streamseg.rules.value.most_viewed import MOST_VIEWED_FIELDS, MostViewedKind
from streamseg.rules.value.rfm import RFM_FIELDS, RfmKind, rfm_label
from streamseg.rules.value.tables import TABLES_FIELDS, TablesKind, table_terms
from streamseg.rules.value.terms import Value
from streamseg.rules.value.tier import TIER, TIER_FIELDS, tier_label
from streamseg.rules.zones import ZoneKind

ORDERS_FIELDS: Fields = {
    "amount": Field(Text("a path in data"), "the field of `order_placed` that is summed", "total"),
    "currency": Field(Text(), "count only orders in this currency (all, added as they are)"),
    "cancelled": Field(
        Duration(),
        "an order with an `order_cancelled` so soon is as if it had never been (nothing is undone)",
    ),
}

VALUE_FIELDS: Fields = {
    "zone": Field(
        ZoneKind(),
        "the zone of the shop's days, months and cohorts (`policies.zone.default`, else UTC)",
    ),
    "orders": Field(Record(ORDERS_FIELDS), "which orders count, and for how much"),
    "rfm": Field(Named(RfmKind(), "RFM"), "recency, frequency and sums, by names of your own"),
    "tables": Field(TablesKind(), "when quantiles of the shop's own contacts are found anew"),
    "lifecycle": Field(LifecycleKind(), "when each stage of a customer's life begins"),
    "tier": Field(TIER, "sums of orders with names"),
    "favourites": Field(
        Named(FavouritesKind(), "favourites"), "what contacts like best, by names of your own"
    ),
    "most_viewed": Field(
        MostViewedKind(), "count which products all contacts together look at most of late"
    ),
    "model": Field(
        ModelKind(), "the parameters of what is predicted, or the file that `streamseg fit` wrote"
    ),
    "kpis": Field(Record(KPIS_FIELDS), "count what was told, and what came of it"),
    "alerts": Field(
        ALERTS,
        "bounds of how many are in a segment, and of how fast they come, by names of your own",
    ),
}
VALUE_PARTS: Mapping[str, Fields] = {
    "orders": ORDERS_FIELDS,
    "rfm.NAME": RFM_FIELDS,
    "tables": TABLES_FIELDS,
    "lifecycle": LIFECYCLE_FIELDS,
    "tier": TIER_FIELDS,
    "favourites.NAME": FAVOURITES_FIELDS,
    "most_viewed": MOST_VIEWED_FIELDS,
    "model": MODEL_FIELDS,
    "kpis": KPIS_FIELDS,
    "alerts.NAME": ALERT_FIELDS,
}
VALUE_EXAMPLE: Final = (
    "{orders: {currency: UAH, cancelled: 60d}, lifecycle: {at_risk: 90d, lost: 365d, vip: 20000}}"
)


class ValueKind(Kind):
    """What the file says of orders and labels; read as a Value, which the scope has since."""

    _fields = Record(VALUE_FIELDS, at_least_one=True)

    def read(self, node: Node, scope: Scope) -> Value:
        scope.value.is_bad = True
        values = self._fields.read(node, scope)
        given = values["orders"] or {}
        zone = values["zone"] or scope.value.zone
        terms = OrderTerms(
            given.get("amount", "total"), given.get("currency"), given.get("cancelled"), zone
        )
        labels: dict[str, Label] = {"lifecycle": lifecycle_label(values["lifecycle"], terms)}
        for name, cuts in (values["rfm"] or {}).items():
            tables = table_terms(values["tables"], zone)
            labels[f"rfm.{name}"] = rfm_label(name, cuts, terms, tables)
        if values["tier"] is not None:
            labels["tier"] = tier_label(
                values["tier"], terms, values["model"], node.at("tier"), scope
            )
        favourites, clocks = values["favourites"] or {}, scope.value.clocks
        value = Value(zone, favourites, clocks, terms, labels, values["model"])
        at, kpis = table_terms(values["tables"], zone), values["kpis"]
        sums = summing_of(kpis, value, at, node.at("kpis"), scope)
        value.counting = counting_of(kpis, values["alerts"], terms, labels["lifecycle"], sums)
        value.viewing = values["most_viewed"]
        scope.value = value
        return value

    def schema(self) -> JsonSchema:
        return self._fields.schema()
