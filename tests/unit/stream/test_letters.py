"""A dead letter is the record as it came, and is cut where it would not fit into its topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from streamseg.core.errors import Refused
from streamseg.settings import Settings
from streamseg.stream.letter_list import SHOWN, list_letters
from streamseg.stream.letters import CUT, MAX_BYTES, encode_letter
from streamseg.stream.tasks import DeadLetter
from streamseg.web.answers import LetterAnswer

Headers = list[tuple[str, bytes]]


def letter(key: bytes | None, value: bytes | None, headers: Headers, message: str = "m") -> Any:
    record = SimpleNamespace(
        topic="t", partition=3, offset=7, key=key, value=value, headers=tuple(headers)
    )
    return encode_letter(DeadLetter(record, Refused("too_large", message)))


def size(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    return len(key or b"") + len(value or b"") + sum(len(k) + len(v or b"") for k, v in headers)


@pytest.mark.parametrize("value", [None, b"", b"x" * 3_000_000])
def test_what_fits_is_left_as_it_came(value: bytes | None) -> None:
    key, got, headers = letter(b"k", value, [("trace", b"1"), ("trace", b"2")])
    assert (key, got) == (b"k", value)
    assert headers[:2] == [("trace", b"1"), ("trace", b"2")]
    assert CUT not in dict(headers)
    assert dict(headers)["streamseg.error.code"] == b"too_large"


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (b"k", b"x" * 20_000_000, []),
        (b"k" * 5_000_000, b"x", []),
        (b"k" * 5_000_000, None, []),
        (None, b"x", [(f"h{n}", b"y" * 1_000) for n in range(9_000)]),
        (b"k" * 5_000_000, b"x" * 5_000_000, [("h", b"y" * 5_000_000)]),
    ],
)
def test_what_does_not_fit_is_cut_and_says_how_long_it_was(
    key: bytes | None, value: bytes | None, headers: Headers
) -> None:
    got_key, got_value, got_headers = letter(key, value, headers, "m" * 5_000_000)
    assert size(got_key, got_value, got_headers) < MAX_BYTES + 20_000
    told = dict(got_headers)
    assert told[CUT].startswith(f"key={len(key or b'')} value={len(value or b'')} ".encode())
    assert told["streamseg.error.offset"] == b"7"
    assert (key or b"").startswith(got_key or b"")
    assert (value or b"").startswith(got_value or b"")


class Scanned:
    """A topic of dead letters that is read to its end."""

    complete = True

    def __init__(self, *values: bytes) -> None:
        self._values = values

    async def read(self, *_: Any, **__: Any) -> AsyncGenerator[list[Any], None]:
        for offset, value in enumerate(self._values):
            key, value_, headers = letter(b"k", value, [])
            yield [
                SimpleNamespace(
                    topic="dlq", partition=0, offset=offset, key=key, value=value_,
                    headers=headers, timestamp=1_000, timestamp_type=0,
                )
            ]  # fmt: skip


def listed(value: bytes) -> LetterAnswer:
    scan: Any = Scanned(value)
    (found,) = asyncio.run(list_letters(Settings(), scan, 1, (None, None), 10)).letters
    return found


@pytest.mark.parametrize("text", ["ї" * 1_500, "x" + "ї" * 1_500, "short", ""])
def test_a_text_is_shown_as_text_even_where_it_is_cut_within_a_character(text: str) -> None:
    shown = listed(text.encode())
    assert shown.value_hex is None
    assert shown.value is not None
    assert text.startswith(shown.value)
    assert len(text) - len(shown.value) <= max(0, len(text.encode()) - SHOWN) // 2 + 1


@pytest.mark.parametrize("value", [b"\xff", "ї".encode()[:1], b"x" * 100 + b"\xd1"])
def test_what_is_no_text_is_shown_in_hexadecimal(value: bytes) -> None:
    shown = listed(value)
    assert (shown.value, shown.value_hex) == (None, value.hex())
