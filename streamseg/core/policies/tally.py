"""How many triggers wait for a policy: counted by what contacts at rest have, as it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streamseg.core.at_rest import WaitingAtRest
from streamseg.core.policies.gates import reason_of
from streamseg.core.resting import body_of, has_all_fields
from streamseg.core.rule_set import RuleSet

Where = tuple[str, str]  # a segment, and the gate that a trigger was deferred for
_decode: Final = msgspec.msgpack.Decoder(WaitingAtRest).decode


class WaitingTally:
    """Counts triggers that wait, by segment and by the gate that each was deferred for.

    ``prefix`` is that of contacts' records in the changelog. Contacts of another layout than that
    of the rules count once they are brought to it.
    """

    def __init__(self, rules: RuleSet, prefix: bytes) -> None:
        self._names = [one.name for one in rules.segments]
        self._prefix = prefix
        self._layout = 0
        self._counts: dict[Where, int] = {}
        self._waiting: dict[bytes, tuple[Where, ...]] = {}  # by key of a contact of whom any wait
        self._known: dict[tuple[Where, ...], tuple[Where, ...]] = {}  # so that many share one

    @property
    def counts(self) -> dict[Where, int]:
        """How many wait, by segment and gate, where any do."""
        return {where: count for where, count in self._counts.items() if count}

    def begin(self, layout: int, resting: Mapping[bytes, bytes]) -> None:
        """Count those of contacts at rest."""
        self._layout = layout
        self._counts, self._waiting = {}, {}
        for raw, value in resting.items():
            if has_all_fields(value):
                self._note(self._prefix + raw, value)

    def take(self, changes: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Count again those of contacts of whom the changelog gets records."""
        waiting = self._waiting
        for key, value in changes:
            if waiting and key in waiting:
                for where in waiting.pop(key):
                    self._counts[where] -= 1
            if value is not None and has_all_fields(value):
                self._note(key, value)

    def _note(self, key: bytes, value: bytes) -> None:
        fields = _decode(body_of(value))
        if fields.layout != self._layout:
            return
        found: list[Where] = []
        for trigger in fields.waiting:
            for gate in trigger.closed:  # the first; of one that is asked in a moment there is none
                where = self._names[trigger.segment], reason_of(gate)
                self._counts[where] = self._counts.get(where, 0) + 1
                found.append(where)
                break
        if found:
            kind = tuple(found)
            self._waiting[key] = self._known.setdefault(kind, kind)
