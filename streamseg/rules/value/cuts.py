"""A kind of what labels are cut by: ascending lists."""

from __future__ import annotations

from typing import Any, Final

from streamseg.rules.document import Node
from streamseg.rules.reading import JsonSchema, Kind, Scope, read_all

MAX_CUTS: Final = 8


class Cuts(Kind):
    """Ascending values, 1 to 8 of them: so many scores and one more."""

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

    def normal(self, value: Any) -> Any:
        return [self._item.normal(one) for one in value]

    def written(self, value: Any) -> str:
        return f"[{', '.join(self._item.written(one) for one in value)}]"
