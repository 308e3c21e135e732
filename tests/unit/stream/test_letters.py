"""A dead letter is the record as it came, and is cut where it would not fit into its topic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from streamseg.core.errors import Refused
from streamseg.stream.letters import CUT, MAX_BYTES, encode_letter
from streamseg.stream.tasks import DeadLetter

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
