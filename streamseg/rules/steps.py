"""Kinds for ladders that are not of durations: ascending numbers, and tiers with names."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from streamseg.core.predicates import Number, format_number
from streamseg.rules.document import Node
from streamseg.rules.kinds import Integer, NumberKind
from streamseg.rules.reading import Bad, JsonSchema, Kind, Scope
from streamseg.rules.records import pairs_of

Num = TypeVar("Num", int, Number)
Step = tuple[str, Num]


class Steps(Kind, Generic[Num]):
    """A number, or several in ascending order; read as (label as written, number)."""

    def __init__(self, number: Kind) -> None:
        self._number = number

    def read(self, node: Node, scope: Scope) -> list[Step[Num]]:
        if not isinstance(node.value, list) or node.is_mapping:
            return [self._step(node, scope)]
        if not node.value:
            raise scope.fail(node, "an empty ladder; name one number or more")
        steps = [self._step(one, scope) for one in node.value]
        _check_ascent(steps, node.value, scope)
        return steps

    def _step(self, node: Node, scope: Scope) -> Step[Num]:
        value = self._number.read(node, scope)
        return (str(value), value)

    def schema(self) -> JsonSchema:
        one = self._number.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


class Tiers(Kind):
    """Numbers in ascending order, or a mapping from names to such; read as (label, number)."""

    _number = NumberKind()
    _steps: Steps[Number] = Steps(_number)

    def read(self, node: Node, scope: Scope) -> list[Step[Number]]:
        if not node.is_mapping:
            return self._steps.read(node, scope)
        named = pairs_of(node, scope)
        if not named:
            raise scope.fail(node, "no tiers; name one or more")
        steps = [(name, self._number.read(value, scope)) for name, (_, value) in named.items()]
        _check_ascent(steps, [value for _, value in named.values()], scope)
        return steps

    def schema(self) -> JsonSchema:
        number = self._number.schema()
        named = {"type": "object", "minProperties": 1, "additionalProperties": number}
        return {"anyOf": [*self._steps.schema()["anyOf"], named]}


def whole_steps(least: int, most: int) -> Steps[int]:
    """Steps of whole numbers between bounds."""
    return Steps(Integer(least, most))


def _check_ascent(steps: list[Step[Any]], places: list[Node], scope: Scope) -> None:
    """Report the first step that is not above the one before. Raises Bad."""
    for (_, before), (_, after), place in zip(steps, steps[1:], places[1:], strict=False):
        if after <= before:
            scope.report(place, f"a ladder must ascend; {format_number(after)} is not more")
            raise Bad
