"""``rfm`` of a rule file: cuts, and the names of the grid's cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.rfm import GRID, Events, FromTables, Rfm
from streamseg.core.tables.quantiles import SCALES, Cuts
from streamseg.core.tables.terms import TableTerms
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration, EventTypes, Integer, ListOf, Named, NumberKind
from streamseg.rules.labels import OWN_NAMES, check_own_names
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record
from streamseg.rules.value.cuts import CutsKind, GivenCuts

ORDERS: Final = "orders"
_DAYS: Final = (30, 60, 120, 365)


class _Cell(Kind):
    """A pair (r, V)."""

    sample = "[5, 5]"
    _pair = ListOf(Integer(1, 9))

    def read(self, node: Node, scope: Scope) -> tuple[int, int]:
        pair = self._pair.read(node, scope)
        if len(pair) != 2:
            raise scope.fail(node, "must be a pair of scores: recency and value, such as [5, 4]")
        return pair[0], pair[1]

    def schema(self) -> JsonSchema:
        item = {"type": "integer", "minimum": 1, "maximum": 9}
        return {"type": "array", "items": item, "minItems": 2, "maxItems": 2}


class _OwnNames(Named):
    """Values by the names of a label."""

    def schema(self) -> JsonSchema:
        return {**super().schema(), "propertyNames": OWN_NAMES}


RFM_FIELDS: Fields = {
    "over": Field(EventTypes(ORDERS), "`orders`, or the event types that count", ORDERS),
    "where": Field(WhereKind(), "condition on these events' data; not with `orders`"),
    "within": Field(
        Duration(),
        "the window in which events count for frequency and monetary value",
        365 * DAY_MS,
    ),
    "recency": Field(
        CutsKind(Duration()),
        "cuts by the age of the last event: from the first on a contact has the second best "
        "score, and so on",
        GivenCuts(tuple(days * DAY_MS for days in _DAYS)),
    ),
    "frequency": Field(
        CutsKind(Integer(1, 1000)),
        "cuts by the number of events: how many the second score takes, the third, and so on",
        GivenCuts((2, 3, 5, 10)),
    ),
    "monetary": Field(
        CutsKind(NumberKind()),
        "cuts by the sum: how much the second score takes, the third, and so on (default: no such "
        "score; `value` is the frequency score)",
    ),
    "segments": Field(
        _OwnNames(ListOf(_Cell()), "segments"),
        "names of segments, each with its pairs (recency, value), the worst segment first; "
        "required unless there are 5 scores",
    ),
}


class RfmKind(Kind):
    """How one RFM is cut; read as its fields, checked together."""

    sample = "{recency: [30d, 60d, 120d, 365d], frequency: [2, 3, 5, 10]}"
    _fields = Record(RFM_FIELDS)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        values = self._fields.read(node, scope)
        scores = len(values["recency"].cuts) + 1
        for name in ("frequency", "monetary"):
            given = values[name]
            if given is not None and len(given.cuts) + 1 != scores:
                raise scope.fail(
                    node.at(name),
                    f"{len(given.cuts) + 1} scores, and recency has {scores}: all need as many",
                )
        for name in ("where",) if values["over"] == ORDERS else ("monetary",):
            if values[name] is not None:
                what = "events that are no orders" if name == "where" else "`over: orders`"
                raise scope.fail(node.at(name), f"`{name}` is only for {what}")
        values["segments"] = self._grid(values["segments"], scores, node, scope)
        return values

    def _grid(
        self, named: dict[str, list[tuple[int, int]]] | None, scores: int, node: Node, scope: Scope
    ) -> dict[str, tuple[tuple[int, int], ...]]:
        """The names of the cells. Raises Bad where a cell has none, or two."""
        place = node.at("segments")
        if named is None:
            if scores == 5:
                return GRID
            raise scope.fail(
                node, f"`segments` is missing: only 5 scores have default names, not {scores}"
            )
        check_own_names(place, scope)
        of_cell: dict[tuple[int, int], str] = {}
        for name, cells in named.items():
            for cell in cells:
                if max(cell) > scores:
                    raise scope.fail(place.at(name), f"{list(cell)}: there are {scores} scores")
                if cell in of_cell:
                    raise scope.fail(
                        place.at(name), f"{list(cell)} is of {of_cell[cell]!r} already"
                    )
                of_cell[cell] = name
        every = [(r, v) for r in range(1, scores + 1) for v in range(1, scores + 1)]
        without = [list(cell) for cell in every if cell not in of_cell]
        if without:
            raise scope.fail(place, f"no segment has the cell {without[0]} (recency, value)")
        return {name: tuple(cells) for name, cells in named.items()}

    def schema(self) -> JsonSchema:
        return self._fields.schema()


def rfm_label(name: str, values: Mapping[str, Any], terms: OrderTerms, tables: TableTerms) -> Rfm:
    """The label of the fields' values."""
    over = None if values["over"] == ORDERS else Events(values["over"], values["where"])
    given: dict[str, GivenCuts] = {one: values[one] for one in SCALES if values[one] is not None}
    monetary = given["monetary"].cuts if "monetary" in given else ()
    cuts = Cuts(given["recency"].cuts, given["frequency"].cuts, monetary)
    quantiles = tuple(one for one, those in given.items() if those.are_fallback)
    grid = values["segments"]
    from_tables = FromTables(quantiles, tables)
    return Rfm(f"rfm.{name}", terms, over, values["within"], cuts, grid, from_tables)
