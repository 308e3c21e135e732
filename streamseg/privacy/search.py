"""Searches bytes for a contact's id, as text, JSON and msgpack write it.

It looks at bytes and not at fields, so that what nobody thought of is found, too. An id is found
where it stands by itself, and not as a part of a longer word (`c-1` is not in `c-17`). One of
digits only is found where it is written as a text or is a contact: it is no price and no quantity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import orjson

_WORD: Final = rb"[0-9A-Za-z_\-\x80-\xff]"
_OF_CONTACT: Final = rb'"(?:contact|from|into)"\s*:\s*'

Headers = Sequence[tuple[str, bytes | None]]


class Search:
    """Finds any of some ids in records."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(dict.fromkeys(ids))
        self._raw = {one.encode() for one in self.ids}
        self._pattern = re.compile(b"|".join(form for one in self.ids for form in _forms(one)))

    def parts(
        self, key: bytes | None, value: bytes | None, headers: Headers, *, is_opaque: bool = False
    ) -> tuple[str, ...]:
        """Which parts of a record name one: `key`, `value`, `header NAME`.

        The keys of our own state (``is_opaque``) have a letter before the id.
        """
        found = []
        if key is not None and (key[1:] in self._raw if is_opaque else self.has(key)):
            found.append("key")
        if value is not None and self.has(value):
            found.append("value")
        for name, content in headers:
            if self.has(name.encode()) or (content is not None and self.has(content)):
                found.append(f"header {name}")
        return tuple(found)

    def has(self, data: bytes) -> bool:
        """Whether bytes name one of the ids."""
        if data in self._raw or self._pattern.search(data):
            return True
        return b"\\" in data and self._has_escaped(data)

    def _has_escaped(self, data: bytes) -> bool:
        """Whether JSON names one in an unusual way: any letter may be written as \\uXXXX."""
        try:
            document = orjson.loads(data)
        except orjson.JSONDecodeError:
            return False
        return any(
            text in self.ids or self._pattern.search(text.encode("utf-8", "surrogatepass"))
            for text in _texts(document)
        )


def _forms(one: str) -> Iterator[bytes]:
    """Regular expressions of an id as it may be written."""
    raw = one.encode()
    written = {
        raw,
        *(json.dumps(one, ensure_ascii=only)[1:-1].encode() for only in (True, False)),
    }
    for text in written:
        escaped = re.escape(text)
        if one.isdecimal() and one.isascii():
            yield b'"%b"' % escaped
            yield _OF_CONTACT + escaped + rb"(?![0-9.eE])"
        else:
            yield b"(?<!%b)%b(?!%b)" % (_WORD, escaped, _WORD)
    for head in _msgpack_heads(len(raw)):
        yield re.escape(head + raw)


def _msgpack_heads(length: int) -> Iterator[bytes]:
    """What msgpack writes before a text, and before bytes, of so many bytes."""
    if length < 32:
        yield bytes([0xA0 | length])
    if length < 256:
        yield bytes([0xD9, length])
        yield bytes([0xC4, length])
    yield b"\xda" + length.to_bytes(2, "big")
    yield b"\xc5" + length.to_bytes(2, "big")


def _texts(document: Any) -> Iterator[str]:
    """All texts of a JSON document, the names of its fields, too."""
    stack = [document]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            stack += one.keys()
            stack += one.values()
