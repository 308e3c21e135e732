"""Reads files of events as one stream of lines: always the file with the oldest next record."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec
import orjson

from streamseg.core.errors import Refused
from streamseg.core.events import Event, ProductEvent, arrive
from streamseg.core.vocabulary import Ignored
from streamseg.formats.canonical import decode

NOT_RECORDED: Final = -1  # a file has no record timestamps: only events tell their arrival


class Line(msgspec.Struct):
    """A line: what it says, or why it was refused. ``line`` counts from 1, empty ones too."""

    file: str
    line: int
    value: bytes
    event: Event | ProductEvent | None = None
    refused: Refused | None = None


def contact_in(value: bytes) -> str | None:
    """The contact that a record names, also one that was refused; None where it names none."""
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    contact = found.get("contact") if isinstance(found, dict) else None
    is_id = isinstance(contact, str | int) and not isinstance(contact, bool)
    return str(contact) if is_id else None


def read_lines(
    file: BinaryIO, name: str, prefix: str, ignored: Ignored | None = None
) -> Iterator[Line]:
    """The lines of a file that are not empty; ``prefix`` goes before ``line:N`` in names.

    A byte order mark at the beginning is skipped. ``ignored`` counts, by field, what was of a
    wrong type and is as if missing.
    """
    for number, raw in enumerate(file, start=1):
        if number == 1:
            raw = raw.removeprefix(BOM_UTF8)  # noqa: PLW2901
        value = raw.rstrip(b"\r\n")
        if not value.strip():
            continue
        line = Line(name, number, value)
        try:
            line.event = decode(value, ignored)
            arrive(line.event, NOT_RECORDED)
            if line.event.id is None:
                line.event.name = f"{prefix}line:{number}"
        except Refused as refused:
            line.refused = refused
        yield line


def merge(sources: list[Iterator[Line]]) -> Iterator[Line]:
    """Always the source whose next record is the oldest, ties by order; refused ones at once."""
    heads: dict[int, Line] = {}

    def fill(index: int) -> Iterator[Line]:
        for line in sources[index]:
            if line.event is not None:
                heads[index] = line
                return
            yield line

    for index in range(len(sources)):
        yield from fill(index)
    while heads:
        index = min(heads, key=lambda one: (_time_of(heads[one]), one))
        yield heads.pop(index)
        yield from fill(index)


def _time_of(line: Line) -> int:
    assert line.event is not None
    return line.event.reaches
