"""One record as one line: for people, or as JSON."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import orjson
from rich.text import Text

from streamseg.formats.dead_letters import note_of
from streamseg.tail.reading import Record

_VALUE_SHOWN = 120


class Stream(StrEnum):
    """What can be followed."""

    TRIGGERS = "triggers"
    MEMBERSHIP = "membership"
    DECISIONS = "decisions"
    DLQ = "dlq"
    EVENTS = "events"
    PRODUCTS = "products"


INPUTS: Final = (Stream.EVENTS, Stream.PRODUCTS)
"""What is written by the shop."""


def message_of(record: Record) -> dict[str, Any] | None:
    """The message of Streamseg's that the record holds; None where it holds none."""
    try:
        message = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None


def render_json(stream: Stream, record: Record) -> bytes:
    """The record as one line of JSON, without the line feed.

    A message of Streamseg's is its value as it is; a dead letter is an object of why it was refused
    (`code`, `message`, and where it stood), its `key` and its `value`, as text; the note that one
    was sent again tells its place.
    """
    if stream is Stream.DLQ:
        resent = note_of(record)
        return orjson.dumps(_dead_letter(record) if resent is None else {"resent": str(resent)})
    message = message_of(record)
    if message is None:
        return orjson.dumps(
            {
                "undecodable": _text(record.value),
                "partition": record.partition,
                "offset": record.offset,
            }
        )
    # As it came, since reading and writing it again could change its decimals.
    return record.value if record.value and b"\n" not in record.value else orjson.dumps(message)


def render(stream: Stream, record: Record) -> Text:
    """The record as one line for people; styles add colour and carry no meaning of their own."""
    if stream is Stream.DLQ:
        resent = note_of(record)
        if resent is not None:
            return Text(f"the letter {resent} was sent again", "dim")
        return _render_dead_letter(_dead_letter(record))
    message = message_of(record)
    if message is None:
        return Text(f"{record.topic}-{record.partition}@{record.offset} is no message", "red")
    return _RENDERERS[stream](message)


def _render_trigger(message: Mapping[str, Any]) -> Text:
    kind = str(message.get("type", "")).rpartition(".")[2]
    line = _line(message, kind, "yellow" if kind == "cancelled" else "bold green")
    held = message.get("deferred")
    gates = [one.get("gate") for one in held if isinstance(one, dict)] if held else []
    if gates:
        line.append(f"  waited for {', '.join(map(str, gates))}", "magenta")
    return line.append(f"  {_sentence(message)}", "dim")


def _render_decision(message: Mapping[str, Any]) -> Text:
    kind = str(message.get("type", "")).rpartition(".")[2]
    line = _line(message, kind, "magenta")
    line.append(f"  {message.get('reason') or message.get('from') or ''}", "magenta")
    until = message.get("until") if kind == "deferred" else None
    return line.append(f" until {until}", "dim") if until else line


def _render_membership(message: Mapping[str, Any]) -> Text:
    kind = str(message.get("type", "")).rpartition(".")[2]
    line = _line(message, kind, "cyan" if kind == "entered" else "blue")
    return line.append(f"  {message.get('cause') or ''}", "dim")


_RENDERERS: Final[Mapping[Stream, Callable[[Mapping[str, Any]], Text]]] = {
    Stream.TRIGGERS: _render_trigger,
    Stream.MEMBERSHIP: _render_membership,
    Stream.DECISIONS: _render_decision,
}


def _line(message: Mapping[str, Any], kind: str, style: str) -> Text:
    """When, what, in which segment, who: the columns that all messages share."""
    segment = str(message.get("segment", ""))
    rung = message.get("rung")
    # A style given to Text itself would hold for all that is appended, too.
    line = Text().append(_clock(message.get("emitted_at")), "dim")
    line.append(f"  {kind:<10}", style)
    line.append(f"  {segment if rung is None else f'{segment} {rung}':<22}", "bold")
    line.append(f"  {message.get('contact') or ''!s:<10}")
    key = message.get("key")
    return line.append(f"  {'' if key is None else key!s:<8}", "cyan")


def _clock(time: object) -> str:
    """`2026-11-21T10:00:00.123Z` as `2026-11-21 10:00:00.123`, in UTC as it came."""
    return str(time or "").replace("T", " ").removesuffix("Z")


def _sentence(message: Mapping[str, Any]) -> str:
    why = message.get("why")
    return "; ".join(str(part) for part in why) if isinstance(why, list) else ""


def _render_dead_letter(letter: Mapping[str, Any]) -> Text:
    if "file" in letter:
        place = f"{letter['file']}:{letter.get('line')}"
    else:
        place = f"{letter.get('topic')}-{letter.get('partition')}@{letter.get('offset')}"
    line = Text().append(place, "dim")
    line.append(f"  {letter.get('code', '?')}", "bold red")
    line.append(f"  {letter.get('message', '')}")
    value = letter["value"] or ""
    shown = value if len(value) <= _VALUE_SHOWN else value[:_VALUE_SHOWN] + "…"
    return line.append("  " + shown.replace("\n", " "), "dim")


def _dead_letter(record: Record) -> dict[str, Any]:
    prefix = "streamseg.error."
    letter: dict[str, Any] = {
        name.removeprefix(prefix): _text(value)
        for name, value in record.headers
        if name.startswith(prefix)
    }
    for name in ("partition", "offset", "line"):
        if str(letter.get(name)).isdecimal():
            letter[name] = int(letter[name])
    return {**letter, "key": _text(record.key), "value": _text(record.value)}


def _text(value: bytes | None) -> str | None:
    """Bytes for the eye: what is not UTF-8 is shown as \\xNN."""
    return None if value is None else value.decode(errors="backslashreplace")
