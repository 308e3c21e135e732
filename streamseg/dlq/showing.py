"""Letters as text: a line for the list, a page for one, JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from streamseg.core.values.timestamps import format_time

if TYPE_CHECKING:
    from streamseg.formats.dead_letters import Letter

VALUE_SHOWN: Final = 120  # characters of it in a line
BYTES_SHOWN: Final = 2_000  # of each key, header and value in JSON


def line(letter: Letter, resent: bool) -> str:
    """One line: place, when, code, origin, message, and the beginning of the value."""
    value = " ".join((_text((letter.value or b"")[:BYTES_SHOWN]) or "").split())
    shown = value if len(value) <= VALUE_SHOWN else value[:VALUE_SHOWN] + "…"
    mark = "resent  " if resent else ""
    return (
        f"{letter.place}  {format_time(letter.written_ms)}  {letter.code}  {mark}{letter.origin}  "
        f"{letter.message}  {shown}"
    )


def page(letter: Letter, resent: bool) -> str:
    """All of a letter, a line each."""
    lines = [
        ("letter", str(letter.place)),
        ("refused", format_time(letter.written_ms)),
        ("from", letter.origin),
        ("code", letter.code),
        ("message", letter.message),
        ("resent", "yes" if resent else "no"),
        ("key", _text(letter.key)),
        *(("header", f"{name}: {_text(value)}") for name, value in letter.headers),
        ("value", _text(letter.value)),
    ]
    return "\n".join(f"{name:<9}{'none' if text is None else text}" for name, text in lines)


def json_line(letter: Letter, resent: bool) -> str:
    """One JSON object; bytes are text, and what is not UTF-8 in them is written as \\xNN.

    Of a long key, header or value the beginning is shown; `value_bytes` is how long the value is.
    """
    document: dict[str, Any] = {
        "letter": str(letter.place),
        "refused_at": format_time(letter.written_ms),
        "code": letter.code,
        "message": letter.message,
        "from": letter.origin,
        "resent": resent,
        "key": _beginning(letter.key),
        "headers": [[name, _beginning(value)] for name, value in letter.headers],
        "value": _beginning(letter.value),
        "value_bytes": len(letter.value or b""),
    }
    return orjson.dumps(document).decode()


def _beginning(value: bytes | None) -> str | None:
    if value is None or len(value) <= BYTES_SHOWN:
        return _text(value)
    return f"{_text(value[:BYTES_SHOWN])}… ({len(value)} bytes)"


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")
