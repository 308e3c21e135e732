"""``identity:`` of a rule file: which contacts are not merged into another one."""

from __future__ import annotations

from typing import Final

from streamseg.core.conditions.attribute import AttributeIs
from streamseg.core.values.predicates import Comparison
from streamseg.rules.comparisons import operands_of, operator_fields
from streamseg.rules.document import Node
from streamseg.rules.policies.kinds import Path
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record

PROTECT_FIELDS: Fields = {
    "attribute": Field(Path(), "path of the attribute; a dot leads into an object", required=True),
    **operator_fields(),
}


class _ProtectKind(Kind):
    """A condition on an attribute: contacts that meet it are protected; read as a condition."""

    sample = "{attribute: email, exists: true}"
    _record = Record(PROTECT_FIELDS)

    def read(self, node: Node, scope: Scope) -> AttributeIs:
        values = self._record.read(node, scope)
        operands = operands_of(values)
        if not operands:
            raise scope.fail(node, "say what the attribute must be, as with exists: true")
        return AttributeIs(values["attribute"], Comparison(operands))

    def schema(self) -> JsonSchema:
        return self._record.schema()


IDENTITY_FIELDS: Fields = {
    "protect": Field(
        _ProtectKind(),
        "a contact that meets this condition is not merged into another, so that a shared browser "
        "does not join two known people",
        required=True,
    ),
}
IDENTITY: Final = Record(IDENTITY_FIELDS)
