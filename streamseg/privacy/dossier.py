"""Compiles all that is known of a contact into one document: its state and its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import orjson

from streamseg.core.contacts.resting import layout_of
from streamseg.core.policies.arms import HOLDOUT
from streamseg.core.values.timestamps import format_time
from streamseg.explain.contact import describe
from streamseg.explain.dossier import Dossier, Erasure, InWords, Proof, RecordOf
from streamseg.explain.readable import fired, remembered, waits
from streamseg.privacy.finding import Found, find
from streamseg.privacy.identity import AtRest, State, person_of
from streamseg.privacy.proof import proofs_of
from streamseg.privacy.search import Search
from streamseg.rules.explaining import explain
from streamseg.state.contact_line import line_of
from streamseg.state.naming import Names
from streamseg.stream.changelog import read_contact
from streamseg.stream.scanning import Scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.core.peek import Peek
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.settings import Settings

_decode: Final = msgspec.msgpack.Decoder().decode
_OWN: Final = ("changelog", "signals")  # of these the state says what they hold


async def compile_dossier(
    settings: Settings,
    contact: str,
    also: list[str],
    rules: RuleSet | None,
    now_ms: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> Dossier:
    """Read all topics for a contact, for the ids that led to it, and for those given (``also``).

    It is about the contact that the id was merged into, as an erasure is.
    """
    person = await person_of(settings, contact, lambda: Scan(settings, None, on_progress))
    asked, contact, rest = contact, person.passed[-1], person.keeper
    ids = [*person.ids, *also]
    found = await find(settings, Search(ids), Scan(settings, None, on_progress))
    proofs = await proofs_of(settings, ids, Scan(settings))
    states = [_state(contact, one) for one in rest.states]
    dossier = Dossier(
        contact=contact,
        exported_at=format_time(now_ms),
        led_to_by=person.merged,
        merged_into=None if contact == asked else contact,
        erased=_erasure(rest),
        proofs=[_proof(one, record) for one, own in proofs.items() for record in own],
        state=states[0] if states else None,
        more_states=states[1:],
        now=None,
        in_words=[],
        fired=[],
        waits=[],
        arms={},
        records=[_record(one) for one in found],
    )
    if rules is not None and rest.states:
        scan = Scan(settings, None, on_progress)
        core, _ = await read_contact(settings, rules, rest.states[0].partition, contact, scan)
        peek = core.peek(contact, core.now)
        if peek is not None:
            dossier.now = describe(peek, raw=False)
            dossier.now.merged_into = dossier.merged_into
            dossier.in_words = _in_words(rules, peek)
            dossier.fired, dossier.waits = fired(peek), waits(peek)
            dossier.arms = _arms(rules, contact)
    return dossier


def _erasure(rest: AtRest) -> Erasure | None:
    grave = rest.grave
    return None if grave is None else Erasure(format_time(grave.at), grave.name, grave.removed)


def _proof(contact: str, record: Any) -> Proof:
    return msgspec.convert({**orjson.loads(record.value), "contact": contact}, Proof)


def _state(contact: str, state: State) -> dict[str, Any]:
    number = layout_of(state.value)
    return line_of(contact.encode(), state.value, Names(number, _decode(state.layouts[number])))


def _in_words(rules: RuleSet, peek: Peek) -> list[InWords]:
    needed: dict[str, list[str]] = {}
    for one in explain(rules).remembered:
        needed[one.memory.what] = [*needed.get(one.memory.what, []), *one.segments]
    return [
        InWords(one.what, list(dict.fromkeys(needed.get(one.what, []))), one.key, one.value)
        for one in remembered(peek)
    ]


def _arms(rules: RuleSet, contact: str) -> dict[str, str]:
    arms = {}
    for segment in rules.defined:
        policy = segment.policy
        if policy is None:
            continue
        arm = policy.variant(contact, "")
        is_drawn = arm == HOLDOUT or policy.split is None or not policy.split.by_trigger
        if arm is not None and is_drawn:
            arms[segment.name] = arm
    return arms


def _record(found: Found) -> RecordOf:
    record = found.record
    told = RecordOf(found.place, format_time(record.timestamp), list(found.parts))
    if found.topic.short not in _OWN:
        told.key, told.value = _plain(record.key), _plain(record.value)
        told.headers = {name: _plain(value) for name, value in record.headers}
    return told


def _plain(data: bytes | None) -> Any:
    if data is None:
        return None
    try:
        return orjson.loads(data) if data[:1] in (b"{", b"[") else data.decode()
    except orjson.JSONDecodeError:
        return data.decode(errors="backslashreplace")
    except UnicodeDecodeError:
        return data.hex()
