"""Making a contact smaller that has outgrown a changelog record.

Rules whose worst case would not fit are refused, so this meets state of former rules, and what
waits to be told. First the keys go that were touched longest ago, then the contexts of what waits
to be told, then the largest of what else is remembered.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.contact import ENCODED, Contact
from streamseg.core.deciding import Decider
from streamseg.core.membership import NO_EVENT
from streamseg.core.pending import STORY
from streamseg.core.rule_set import RuleSet

_encode: Final = msgspec.msgpack.Encoder().encode
_EMPTY_STORY: Final = '{"context":{},"why":[]}'


def shrink(contact: Contact, rules: RuleSet, decider: Decider, excess: int) -> int:
    """Have a contact take ``excess`` bytes less, or nearly; how many things it forgot.

    Who leaves a segment by it is told as ever; keys leave as forgotten.
    """
    asking, forgotten = 0, 0
    for table, key in _keys_by_age(contact):
        if excess <= 0:
            break
        excess -= _size(contact.keyed[table][key])
        asking |= decider.forget_key(contact, rules.tables[table], key)
        forgotten += 1
    for entry in contact.pending if excess > 0 else ():
        if len(entry[STORY]) > len(_EMPTY_STORY):
            excess -= len(entry[STORY].encode())
            entry[STORY] = _EMPTY_STORY
            forgotten += 1
    features = contact.features
    for place in sorted(features, key=lambda place: -_size(features[place])):
        if excess <= 0:
            break
        excess -= _size(features.pop(place))
        forgotten += 1
        for segment in rules.segments:
            if place in segment.places and not segment.is_instant:
                asking |= segment.bit
    contact.unbar()
    decider.decide_all(contact, asking, {}, contact.latest, NO_EVENT)
    return forgotten


def _keys_by_age(contact: Contact) -> list[tuple[int, str]]:
    """Tables and keys, those touched longest ago first."""
    found: list[tuple[int, int, str]] = []
    for table, keys in contact.keyed.items():
        for key in list(keys):
            state = contact.key(table, key)
            if state is not None:
                found.append((state[0], table, key))
    return [(table, key) for _, table, key in sorted(found)]


def _size(state: Any) -> int:
    return len(state) if type(state) is ENCODED else len(_encode(state))
