"""``privacy:`` of a rule file: when a contact is forgotten without being asked to."""

from __future__ import annotations

from typing import Final

from streamseg.core.zones import DAY_MS
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field, Fields, Record


class _Days(Duration):
    """A duration of at least a day; read as ms."""

    sample = "1095d"

    def read(self, node: Node, scope: Scope) -> int:
        duration = super().read(node, scope)
        if duration < DAY_MS:
            raise scope.fail(node, f"must be at least 1d, not {node.value!r}: all state goes")
        return duration


PRIVACY_FIELDS: Fields = {
    "forget_after": Field(
        _Days(),
        "a contact without activity for so long is erased, as by `contact_erased`",
        required=True,
    ),
}
PRIVACY: Final = Record(PRIVACY_FIELDS)
