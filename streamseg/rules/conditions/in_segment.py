"""``in_segment``: the contact is in another segment."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.in_segment import InSegment
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.kinds import Text
from streamseg.rules.problems import one_of
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    name = values["in_segment"]
    place = node.at("in_segment")
    if name in scope.instant_segments:
        raise scope.fail(place, f"{name!r} is an instant rule: nobody is ever in it")
    if name not in scope.segments:
        others = [
            one
            for one in scope.segments
            if one != scope.segment and one not in scope.instant_segments
        ]
        allowed = one_of(name, others) if others else "there is no other to ask about"
        raise scope.fail(place, f"no segment {name!r}; {allowed}")
    scope.references.append((scope.segment, name, place))


SPEC = ConditionSpec(
    word="in_segment",
    doc="The contact is in the named segment, on any rung. If both segments have the same `per`, "
    "it must be in for the same key, else for any key.",
    fields={"in_segment": Field(Text("the name of a segment"), "its name", required=True)},
    build=lambda values: InSegment(values["in_segment"]),
    check=_check,
    example="{in_segment: loyal}",
)
