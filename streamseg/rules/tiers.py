"""A kind for tiers: ascending numbers, with names or without."""

from __future__ import annotations

from streamseg.core.values.predicates import Number
from streamseg.rules.document import Node
from streamseg.rules.kinds import Ascending, NumberKind, check_ascent
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import pairs_of

Step = tuple[str, Number]


class Tiers(Kind):
    """Numbers in ascending order, or a mapping from names to such; read as (label, number)."""

    _number = NumberKind()
    _steps = Ascending(_number, "number")

    def read(self, node: Node, scope: Scope) -> list[Step]:
        if not node.is_mapping:
            return self._steps.read(node, scope)
        named = pairs_of(node, scope)
        if not named:
            raise scope.fail(node, "no tiers; name one or more")
        steps = [(name, self._number.read(value, scope)) for name, (_, value) in named.items()]
        check_ascent([one for _, one in steps], [value for _, value in named.values()], scope)
        return steps

    def schema(self) -> JsonSchema:
        number = self._number.schema()
        named = {"type": "object", "minProperties": 1, "additionalProperties": number}
        return {"anyOf": [*self._steps.schema()["anyOf"], named]}
