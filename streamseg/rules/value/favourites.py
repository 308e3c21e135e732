"""``favourites`` of a rule file: the field and events that count, and the half-life."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.features.favourites import MAX_COUNT, Favourites
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration, EventType, Integer, ListOf, Named, Text
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record

FAVOURITES_FIELDS: Fields = {
    "of": Field(
        Text("a field of data"),
        "`product`, `category`, `brand` or another field of the events' data",
        required=True,
    ),
    "over": Field(
        ListOf(EventType(), or_one=True),
        "the event types that count",
        ["product_viewed", "cart_item_added"],
    ),
    "weights": Field(
        Named(Integer(1, MAX_COUNT), "weights"), "how much an event of each type counts (default 1)"
    ),
    "half_life": Field(
        Duration(), "the time after which an event counts half as much", 30 * DAY_MS
    ),
    "top": Field(Integer(1, 32), "how many of them the context of a trigger has", 3),
}


class FavouritesKind(Kind):
    """One favourites; read as (the feature, how many values a context has)."""

    sample = "{of: category}"
    _fields = Record(FAVOURITES_FIELDS)

    def read(self, node: Node, scope: Scope) -> tuple[Favourites, int]:
        values = self._fields.read(node, scope)
        types, weights = weighed_types(values, node, scope)
        half_life = values["half_life"]
        return Favourites(values["of"], types, weights, half_life), values["top"]

    def schema(self) -> JsonSchema:
        return self._fields.schema()


def weighed_types(
    values: Mapping[str, Any], node: Node, scope: Scope
) -> tuple[tuple[str, ...], dict[str, int]]:
    """The event types that count, and their weights other than 1."""
    types = tuple(sorted(set(values["over"])))
    weights: dict[str, int] = values["weights"] or {}
    for name in weights:
        if name not in types:
            place = node.at("weights").at(name)
            raise scope.fail(place, f"{name} is not among the types in `over`")
    return types, weights
