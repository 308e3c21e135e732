"""``alerts:`` of a rule file: bounds on the size of a segment, and on how fast contacts enter."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from streamseg.core.counting.terms import Alert
from streamseg.core.segments.segment import Segment
from streamseg.core.values.zones import Zone
from streamseg.rules.comparisons import Percentage
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Duration, Integer, Named, NumberKind, Text
from streamseg.rules.problems import one_of
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record, pairs_of
from streamseg.rules.zones import ZoneKind

_MOST: Final = 10**9
_WHOLE: Final = Decimal(100)
_FORMS: Final = ("members", "change", "surge", "slump")  # one of them is given
_OF_SIZES: Final = ("for", "clear")
_OF_SURGES: Final = ("k", "least", "zone")
FIRED: Final = "fired"
ACTIVITY: Final = "activity"
_MEASURE: Final = Choice("entered", FIRED, ACTIVITY)

BOUND_FIELDS: Fields = {
    "lt": Field(Integer(0, _MOST), "raise the alert while there are fewer members"),
    "gt": Field(Integer(0, _MOST), "raise the alert while there are more members"),
}
CHANGE_FIELDS: Fields = {
    "within": Field(Duration(), "compare with the number of members this long ago", required=True),
    "drop": Field(Percentage(), "raise the alert while the number is lower by at least this share"),
    "rise": Field(
        Percentage(), "raise the alert while the number is higher by at least this share"
    ),
}
ALERT_FIELDS: Fields = {
    "segment": Field(
        Text("the name of a segment"), "the segment that the alert watches", required=True
    ),
    "members": Field(Record(BOUND_FIELDS), "raise the alert by the number of members"),
    "change": Field(
        Record(CHANGE_FIELDS), "raise the alert by the change of the number of members"
    ),
    "surge": Field(
        _MEASURE,
        "raise the alert when five minutes have more of this than is usual at that hour of the "
        "week: contacts that entered, triggers that fired, or events of members",
    ),
    "slump": Field(
        _MEASURE,
        "raise the alert when five minutes have less of this than is usual at that hour of the "
        "week",
    ),
    "for": Field(
        Duration(zero=True),
        "for how long the bound of `members` or `change` must be passed",
        300_000,
    ),
    "clear": Field(
        Percentage(),
        "clear the alert only when the number of members is back past the bound by this share "
        "of it",
        Decimal(0),
    ),
    "k": Field(NumberKind(), "how many spreads from the usual number are a surge or slump", 5),
    "least": Field(
        Integer(0, _MOST),
        "fewer than this in five minutes are no surge; where fewer are usual there is no slump",
        20,
    ),
    "zone": Field(ZoneKind(), "time zone of the hours of the week (default: `value.zone`)"),
}


class AlertKind(Kind):
    """One alert; read as an Alert without its name, and the zone that it names."""

    sample = "{segment: vips, members: {lt: 500}}"
    _fields = Record(ALERT_FIELDS)

    def read(self, node: Node, scope: Scope) -> tuple[Alert, Zone | None]:
        _note_alerted(node, scope)
        values = self._fields.read(node, scope)
        forms = [name for name in _FORMS if values[name] is not None]
        if len(forms) != 1:
            raise scope.fail(node, "give either `members`, `change`, `surge` or `slump`")
        form = forms[0]
        is_surge = form in ("surge", "slump")
        given = pairs_of(node, scope)
        for name in _OF_SIZES if is_surge else _OF_SURGES:
            if name in given:
                others = "`members` and `change`" if is_surge else "`surge` and `slump`"
                raise scope.fail(given[name][0], f"`{name}` is only for {others}; leave it out")
        if form == "change" and "clear" in given:
            raise scope.fail(given["clear"][0], "`clear` is only for `members`; leave it out")
        read = _surge if is_surge else _bound
        return read(node, form, values, scope), values["zone"]

    def schema(self) -> JsonSchema:
        return self._fields.schema()


def _note_alerted(node: Node, scope: Scope) -> None:
    """Note which segment an alert watches, whatever else is wrong with it."""
    given = {key.value: value for key, value in node.value} if node.is_mapping else {}
    name = given.get("segment")
    if name is not None and isinstance(name.value, str):
        measures = [given[form].value for form in ("surge", "slump") if form in given]
        scope.alerted.append((name, measures[0] if measures else "members"))


def _bound(node: Node, form: str, values: Mapping[str, Any], scope: Scope) -> Alert:
    given = values[form]
    bounds = [name for name in ("lt", "gt", "drop", "rise") if given.get(name) is not None]
    if len(bounds) != 1:
        choice = "`lt` or `gt`" if form == "members" else "`drop` or `rise`"
        raise scope.fail(node.at(form), f"give either {choice}")
    if given.get("drop") is not None and not 0 < given["drop"] <= _WHOLE:
        raise scope.fail(node.at("change"), "a `drop` is above 0% and at most 100%")
    limit: Any = given[bounds[0]]
    if bounds[0] == "lt" and limit == 0:
        raise scope.fail(node.at("members"), "there are never fewer than 0: give `lt` 1 or more")
    return Alert(
        "", values["segment"], bounds[0], Decimal(limit), given.get("within"), values["for"],
        values["clear"],
    )  # fmt: skip


def _surge(node: Node, form: str, values: Mapping[str, Any], scope: Scope) -> Alert:
    if not values["k"] > 0:
        raise scope.fail(node.at("k"), "`k` is above 0")
    return Alert(
        "",
        values["segment"],
        form,
        limit=Decimal(0),
        within=None,
        hold=0,
        clear=Decimal(0),
        measure=values[form],
        k=Decimal(values["k"]),
        least=values["least"],
    )


ALERTS = Named(AlertKind(), "alerts")


def report_unwatchable(scope: Scope) -> None:
    """Report alerts on unknown segments, and on members of instant rules. The names of segments
    are enough to tell these: other errors of the segments do not hide them.
    """
    for node, measure in scope.alerted:
        if node.value not in scope.segments:
            message = f"no segment {node.value!r}; {one_of(str(node.value), scope.segments)}"
            scope.report(node, message)
        elif node.value in scope.instant_segments and measure != FIRED:
            message = (
                f"{node.value} has `on:`, so it has no members: use a surge or slump of `fired`"
            )
            scope.report(node, message)


def report_uncountable(scope: Scope, segments: Mapping[str, Segment]) -> None:
    """Report alerts on the activity of keys."""
    for node, measure in scope.alerted:
        segment = segments.get(node.value)
        if segment is not None and segment.per is not None and measure == ACTIVITY:
            message = (
                f"{node.value} is `per: {segment.per}`, and keys have no activity: use `entered`"
            )
            scope.report(node, message)
