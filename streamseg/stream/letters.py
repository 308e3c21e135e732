"""Dead letters: a refused record as it came, with the reason in its headers, as far as it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamseg.formats.outbound import Headers
    from streamseg.stream.tasks import DeadLetter

MAX_BYTES: Final = 4_000_000  # of key, value and headers: the topic takes 4 MiB
_MAX_KEY: Final = 500_000
_MAX_HEADERS: Final = 500_000
_MAX_MESSAGE: Final = 4_000
_HEADER_BYTES: Final = 10  # of lengths and the like, about
CUT: Final = "streamseg.error.cut"


def encode_letter(letter: DeadLetter) -> tuple[bytes | None, bytes | None, Headers]:
    """Key, value and headers of a dead letter.

    What would not fit into the topic is cut: the end of a value, of a long key, and the last of
    many headers. Then a header tells how long they were.
    """
    record, error = letter.record, letter.error
    key, value = record.key, record.value
    headers: Headers = list(record.headers)
    length = _length(headers)
    was = f"key={len(key or b'')} value={len(value or b'')} headers={length}"
    is_cut = False
    while length > _MAX_HEADERS:
        length -= _length([headers.pop()])
        is_cut = True
    if key is not None and len(key) > _MAX_KEY:
        key, is_cut = key[:_MAX_KEY], True
    room = MAX_BYTES - length - len(key or b"")
    if value is not None and len(value) > room:
        value, is_cut = value[:room], True
    message = error.message[:_MAX_MESSAGE].encode("utf-8", "backslashreplace")
    headers += [
        ("streamseg.error.topic", record.topic.encode()),
        ("streamseg.error.partition", b"%d" % record.partition),
        ("streamseg.error.offset", b"%d" % record.offset),
        ("streamseg.error.code", error.code.encode()),
        ("streamseg.error.message", message),
    ]
    if is_cut:
        headers.append((CUT, was.encode()))
    return key, value, headers


def _length(headers: Headers) -> int:
    return sum(len(name.encode()) + len(value or b"") + _HEADER_BYTES for name, value in headers)
