"""The format of dead letters, and of the notes that they were sent again.

A letter is the refused record's own key, value and headers; behind these come the headers
`streamseg.error.*`. A note has no value, and one header that names the offset of a letter in the
same partition. It is written in the transaction that sends the letter's record again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

RESENT: Final = "streamseg.resent"  # header of a note
RESENT_FROM: Final = "streamseg.resent-from"  # header of a record that was sent again
_PREFIX: Final = "streamseg.error."
_BEGINS: Final = (_PREFIX + "topic", _PREFIX + "file")  # what the headers of the reason begin with
_PLACE: Final = re.compile(r"([0-9]{1,19})@([0-9]{1,19})")
_OFFSET: Final = re.compile(r"[0-9]{1,19}")

Headers = tuple[tuple[str, bytes | None], ...]


class Place(NamedTuple):
    """Where a letter is: partition and offset in the topic of dead letters, written `0@17`."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}@{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place that was written. Raises ValueError."""
        found = _PLACE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no place of a letter; write PARTITION@OFFSET, as 0@17")
        return cls(int(found[1]), int(found[2]))


class Source(NamedTuple):
    """Where a refused record was."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}@{self.offset}"


@dataclass(frozen=True)
class Letter:
    """A refused record: `key`, `value` and `headers` are its own, as they came.

    `source` is None where it never was in a topic: a line of `file`, refused by `produce`.
    `written_ms` is when it was refused, in Unix time. Of a record that was cut some is lost.
    """

    place: Place
    written_ms: int
    code: str
    message: str
    source: Source | None
    file: str | None
    key: bytes | None
    value: bytes | None
    headers: Headers
    is_cut: bool

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        headers = sum(len(name.encode()) + len(value or b"") for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers

    @property
    def origin(self) -> str:
        """Its source or its file and line, for people."""
        return str(self.source or self.file or "unknown")


def note_of(record: Any) -> Place | None:
    """The place of the letter that a note says was sent again; None for what is no note."""
    if record.value is None and len(record.headers) == 1:
        ((name, value),) = record.headers
        offset = (value or b"").decode(errors="replace")
        if name == RESENT and _OFFSET.fullmatch(offset):
            return Place(record.partition, int(offset))
    return None


def note_headers(place: Place) -> list[tuple[str, bytes]]:
    """The headers of the note that this letter was sent again."""
    return [(RESENT, b"%d" % place.offset)]


def letter_of(record: Any) -> Letter:
    """The letter in a record that is no note; its code is `?` where the record says none."""
    headers = list(record.headers)
    begin = max(
        (index for index, (name, _) in enumerate(headers) if name in _BEGINS),
        default=len(headers),
    )
    reason = {
        name.removeprefix(_PREFIX): (value or b"").decode(errors="backslashreplace")
        for name, value in headers[begin:]
    }
    file = reason.get("file")
    return Letter(
        place=Place(record.partition, record.offset),
        written_ms=record.timestamp,
        code=reason.get("code", "?"),
        message=reason.get("message", ""),
        source=_source(reason),
        file=None if file is None else f"{file}:{reason.get('line', '?')}",
        key=record.key,
        value=record.value,
        headers=tuple(headers[:begin]),
        is_cut="cut" in reason,
    )


def _source(reason: dict[str, str]) -> Source | None:
    topic, partition, offset = (reason.get(name, "") for name in ("topic", "partition", "offset"))
    if not (topic and _OFFSET.fullmatch(partition) and _OFFSET.fullmatch(offset)):
        return None
    return Source(topic, int(partition), int(offset))
