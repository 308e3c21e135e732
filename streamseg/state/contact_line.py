"""A contact's state as a JSON object, by names, and back to the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from streamseg.core.contacts.at_rest import ContactAtRest
from streamseg.core.contacts.resting import body_of, due_of, has_short_anchors, rested
from streamseg.core.contacts.short_anchors import lengthen, shorten
from streamseg.core.features.base import FOREVER
from streamseg.core.messages.pending import RUNG, SEGMENT
from streamseg.state.naming import Names, plain, restored

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
_FIELDS: Final = ContactAtRest.__struct_fields__
_CONTACT: Final = -1


def line_of(raw: bytes, value: bytes, names: Names) -> dict[str, Any]:
    """A contact at rest by the names of its layout: its id, and each field that is written."""
    due = due_of(value)
    line: dict[str, Any] = {"contact": raw.decode(), "due": None if due == FOREVER else due}
    fields = dict(zip(_FIELDS, _decode(body_of(value)), strict=False))
    if has_short_anchors(value):
        lengthen(fields["slots"])
    for field, written in fields.items():
        line[field] = _named(field, written, names)
    line["layout"] = names.number
    return line


def bytes_of(line: dict[str, Any], names: Names) -> bytes:
    """Undo ``line_of``. Raises StateError, KeyError, TypeError or ValueError for no such line."""
    fields = {field: _numbered(field, line[field], names) for field in _FIELDS if field in line}
    short = shorten(fields["slots"])
    if short is not None:
        fields["slots"] = short
    due = FOREVER if line["due"] is None else line["due"]
    return rested(due, bool(line["keys"]), short is not None, _encode(list(fields.values())))


def _named(field: str, written: Any, names: Names) -> Any:
    name = _NAMED.get(field)
    return plain(written) if name is None or written is None else name[0](written, names)


def _numbered(field: str, told: Any, names: Names) -> Any:
    name = _NAMED.get(field)
    return restored(told) if name is None or told is None else name[1](told, names)


def _name_keys(groups: dict[int, Any], names: Names) -> list[Any]:
    """The keys of each group as ``[segments, [[key, touched, features, memberships], …]]``."""
    return [
        [
            names.groups[group],
            [
                [key, touched, names.name_states(group, states), names.name_slots(group, slots)]
                for key, (touched, states, slots) in keys.items()
            ],
        ]
        for group, keys in groups.items()
    ]


def _number_keys(told: list[Any], names: Names) -> dict[int, Any]:
    groups: dict[int, Any] = {}
    for segments, keys in told:
        group = names.group(segments)
        groups[group] = {
            key: [touched, names.number_states(group, states), names.number_slots(group, slots)]
            for key, touched, states, slots in keys
        }
    return groups


def _name_deadlines(deadlines: dict[int, int], names: Names) -> list[Any]:
    """Deadlines as ``[kind, segment or feature, instant]``."""
    return [
        ["feature", names.features[~number], instant]
        if number < 0
        else ["segment", names.segments[number], instant]
        for number, instant in deadlines.items()
    ]


def _number_deadlines(told: list[Any], names: Names) -> dict[int, int]:
    return {
        ~names.column(_CONTACT, name) if kind == "feature" else names.segment(name): instant
        for kind, name, instant in told
    }


def _name_pending(pending: list[list[Any]], names: Names) -> list[Any]:
    """Items with the names of their segment and rung."""
    told = []
    for item in pending:
        named = [plain(one) for one in item]
        named[SEGMENT] = names.segments[item[SEGMENT]]
        named[RUNG] = names.rungs[item[SEGMENT]][item[RUNG]]
        told.append(named)
    return told


def _number_pending(told: list[Any], names: Names) -> list[list[Any]]:
    pending = []
    for named in told:
        item = [restored(one) for one in named]
        item[SEGMENT] = names.segment(named[SEGMENT])
        item[RUNG] = names.rungs[item[SEGMENT]].index(named[RUNG])
        pending.append(item)
    return pending


def _name_trigger(trigger: list[Any], names: Names) -> list[Any]:
    """A trigger that waits, with the names of its segment and rung."""
    named = [plain(one) for one in trigger]
    named[0], named[2] = names.segments[trigger[0]], names.rungs[trigger[0]][trigger[2]]
    return named


def _number_trigger(named: list[Any], names: Names) -> list[Any]:
    trigger = [restored(one) for one in named]
    segment = trigger[0] = names.segment(named[0])
    trigger[2] = names.rungs[segment].index(named[2])
    return trigger


def _name_untold(untold: list[list[Any]], names: Names) -> list[Any]:
    return [[*one[:2], _name_trigger(one[2], names), *one[3:]] for one in untold]


def _number_untold(told: list[Any], names: Names) -> list[list[Any]]:
    return [[*one[:2], _number_trigger(one[2], names), *one[3:]] for one in told]


def _name_key_since(since: dict[int, dict[int, int]], names: Names) -> list[Any]:
    return [[names.groups[group], names.name_states(group, one)] for group, one in since.items()]


def _number_key_since(told: list[Any], names: Names) -> dict[int, dict[int, int]]:
    of_groups = ((names.group(segments), since) for segments, since in told)
    return {group: names.number_states(group, since) for group, since in of_groups}


_Named = tuple[Callable[[Any, Names], Any], Callable[[Any, Names], Any]]
# The fields whose numbers a layout names; the others are told as they are.
_NAMED: Final[dict[str, _Named]] = {
    "layout": (lambda number, names: number, lambda number, names: names.number),
    "keys": (_name_keys, _number_keys),
    "features": (
        lambda states, names: names.name_states(_CONTACT, states),
        lambda states, names: names.number_states(_CONTACT, states),
    ),
    "deadlines": (_name_deadlines, _number_deadlines),
    "slots": (
        lambda slots, names: names.name_slots(_CONTACT, slots),
        lambda slots, names: names.number_slots(_CONTACT, slots),
    ),
    "key_deadlines": (
        lambda deadlines, names: {names.segments[one]: keys for one, keys in deadlines.items()},
        lambda deadlines, names: {names.segment(one): keys for one, keys in deadlines.items()},
    ),
    "pending": (_name_pending, _number_pending),
    "since": (
        lambda since, names: names.name_states(_CONTACT, since),
        lambda since, names: names.number_states(_CONTACT, since),
    ),
    "key_since": (_name_key_since, _number_key_since),
    "waiting": (
        lambda waiting, names: [_name_trigger(one, names) for one in waiting],
        lambda told, names: [_number_trigger(one, names) for one in told],
    ),
    "untold": (_name_untold, _number_untold),
}
