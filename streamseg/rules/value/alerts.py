"""``alerts:`` of a rule file: bounds of how many are in a segment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from streamseg.core.counting.terms import Alert
from streamseg.rules.comparisons import Percentage
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration, Integer, Named, Text
from streamseg.rules.problems import one_of
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record

_MOST: Final = 10**9
_WHOLE: Final = Decimal(100)

BOUND_FIELDS: Fields = {
    "lt": Field(Integer(0, _MOST), "raised while there are fewer"),
    "gt": Field(Integer(0, _MOST), "raised while there are more"),
}
CHANGE_FIELDS: Fields = {
    "within": Field(Duration(), "compared with how many there were so long ago", required=True),
    "drop": Field(Percentage(), "raised while there are so much fewer, or fewer still"),
    "rise": Field(Percentage(), "raised while there are so much more, or more still"),
}
ALERT_FIELDS: Fields = {
    "segment": Field(Text("the name of a segment"), "whose members are counted", required=True),
    "members": Field(Record(BOUND_FIELDS), "how many there are"),
    "change": Field(Record(CHANGE_FIELDS), "by how much that has changed"),
    "for": Field(Duration(zero=True), "how long it must be so", 300_000),
    "clear": Field(
        Percentage(), "cleared only when the bound of `members` is passed by so much", Decimal(0)
    ),
}


class AlertKind(Kind):
    """One alert; read as an Alert without its name."""

    sample = "{segment: vips, members: {lt: 500}}"
    _fields = Record(ALERT_FIELDS)

    def read(self, node: Node, scope: Scope) -> Alert:
        values = self._fields.read(node, scope)
        members, change = values["members"], values["change"]
        if (members is None) == (change is None):
            raise scope.fail(node, "give either `members` or `change`")
        given = members or change
        bounds = [name for name in ("lt", "gt", "drop", "rise") if given.get(name) is not None]
        if len(bounds) != 1:
            choice = "`lt` or `gt`" if change is None else "`drop` or `rise`"
            raise scope.fail(node.at("members", "change"), f"give either {choice}")
        if given.get("drop") is not None and not 0 < given["drop"] <= _WHOLE:
            raise scope.fail(node.at("change"), "a `drop` is above 0% and at most 100%")
        scope.alerted.append(node.at("segment"))
        limit: Any = given[bounds[0]]
        return Alert(
            "", values["segment"], bounds[0], Decimal(limit), given.get("within"), values["for"],
            values["clear"],
        )  # fmt: skip

    def schema(self) -> JsonSchema:
        return self._fields.schema()


ALERTS = Named(AlertKind(), "alerts")


def report_unknown(scope: Scope) -> None:
    """Report alerts on segments that there are not."""
    for node in scope.alerted:
        if node.value not in scope.segments:
            message = f"no segment {node.value!r}; {one_of(str(node.value), scope.segments)}"
            scope.report(node, message)
