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
    "amount": Field(
        Text("a path in data"), "the field of `order_placed` that is added up", "total"
    ),
    "currency": Field(
        Text(), "count only orders in this currency (default: count all, without conversion)"
    ),
    "cancelled": Field(
        Duration(),
        "an `order_cancelled` within this time undoes its order (default: none does)",
    ),
}

VALUE_FIELDS: Fields = {
    "zone": Field(
        ZoneKind(),
        "time zone of the shop's days, months and cohorts (default: `policies.zone.default`, else "
        "UTC)",
    ),
    "orders": Field(Record(ORDERS_FIELDS), "which orders count, and which field is their amount"),
    "rfm": Field(
        Named(RfmKind(), "RFM"),
        "scores of recency, frequency and monetary value; each RFM has a name that you choose",
    ),
    "tables": Field(TablesKind(), "when quantiles over the shop's own contacts are computed again"),
    "lifecycle": Field(LifecycleKind(), "when each stage of the customer life cycle begins"),
    "tier": Field(TIER, "named tiers, by what a contact has ordered"),
    "favourites": Field(
        Named(FavouritesKind(), "favourites"),
        "the values that a contact's events name most; each of these counts has a name that "
        "you choose",
    ),
    "most_viewed": Field(
        MostViewedKind(),
        "count the products that all contacts together view most; recent views count more",
    ),
    "model": Field(
        ModelKind(), "parameters of the prediction model, or the file that `streamseg fit` wrote"
    ),
    "kpis": Field(
        Record(KPIS_FIELDS), "count triggers that were told, and the conversions that followed"
    ),
    "alerts": Field(
        ALERTS,
        "alerts on a segment's size or on unusual activity; each has a name that you choose",
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
    """The file's settings of orders and labels; read as a Value, which is then in the scope."""

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
