"""``privacy:`` of a rule file: when contacts are erased, and how they object to profiling."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.values.zones import DAY_MS
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Duration, ListOf
from streamseg.rules.policies.kinds import Path
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record


class _Days(Duration):
    """A duration of at least a day; read as ms."""

    sample = "1095d"

    def read(self, node: Node, scope: Scope) -> int:
        duration = super().read(node, scope)
        if duration < DAY_MS:
            raise scope.fail(node, f"must be at least 1d, not {node.value!r}: it erases all state")
        return duration


_PSEUDONYMS: Final = ("decisions", "membership", "erasures", "logs")
TOPICS: Final = frozenset({"decisions", "membership"})  # of these, where there is a choice
PRIVACY_FIELDS: Fields = {
    "forget_after": Field(
        _Days(),
        "erase a contact after this long without activity, as `contact_erased` does",
    ),
    "profiling": Field(
        Path(),
        "path of an attribute; while it is false, the contact is in no segment, and only this "
        "attribute, consents and ids are remembered",
    ),
    "pseudonyms": Field(
        ListOf(Choice(*_PSEUDONYMS)),
        "where a keyed hash stands for a contact's id; in `erasures` and `logs` it always does",
    ),
}


class _PrivacyKind(Kind):
    """Settings for all contacts, at least one."""

    sample = "{forget_after: 1095d}"
    _record = Record(PRIVACY_FIELDS)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        values = self._record.read(node, scope)
        if not any(values.values()):
            raise scope.fail(node, f"say {' or '.join(PRIVACY_FIELDS)}")
        return values

    def schema(self) -> JsonSchema:
        return self._record.schema() | {"minProperties": 1}


PRIVACY: Final = _PrivacyKind()
