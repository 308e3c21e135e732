"""An id is found however it is written, and is no part of another."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.identity.mail import Forwarded, Mail, Merge, State, encode_mail
from streamseg.privacy.search import Search

IDS = ["c-17", "1042", "ann@shop.example", "ünsal", 'say "hi"', "a\\b", "0b96d25f-3571"]
LETTERS = "".join(f"\\u{ord(letter):04x}" for letter in "c-17")


def found(one: str, data: bytes) -> bool:
    return Search([one]).has(data)


@pytest.mark.parametrize("one", IDS)
def test_an_id_is_found_as_json_and_msgpack_write_it(one: str) -> None:
    pack = msgspec.msgpack.encode
    assert found(one, one.encode())
    assert found(one, json.dumps({"contact": one}).encode())
    assert found(one, json.dumps({"contact": one}, ensure_ascii=False).encode())
    assert found(one, msgspec.json.encode({"data": {"from": [one]}}))
    assert found(one, json.dumps({one: 1}).encode())
    assert found(one, pack([1, {one: 2}]))
    assert found(one, pack({"x": one.encode()}))
    event = Forwarded("x", 1, 1, None, "n", msgspec.json.encode({"from": one}))
    assert found(one, encode_mail(Mail("k", "k", 1, event)))
    assert found(one, encode_mail(Mail("k", "k", 1, State(Merge(1, "k", "a"), pack([one])))))


@given(st.text(min_size=1, max_size=40), st.integers(0, 2**32))
def test_any_id_is_found_among_others(one: str, number: int) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in one):
        return
    assert found(one, msgspec.msgpack.encode([number, {"k": one}, number]))
    assert found(one, msgspec.json.encode({"n": number, "k": one}))


def test_letters_may_be_escaped_in_json() -> None:
    assert found("c-17", b'{"contact":"%b"}' % LETTERS.encode())
    assert not found("c-18", b'{"contact":"%b"}' % LETTERS.encode())


def test_a_part_of_a_longer_id_is_not_the_id() -> None:
    for other in ("c-170", "xc-17", "c-17-a", "éc-17", "c-17_"):
        assert not found("c-17", json.dumps({"contact": other}, ensure_ascii=False).encode())
        assert not found("c-17", msgspec.msgpack.encode([other]))
    assert found("c-17", b'{"url":"https://shop.example/u/c-17?x=1"}')
    assert found("c-17", b"the contact c-17, as told")


def test_digits_are_an_id_only_where_they_name_a_contact() -> None:
    assert found("1042", b'{"contact": 1042}')
    assert found("1042", b'{"data":{"from":1042}}')
    assert not found("1042", b'{"price":1042,"total":1042.5}')
    assert not found("1042", b'{"contact":10421}')


def test_the_parts_of_a_record_are_named() -> None:
    search = Search(["K", "A"])
    headers = [("ce_subject", b"K"), ("ce_id", b"1")]
    assert search.parts(b"K", b'{"contact":"A"}', headers) == ("key", "value", "header ce_subject")
    assert search.parts(b"cK", None, [], is_opaque=True) == ("key",)
    assert search.parts(b"cK", None, []) == ()
    assert search.parts(None, b"x", []) == ()
