"""Counts the triggers that wait for a policy, over all contacts at rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streamseg.core.contacts.at_rest import TriggersAtRest
from streamseg.core.contacts.resting import body_of, has_all_fields
from streamseg.core.policies.gates import reason_of
from streamseg.core.policies.waiting import Waiting, waiting_of
from streamseg.core.segments.rule_set import RuleSet

Where = tuple[str, str]  # a segment, and the gate that a trigger was deferred for
Kind = tuple[Where, ...]
_NONE: Final[Kind] = ()
_decode: Final = msgspec.msgpack.Decoder(TriggersAtRest).decode


class WaitingTally:
    """Counts waiting triggers by segment and by the gate that deferred each.

    Contacts under another layout count once they are brought to the present one.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._names = [one.name for one in rules.segments]
        self._counts: dict[Where, int] = {}
        self._waiting: dict[bytes, Kind] = {}  # by contact with triggers that wait
        self._known: dict[Kind, Kind] = {}  # so that equal ones share an object

    @property
    def counts(self) -> dict[Where, int]:
        """The number of waiting triggers by segment and gate, without zeros."""
        return {where: count for where, count in self._counts.items() if count}

    def begin(self, layout: int, resting: Mapping[bytes, bytes]) -> None:
        """Count the triggers of all contacts at rest."""
        self._counts, self._waiting = {}, {}
        for raw, value in resting.items():
            if has_all_fields(value):
                fields = _decode(body_of(value))
                if fields.layout == layout:
                    self.note(raw, [waiting_of(one) for one in fields.waiting])

    def note(self, raw: bytes, waiting: list[Waiting]) -> None:
        """Replace the counts of a contact."""
        if not waiting and not self._waiting:
            return
        before, after = self._waiting.get(raw, _NONE), _NONE
        if waiting:
            after = self._kind_of(waiting)
        if after is before:
            return
        for where in before:
            self._counts[where] -= 1
        for where in after:
            self._counts[where] = self._counts.get(where, 0) + 1
        if after:
            self._waiting[raw] = after
        else:
            del self._waiting[raw]

    def forget(self, changes: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Drop the counts of contacts that these changelog records delete."""
        if self._waiting:
            for key, value in changes:
                if value is None:
                    self.note(key[1:], [])

    def _kind_of(self, waiting: list[Waiting]) -> Kind:
        """The segment and gate that triggers count under; equal ones are the same object."""
        found: list[Where] = []
        for trigger in waiting:
            for gate in trigger.closed:  # the first one; a trigger not asked yet has none
                found.append((self._names[trigger.segment], reason_of(gate)))
                break
        if not found:
            return _NONE
        kind = tuple(found)
        return self._known.setdefault(kind, kind)
