"""A contact as it is now: the answer from its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from streamseg.core.contacts.contact import FEATURES
from streamseg.core.contacts.deadlines import deadline_of
from streamseg.core.contacts.slots import ANCHOR, ENTERED_AT, is_inside
from streamseg.core.features.base import FOREVER
from streamseg.core.values.timestamps import LATEST_MS, format_time
from streamseg.explain.answers import ContactAnswer, Due, Remembered, StateAnswer, Stay

if TYPE_CHECKING:
    from streamseg.core.peek import Peek
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.core.segments.segment import Segment


def describe(peek: Peek, *, raw: bool) -> ContactAnswer:
    """Its segments, what is due next, attributes and cart; ``raw``: all that is remembered, too."""
    contact = peek.contact
    attributes: dict[str, Any] = {}
    cart: dict[str, Any] | None = None
    for column, feature in enumerate(peek.rules.contact.features):
        state = contact.state(column)
        shown = None if state is None else feature.shown(state, peek.instant)
        if shown is None:
            continue
        kind, name, value = shown
        if kind == "cart":
            if cart is None or not name:  # of several kinds the plainest
                cart = value
        elif value is not None:
            attributes[name] = value
    return ContactAnswer(
        contact=contact.id,
        at=format_time(peek.instant),
        generation=None,
        decided_at=format_time(max(contact.latest, 0)),
        segments=[stay for segment in peek.rules.defined for stay in _stays(peek, segment)],
        next=_due(peek),
        attributes=attributes,
        cart=cart,
        state=StateAnswer(format_time(peek.instant), None, {}),
        raw=_remembered(peek) if raw else None,
    )


def _stays(peek: Peek, segment: Segment) -> list[Stay]:
    stays = []
    keys: list[str | None] = [None] if segment.per is None else [*peek.keys(segment)]
    for key in keys:
        slots = peek.slots(segment, key)
        for number, rung in enumerate(segment.rungs):
            slot = slots.get(segment.first_slot + number)
            if slot is not None and is_inside(slot):
                anchor = slot[ANCHOR]
                stays.append(
                    Stay(
                        segment=segment.name,
                        rung=rung.label,
                        key=key,
                        entered_at=format_time(slot[ENTERED_AT]),
                        anchor=anchor if isinstance(anchor, str) else format_time(anchor),
                    )
                )
    return stays


def _due(peek: Peek) -> Due | None:
    """The next instant noted, and the segments that it was noted for."""
    contact, rules = peek.contact, peek.rules
    noted: list[tuple[int, list[str]]] = []
    for index, due in contact.deadlines.items():
        if index >= 0:
            noted.append((due, _names_of(rules, rules.segments[index])))
        else:
            noted.append(
                (due, [one.name for one in rules.defined if deadline_of(index) in one.columns])
            )
    for index, deadlines in contact.key_deadlines.items():
        noted += [(due, [rules.segments[index].name]) for due in deadlines.values()]
    soonest = min((due for due, names in noted if names), default=FOREVER)
    if soonest > LATEST_MS:
        return None
    names = [name for due, some in noted if due == soonest for name in some]
    return Due(format_time(soonest), list(dict.fromkeys(names)))


def _names_of(rules: RuleSet, segment: Segment) -> list[str]:
    """A segment's name; of one that keeps a label's moves those that ask about these."""
    if segment.keeps is None:
        return [segment.name]
    return [one.name for one in rules.defined if one in segment.referrers]


def _remembered(peek: Peek) -> list[Remembered]:
    contact, rules = peek.contact, peek.rules
    found = []
    for column, feature in enumerate(rules.contact.features):
        state = contact.state(column)
        if state is not None:
            found.append(Remembered(feature.memory.what, None, _plain(state)))
    for group in rules.key_groups:
        for key in contact.keys.get(group.index, {}):
            of_key = contact.key(group.index, key)
            assert of_key is not None
            for column, feature in enumerate(group.columns.features):
                if column in of_key[FEATURES]:
                    value = _plain(of_key[FEATURES][column])
                    found.append(Remembered(feature.memory.what, key, value))
    return found


def _plain(state: Any) -> Any:
    """A state as JSON can have it: keys are texts, bytes are hexadecimal."""
    if isinstance(state, bytes):
        return state.hex()
    if isinstance(state, dict):
        return {str(key): _plain(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return [_plain(one) for one in state]
    return msgspec.to_builtins(state)
