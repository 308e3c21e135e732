"""A dead letter gives back what was refused, byte by byte."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamseg.formats.dead_letters import (
    RESENT,
    Letter,
    Place,
    Source,
    letter_of,
    note_headers,
    note_of,
)

REASON = (
    ("streamseg.error.topic", b"shop.events"),
    ("streamseg.error.partition", b"3"),
    ("streamseg.error.offset", b"7"),
    ("streamseg.error.code", b"not_json"),
    ("streamseg.error.message", b"Expecting value"),
)


class Record(NamedTuple):
    """As aiokafka gives it, as far as it is read here."""

    partition: int = 0
    offset: int = 17
    timestamp: int = 5
    key: bytes | None = b"c"
    value: bytes | None = b"x"
    headers: tuple[tuple[str, bytes], ...] = REASON


headers = st.lists(
    st.tuples(st.text(max_size=8) | st.sampled_from([name for name, _ in REASON]), st.binary()),
    max_size=4,
)


def record(**fields: Any) -> Record:
    return Record(**fields)


@given(headers, st.none() | st.binary(), st.none() | st.binary())
def test_key_value_and_headers_are_those_of_the_refused_record(
    own: list[tuple[str, bytes]], key: bytes | None, value: bytes | None
) -> None:
    letter = letter_of(record(headers=(*own, *REASON), key=key, value=value))
    assert letter.headers == tuple(own)
    assert (letter.key, letter.value) == (key, value)
    assert letter.source == Source("shop.events", 3, 7)
    assert letter.code == "not_json"


def test_a_line_of_a_file_has_no_source() -> None:
    letter = letter_of(
        record(
            headers=(
                ("streamseg.error.file", b"old.ndjson"),
                ("streamseg.error.line", b"12"),
                ("streamseg.error.code", b"no_contact"),
                ("streamseg.error.message", b"contact is missing"),
            )
        )
    )
    assert letter.source is None
    assert letter.origin == "old.ndjson:12"


def test_a_record_of_another_program_is_a_letter_without_a_reason() -> None:
    letter: Letter = letter_of(record(headers=(("x", b"y"),)))
    assert (letter.code, letter.source, letter.headers) == ("?", None, (("x", b"y"),))


def test_a_note_names_a_letter_of_its_own_partition() -> None:
    made = record(partition=2, value=None, headers=tuple(note_headers(Place(2, 9))))
    assert note_of(made) == Place(2, 9)


@pytest.mark.parametrize(
    "other",
    [
        record(),
        record(value=None),
        record(headers=((RESENT, b"9"),)),  # it has a value: a letter whose own header is so named
        record(value=None, headers=((RESENT, b"soon"),)),
        record(value=None, headers=((RESENT, b"9"), *REASON)),  # a refused record without a value
    ],
)
def test_a_letter_is_no_note(other: Record) -> None:
    assert note_of(other) is None


@pytest.mark.parametrize("text", ["", "17", "0@", "-1@2", "0@17 ", "a@b"])
def test_a_place_is_partition_and_offset(text: str) -> None:
    with pytest.raises(ValueError, match="PARTITION@OFFSET"):
        Place.parse(text)


@pytest.mark.parametrize("number", ["", "²", "x", "-1", "9" * 5_000])
def test_a_number_that_is_none_names_no_place(number: str) -> None:
    reason = {name: value for name, value in REASON if name != "streamseg.error.offset"}
    headers = (*reason.items(), ("streamseg.error.offset", number.encode()))
    assert letter_of(record(headers=headers)).source is None
    assert note_of(record(headers=((RESENT, number.encode()),), value=None)) is None
    with pytest.raises(ValueError, match="no place of a letter"):
        Place.parse(f"0@{number}")
