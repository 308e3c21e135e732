"""``membership:``: whether entries and exits are told, and for which contacts."""

from __future__ import annotations

from typing import Any

from streamseg.core.policies.answers import Consent
from streamseg.rules.document import Node
from streamseg.rules.kinds import Boolean
from streamseg.rules.policies.file import UNREADABLE
from streamseg.rules.policies.kinds import References
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record

MEMBERSHIP_FIELDS: Fields = {
    "consent": Field(
        References("consent", "ads"), "the consents of which one must be given", required=True
    ),
}


class MembershipKind(Kind):
    """Whether entries and exits are told, or the consents that are needed for it."""

    sample = "true"
    _flag = Boolean()
    _record = Record(MEMBERSHIP_FIELDS)

    def read(self, node: Node, scope: Scope) -> Any:
        if not node.is_mapping:
            return self._flag.read(node, scope)
        return self._record.read(node, scope)["consent"]

    def schema(self) -> JsonSchema:
        return {"anyOf": [self._flag.schema(), self._record.schema()]}


def membership_of(value: Any, scope: Scope) -> tuple[bool, tuple[Consent, ...]]:
    """Whether membership is told, and the consents that are needed for it. Raises Bad."""
    if isinstance(value, bool):
        return value, ()
    if scope.policies is UNREADABLE:
        return True, ()
    known = {} if scope.policies is None else scope.policies.shared.consents
    names = References.chosen(value, known, "consent", scope)
    return True, tuple(known[name] for name in names)
