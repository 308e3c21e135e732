"""How many triggers wait for a policy: counted by what contacts at rest have, as it changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from streamseg.core.at_rest import WaitingAtRest
from streamseg.core.policies.gates import reason_of
from streamseg.core.resting import body_of, has_all_fields
from streamseg.core.rule_set import RuleSet

_decode: Final = msgspec.msgpack.Decoder(WaitingAtRest).decode


class WaitingTally:
    """Counts triggers that wait, by segment and by the gate that each was deferred for.

    Contacts of another layout than ``layout`` count once they are brought to it.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._names = [one.name for one in rules.segments]
        self._counts: dict[tuple[str, str], int] = {}
        self.layout = 0

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many wait, by segment and gate, where any do."""
        return {where: count for where, count in self._counts.items() if count}

    def begin(self, layout: int, resting: Iterable[bytes]) -> None:
        """Count those of contacts at rest."""
        self.layout = layout
        self._counts = {}
        for value in resting:
            if has_all_fields(value):
                self._add(value, 1)

    def change(self, before: bytes | None, after: bytes | None) -> None:
        """A contact at rest is another now (None: there is none)."""
        if before is not None and has_all_fields(before):
            self._add(before, -1)
        if after is not None and has_all_fields(after):
            self._add(after, 1)

    def _add(self, value: bytes, count: int) -> None:
        fields = _decode(body_of(value))
        if fields.layout != self.layout:
            return
        for trigger in fields.waiting:
            for gate in trigger.closed:  # the first; of one that is asked in a moment there is none
                where = self._names[trigger.segment], reason_of(gate)
                self._counts[where] = self._counts.get(where, 0) + count
                break
