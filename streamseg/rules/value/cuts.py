"""Kinds of cuts of labels: ascending lists, and quantiles of the shop's own contacts."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from streamseg.rules.document import Node
from streamseg.rules.kinds import Integer
from streamseg.rules.reading import JsonSchema, Kind, Scope, read_all
from streamseg.rules.records import Field, Record

MAX_CUTS: Final = 8


class GivenCuts(NamedTuple):
    """Cuts, and whether they are only the fallback until there is a table."""

    cuts: tuple[Any, ...]
    are_fallback: bool = False


class FixedCuts(Kind):
    """1 to 8 ascending values, for one more score than values."""

    def __init__(self, item: Kind) -> None:
        self._item = item
        self.sample = f"[{item.sample}]"

    def read(self, node: Node, scope: Scope) -> tuple[Any, ...]:
        if not isinstance(node.value, list) or node.is_mapping:
            raise scope.fail(node, f"must be a list of cuts, not {node.kind}")
        if not 1 <= len(node.value) <= MAX_CUTS:
            raise scope.fail(node, f"must be 1 to {MAX_CUTS} cuts, not {len(node.value)}")
        cuts = read_all(node.value, self._item, scope)
        for before, after, place in zip(cuts, cuts[1:], node.value[1:], strict=False):
            if after <= before:
                raise scope.fail(place, "cuts must ascend; this one is not above the one before")
        return tuple(cuts)

    def schema(self) -> JsonSchema:
        items = self._item.schema()
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MAX_CUTS}

    def written(self, value: Any) -> str:
        return f"[{', '.join(self._item.written(one) for one in value)}]"


class CutsKind(Kind):
    """A list of cuts, or quantiles with a fallback; read as GivenCuts."""

    def __init__(self, item: Kind) -> None:
        self._fixed = FixedCuts(item)
        self.sample = self._fixed.sample
        self._quantiles = Record(
            {
                "quantiles": Field(
                    Integer(2, MAX_CUTS + 1), "in how many equal parts to cut", required=True
                ),
                "fallback": Field(
                    self._fixed, "the cuts until there is a table of quantiles", required=True
                ),
            }
        )

    def read(self, node: Node, scope: Scope) -> GivenCuts:
        if not node.is_mapping:
            return GivenCuts(self._fixed.read(node, scope))
        values = self._quantiles.read(node, scope)
        scores, cuts = values["quantiles"], values["fallback"]
        if len(cuts) + 1 != scores:
            message = f"{scores} quantiles take {scores - 1} cuts, not {len(cuts)}"
            raise scope.fail(node.at("fallback"), message)
        return GivenCuts(cuts, are_fallback=True)

    def schema(self) -> JsonSchema:
        return {"anyOf": [self._fixed.schema(), self._quantiles.schema()]}

    def written(self, value: Any) -> str:
        return self._fixed.written(value.cuts)
