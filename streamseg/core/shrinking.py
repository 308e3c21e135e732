"""Shrinks a contact that has outgrown a changelog record.

Rules whose worst case does not fit are refused. So this is needed only for state from former rules,
and if very many messages are pending. First the least recently touched keys go, then the contents
of pending messages, then the largest states of features.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.contacts.contact import ENCODED, Contact
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.messages.pending import CONTENT
from streamseg.core.segments.rule_set import RuleSet

_encode: Final = msgspec.msgpack.Encoder().encode
_EMPTY_CONTENT: Final = '{"context":{},"why":[]}'


def shrink(contact: Contact, rules: RuleSet, evaluator: Evaluator, excess: int) -> int:
    """Shrink a contact by about ``excess`` bytes; returns how many things it forgot.

    Exits that follow are emitted as usual; keys leave with the cause ``forgotten``.
    """
    asking, forgotten = 0, 0
    for key_group, key in _keys_by_age(contact):
        if excess <= 0:
            break
        excess -= _size(contact.keys[key_group][key])
        asking |= evaluator.forget_key(contact, rules.key_groups[key_group], key)
        forgotten += 1
    for entry in contact.pending if excess > 0 else ():
        if len(entry[CONTENT]) > len(_EMPTY_CONTENT):
            excess -= len(entry[CONTENT].encode())
            entry[CONTENT] = _EMPTY_CONTENT
            forgotten += 1
    for decision in contact.decisions if excess > 0 else ():
        if len(decision.content) > len(_EMPTY_CONTENT):
            excess -= len(decision.content.encode())
            decision.content = ""
            forgotten += 1
    features = contact.features
    for column in sorted(features, key=lambda column: -_size(features[column])):
        if excess <= 0:
            break
        excess -= _size(features.pop(column))
        forgotten += 1
        for segment in rules.segments:
            if column in segment.columns and not segment.is_instant:
                asking |= segment.bit
    contact.totals = {}
    evaluator.evaluate(contact, asking, contact.latest)
    if contact.waiting:
        evaluator.policy_stage.ask(contact, contact.latest)
    return forgotten


def _keys_by_age(contact: Contact) -> list[tuple[int, str]]:
    """Key groups and keys, the least recently touched first."""
    found: list[tuple[int, int, str]] = []
    for key_group, keys in contact.keys.items():
        for key in list(keys):
            state = contact.key(key_group, key)
            if state is not None:
                found.append((state[0], key_group, key))
    return [(key_group, key) for _, key_group, key in sorted(found)]


def _size(state: Any) -> int:
    return len(state) if type(state) is ENCODED else len(_encode(state))
