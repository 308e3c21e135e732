"""How many triggers wait for a policy, of all contacts at rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streamseg.core.at_rest import WaitingAtRest
from streamseg.core.policies.gates import reason_of
from streamseg.core.policies.waiting import Waiting
from streamseg.core.resting import body_of, has_all_fields
from streamseg.core.rule_set import RuleSet

Where = tuple[str, str]  # a segment, and the gate that a trigger was deferred for
_decode: Final = msgspec.msgpack.Decoder(WaitingAtRest).decode


class WaitingTally:
    """Counts triggers that wait, by segment and by the gate that each was deferred for.

    Contacts of another layout than that of the rules count once they are brought to it.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._names = [one.name for one in rules.segments]
        self._counts: dict[Where, int] = {}
        self._waiting: dict[bytes, tuple[Where, ...]] = {}  # by contact of whom any wait
        self._known: dict[tuple[Where, ...], tuple[Where, ...]] = {}  # so that many share one

    @property
    def counts(self) -> dict[Where, int]:
        """How many wait, by segment and gate, where any do."""
        return {where: count for where, count in self._counts.items() if count}

    def begin(self, layout: int, resting: Mapping[bytes, bytes]) -> None:
        """Count those of contacts at rest."""
        self._counts, self._waiting = {}, {}
        for raw, value in resting.items():
            if has_all_fields(value):
                fields = _decode(body_of(value))
                if fields.layout == layout:
                    self._add(raw, fields.waiting)

    def note(self, raw: bytes, waiting: list[Waiting]) -> None:
        """Count those of a contact as they are from now on."""
        if self._waiting:
            for where in self._waiting.pop(raw, ()):
                self._counts[where] -= 1
        if waiting:
            self._add(raw, waiting)

    def forget(self, changes: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Count none of contacts that are no more, by what the changelog gets of contacts."""
        if self._waiting:
            for key, value in changes:
                if value is None:
                    self.note(key[1:], [])

    def _add(self, raw: bytes, waiting: list[Waiting]) -> None:
        found: list[Where] = []
        for trigger in waiting:
            for gate in trigger.closed:  # the first; of one that is asked in a moment there is none
                where = self._names[trigger.segment], reason_of(gate)
                self._counts[where] = self._counts.get(where, 0) + 1
                found.append(where)
                break
        if found:
            kind = tuple(found)
            self._waiting[raw] = self._known.setdefault(kind, kind)
