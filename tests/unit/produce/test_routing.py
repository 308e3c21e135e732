"""Which topic and which key a line gets, and which lines get none."""

import pytest

from streamseg.core.errors import Refused
from streamseg.formats.canonical import decode_event, decode_product
from streamseg.produce.routing import route

TIME = b'"time":"2026-11-21T10:00:00Z"'


def test_an_event_of_a_contact_goes_to_events_under_its_contact() -> None:
    line = b'{"id":"e-1","type":"searched","contact":"c-17",' + TIME + b',"data":{"query":"hat"}}'
    assert route(line) == ("events", b"c-17")
    assert decode_event(line, b"c-17").contact == "c-17"


def test_an_event_of_a_product_goes_to_products_under_its_product() -> None:
    line = b'{"type":"stock_changed","product":"p-9",' + TIME + b',"data":{"quantity":0}}'
    assert route(line) == ("products", b"p-9")
    assert decode_product(line, b"p-9").product == "p-9"


def test_the_type_decides_where_a_line_names_both_owners() -> None:
    both = b'"contact":"c-1","product":"p-1"'
    assert route(b'{"type":"price_changed",' + both + b"}") == ("products", b"p-1")
    assert route(b'{"type":"gift_wrapped",' + both + b"}") == ("events", b"c-1")


def test_an_integer_as_an_owner_counts_as_its_decimal_text() -> None:
    assert route(b'{"type":"x","contact":17}') == ("events", b"17")
    assert route(b'{"type":"price_changed","product":9}') == ("products", b"9")


def test_a_key_is_the_owner_s_text_and_not_its_spelling() -> None:
    assert route(rb'{"type":"x","contact":"\u017aa"}') == ("events", "źa".encode())


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"searched","contact":"c-1"}',
        b'{"type":"searched","contact":"c-1","time":"yesterday"}',
        b'{"type":"searched","contact":"c-1",' + TIME + b',"data":{"query":5}}',
        b'{"type":"searched","contact":"' + b"c" * 300 + b'"}',
    ],
)
def test_a_bad_line_with_an_owner_is_left_to_the_worker(line: bytes) -> None:
    assert route(line).stream == "events"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"contact":"\xff"}', "not_utf8"),
        (b"id,type,contact", "not_json"),
        (b"[1, 2]", "not_object"),
        (b'{"contact":"c-1"}', "no_type"),
        (b'{"type":"","contact":"c-1"}', "no_type"),
        (b'{"type":5,"contact":"c-1"}', "bad_field"),
        (b'{"type":"searched"}', "no_contact"),
        (b'{"type":"searched","contact":""}', "no_contact"),
        (b'{"type":"searched","contact":null,"product":"p-1"}', "no_contact"),
        (b'{"type":"searched","contact":1.5}', "bad_field"),
        (b'{"type":"stock_changed","contact":"c-1"}', "no_product"),
        (b'{"type":"searched","contact":"c-1"} trailing', "not_json"),
        (b'{"type":"searched","contact":"c-1","x":"' + b"y" * (1 << 20) + b'"}', "too_large"),
    ],
)
def test_a_line_without_an_owner_is_refused_with_the_worker_s_code(line: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        route(line)
    assert refused.value.code == code
