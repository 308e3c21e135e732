"""Which records are shown where a contact or a segment is named."""

from __future__ import annotations

import json

import pytest

from streamseg.core.identity.graves import pseudonym
from streamseg.formats.naming import Naming
from streamseg.tail.choosing import Choice
from streamseg.tail.reading import Record


def record(key: str | None, value: bytes) -> Record:
    return Record("t", 0, 0, 0, None if key is None else key.encode(), value)


def message(contact: str, segment: str) -> Record:
    return record(contact, json.dumps({"contact": contact, "segment": segment}).encode())


@pytest.mark.parametrize(
    ("contact", "segment", "shown"),
    [
        (None, None, ["ann cart", "ann quiet", "bob cart"]),
        ("ann", None, ["ann cart", "ann quiet"]),
        (None, "cart", ["ann cart", "bob cart"]),
        ("ann", "cart", ["ann cart"]),
        ("an", None, []),
        ("ann", "car", []),
    ],
)
def test_a_contact_and_a_segment_choose(
    contact: str | None, segment: str | None, shown: list[str]
) -> None:
    choice = Choice(None if contact is None else frozenset([contact]), segment)
    pairs = [("ann", "cart"), ("ann", "quiet"), ("bob", "cart")]
    assert [f"{one} {other}" for one, other in pairs if choice.has(message(one, other))] == shown


def test_a_dead_letter_is_of_its_key_or_of_whom_its_value_names() -> None:
    choice = Choice(frozenset(["żółw"]))
    assert choice.has(record("żółw", b"no json"))
    assert choice.has(record("other", '{"contact":"żółw"}'.encode()))
    assert not choice.has(record("other", b'{"contact":"ann"}'))
    assert not choice.has(record(None, b"no json"))


def test_a_contact_is_known_by_a_pseudonym_too() -> None:
    naming = Naming(key=b"a key of pseudonyms")
    choice = Choice(naming.all_of("ann"), "cart")
    assert choice.has(message(pseudonym("ann", naming.key), "cart"))
    assert choice.has(message("ann", "cart"))
    assert not choice.has(message(pseudonym("ann", b""), "cart"))
