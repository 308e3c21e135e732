"""``did``: something happened so often."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.did import Did
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration, EventTypes, Integer
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field

MOST = 10_000


def _bounds(values: Mapping[str, Any]) -> tuple[int, int | None]:
    at_least, at_most = values["at_least"], values["at_most"]
    if at_least is None:
        at_least = 1 if at_most is None else 0
    return at_least, at_most


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    at_least, at_most = _bounds(values)
    if at_most is not None and at_most < at_least:
        raise scope.fail(node.at("at_most"), f"at_most {at_most} is less than at_least {at_least}")


def _build(values: Mapping[str, Any]) -> Did:
    at_least, at_most = _bounds(values)
    return Did(values["did"], values["where"], at_least, at_most, values["within"])


SPEC = ConditionSpec(
    word="did",
    doc="The number of matching events, ever or in (t - within, t], is at least `at_least` and at "
    "most `at_most`.",
    fields={
        "did": Field(
            EventTypes(),
            "an event type, a list of event types, or `any` for any activity",
            required=True,
        ),
        "where": Field(WhereKind(), "condition on the event's data"),
        "at_least": Field(
            Integer(0, MOST), "the smallest number (default 1; with only `at_most`: 0)"
        ),
        "at_most": Field(Integer(0, MOST), "the largest number (default: no limit)"),
        "within": Field(Duration(), "how long ago at most"),
    },
    build=_build,
    check=_check,
    example="{did: product_viewed, where: {category: bags}, at_least: 3, within: 21d}",
)
