"""What is remembered of a contact, what fired and what waits, in readable form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamseg.core.contacts.contact import FEATURES
from streamseg.core.contacts.slots import firings_of, last_fired, last_firing
from streamseg.core.messages.pending import CONTENT, DUE, ENTRY_ANCHOR, KEY, RUNG, SEGMENT
from streamseg.core.values.timestamps import format_time
from streamseg.explain.answers import Remembered
from streamseg.explain.dossier import Fired, Waits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamseg.core.peek import Peek


def remembered(peek: Peek) -> list[Remembered]:
    """What each feature remembers; of a segment `per:` by key."""
    contact, rules = peek.contact, peek.rules
    found = []
    for column, feature in enumerate(rules.contact.features):
        state = contact.state(column)
        if state is not None:
            found.append(Remembered(feature.memory.what, None, feature.readable(state)))
    for group in rules.key_groups:
        for key in contact.keys.get(group.index, {}):
            of_key = contact.key(group.index, key)
            assert of_key is not None
            for column, feature in enumerate(group.columns.features):
                if column in of_key[FEATURES]:
                    value = feature.readable(of_key[FEATURES][column])
                    found.append(Remembered(feature.memory.what, key, value))
    return found


def fired(peek: Peek) -> list[Fired]:
    """The last firing of each segment, rung and key, and how many there were."""
    found = []
    for segment in peek.rules.defined:
        keys: list[str | None] = [None] if segment.per is None else [*peek.keys(segment)]
        for key in keys:
            for number, rung in enumerate(segment.rungs):
                slot = peek.membership(segment, key, number).slot
                at = last_firing(slot)
                if at is not None:
                    anchor = _text(last_fired(slot))
                    one = Fired(
                        segment.name, rung.label, key, format_time(at), anchor, firings_of(slot)
                    )
                    found.append(one)
    return found


def waits(peek: Peek) -> list[Waits]:
    """The triggers that are decided and not told yet, and those that wait for a policy."""
    pending = [
        _waits(peek, (one[SEGMENT], one[RUNG], one[KEY]), one[DUE], one[ENTRY_ANCHOR], {})
        for one in peek.contact.pending
        if one[CONTENT]
    ]
    waiting = [
        _waits(peek, (one.segment, one.rung, one.key), one.entered_at, one.anchor, one.closed)
        for one in peek.contact.waiting
    ]
    return pending + waiting


def _waits(
    peek: Peek,
    where: tuple[int, int, str | None],
    entered_at: int,
    anchor: int | str,
    closed: Mapping[str, int | None],
) -> Waits:
    index, rung, key = where
    segment = peek.rules.segments[index]
    return Waits(
        segment.told_as.name,
        segment.rungs[rung].label,
        key,
        format_time(entered_at),
        _text(anchor),
        {gate: _text(until) for gate, until in closed.items()},
    )


def _text(moment: int | str | None) -> str | None:
    return format_time(moment) if isinstance(moment, int) else moment
