"""``most_viewed`` of a rule file: the products that all contacts together view most."""

from __future__ import annotations

from typing import Final

from streamseg.core.counting.terms import Viewing
from streamseg.core.counting.views import MOST_PRODUCTS
from streamseg.rules.document import Node
from streamseg.rules.kinds import EventType, Integer, ListOf
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record
from streamseg.rules.value.favourites import FAVOURITES_FIELDS, weighed_types

TAKEN: Final = "top"  # what keys of the topic of statistics begin with

MOST_VIEWED_FIELDS: Fields = {
    "over": Field(
        ListOf(EventType(), or_one=True),
        "the event types that count as a view of their product",
        ["product_viewed"],
    ),
    "weights": FAVOURITES_FIELDS["weights"],
    "half_life": FAVOURITES_FIELDS["half_life"],
    "top": Field(Integer(1, MOST_PRODUCTS), "how many products are shown", 20),
}


class MostViewedKind(Kind):
    """What counts as a view; read as a Viewing."""

    _fields = Record(MOST_VIEWED_FIELDS)

    def read(self, node: Node, scope: Scope) -> Viewing:
        values = self._fields.read(node, scope)
        types, weights = weighed_types(values, node, scope)
        return Viewing(types, weights, values["half_life"], values["top"])

    def schema(self) -> JsonSchema:
        return self._fields.schema()


def report_taken(names: list[Node], scope: Scope) -> None:
    """Report a segment whose records would have the keys of the most viewed products."""
    for name in names if scope.value.viewing is not None else ():
        if name.value == TAKEN:
            scope.report(
                name,
                f"with `value.most_viewed` no segment can be called {TAKEN!r}, as keys of the "
                "topic of statistics are; give it another name",
            )
