"""Shows people what is known of a contact, and what is left of an erased one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from streamseg.core.errors import Refused
from streamseg.core.events import Event
from streamseg.core.values.timestamps import format_time, parse_time
from streamseg.explain.rendering import clock, contact_lines
from streamseg.formats.canonical import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamseg.explain.dossier import Dossier, RecordOf
    from streamseg.privacy.remains import Remaining


def dossier_lines(known: Dossier, key: bytes) -> list[str]:
    """What is known of a contact, in short; proofs were looked for under a key (empty: none)."""
    lines = [known.contact] if known.now is None else contact_lines(known.now)
    if known.merged_into is not None and known.now is None:
        lines.append(f"  who was asked for is {known.merged_into} now")
    if known.led_to_by:
        lines.append(f"  led to by: {', '.join(known.led_to_by)}")
    lines += _erasure_lines(known, key)
    lines += _pending_lines(known)
    lines += [f"  arm {arm} of {segment}" for segment, arm in known.arms.items()]
    for hit in known.fired:
        times = "once" if hit.fired == 1 else f"{hit.fired} times"
        at = clock(hit.entered_at)
        lines.append(f"  {_named(hit.segment, hit.rung, hit.key)} fired {times}, last as of {at}")
    for wait in known.waits:
        name, gates = _named(wait.segment, wait.rung, wait.key), ", ".join(wait.closed)
        since = clock(wait.entered_at)
        lines.append(f"  {name} waits since {since}{f' for {gates}' if gates else ' to be told'}")
    for one in known.in_words:
        whose = "" if one.key is None else f" ({one.key})"
        lines.append(f"  remembers {one.what}{whose}, for {', '.join(one.needed_by)}")
    if known.state is None:
        lines.append("  no state: never seen, erased, or of another id")
    elif known.now is None:
        features = _counted(len(known.state["features"]), "feature")
        lines.append(f"  remembers {features} (--rules F says in words which)")
    if known.more_states:
        lines.append(f"  has state in {_counted(len(known.more_states), 'more partition')}")
    counts = Counter(record.place.rpartition("-")[0] for record in known.records)
    lines += [f"  {_counted(count, 'record')} in {topic}" for topic, count in counts.items()]
    return lines


def _erasure_lines(known: Dossier, key: bytes) -> list[str]:
    """Each erasure, and what is proven of it."""
    if known.erased is None and not known.proofs:
        return [f"  no erasure of it is noted {under(key)}"]
    lines = []
    if known.erased is not None and known.erased.erased_at not in [
        proof.erased_at for proof in known.proofs if proof.contact == known.contact
    ]:
        at, request = clock(known.erased.erased_at), known.erased.request
        lines.append(f"  erased at {at}, as {request} asked for; its proof is missing")
    for proof in known.proofs:
        whose = "" if proof.contact == known.contact else f"{proof.contact} "
        at, asked = clock(proof.erased_at), f"{proof.answered} of {proof.asked} merged ids"
        with_it = f", with {asked}" if proof.asked else ""
        end = (
            "not verified yet"
            if proof.verified_at is None
            else f"in no topic at {clock(proof.verified_at)}"
        )
        lines.append(f"  {whose}erased at {at}, as {proof.request} asked for{with_it}; {end}")
    return lines


def _pending_lines(known: Dossier) -> list[str]:
    """Erasures that are asked for in `events`, and not noted yet."""
    noted = [(known.contact, known.erased.erased_at)] if known.erased is not None else []
    noted += [(proof.contact, proof.erased_at) for proof in known.proofs]
    lines = []
    for record in known.records:
        event = _request_of(record)
        if event is None:
            continue
        # A sender's clock that is ahead makes an erasure no later than its arrival.
        at = min(event.time, parse_time(record.at))
        if any(one == event.contact and at <= parse_time(since) for one, since in noted):
            continue
        whose = "" if event.contact == known.contact else f"{event.contact} "
        when, request = clock(format_time(at)), event.id or record.place
        lines.append(f"  {whose}erasure asked for at {when}, as {request}: not noted yet")
    return lines


def _request_of(record: RecordOf) -> Event | None:
    """The event of a record that asks for an erasure; None where it is none."""
    told, topic = record.value, record.place.rpartition("-")[0]
    is_one = isinstance(told, dict) and told.get("type") == "contact_erased"
    if not is_one or not topic.endswith("events"):
        return None
    try:
        event = decode(msgspec.json.encode(told))
    except Refused:
        return None
    return event if isinstance(event, Event) else None


def under(key: bytes) -> str:
    """Under which key erasures were looked for."""
    return f"under {'this' if key else 'no'} STREAMSEG_PRIVACY_KEY"


def no_proof(ids: Sequence[str], key: bytes) -> str:
    """What it means where no id has a proof."""
    return (
        f"no erasure of {', '.join(ids)} is noted {under(key)}, so this proves nothing: it was "
        "never asked for, no worker has carried it out yet, the id is mistyped, or the workers "
        "have another key, under which records may still name it by its pseudonym"
    )


def some_without_proof(ids: Sequence[str]) -> str:
    """What it means where other ids have one: so the key is the workers'."""
    return (
        f"{', '.join(ids)}: in no topic, but no erasure of it is noted: it is mistyped, or it "
        "never led to the contact"
    )


def _counted(count: int, what: str) -> str:
    """`1 record`, `2 records`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _named(segment: str, rung: str | None, key: str | None) -> str:
    """A segment with its rung and key, as far as there are any."""
    return " ".join(one for one in (segment, rung, key) if one is not None)


def remaining_lines(ids: Sequence[str], left: list[Remaining]) -> list[str]:
    """Where ids still are, and until when."""
    if not left:
        return [f"{', '.join(ids)}: in no topic"]
    width = max(len(one.topic) for one in left)
    lines = []
    for one in left:
        end = f"until {clock(one.until)}" if one.until is not None else one.because
        parts = ", ".join(one.parts)
        lines.append(f"{one.topic:<{width}}  {_counted(one.records, 'record')} ({parts})  {end}")
        lines.append(f"{'':<{width}}  first {'  '.join(one.places)}")
    return lines
