"""What senders write otherwise than the format says: what is converted, what is as if missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from streamseg.core.errors import Refused
from streamseg.formats.canonical import decode, decode_event, decode_product

TIME = "2026-11-21T10:00:00.000Z"


def data_of(kind: str, json: str) -> tuple[dict[str, Any], dict[str, int]]:
    """What the engine gets of data, and what was ignored of it; by both ways of reading."""
    owner = (
        "product" if kind in ("stock_changed", "price_changed", "product_updated") else "contact"
    )
    value = f'{{"type":"{kind}","{owner}":"a","time":"{TIME}","data":{json}}}'.encode()
    ignored: dict[str, int] = {}
    event = decode(value, ignored)
    again: dict[str, int] = {}
    if owner == "contact":
        other: Any = decode_event(value, b"a", again)
    else:
        other = decode_product(value, b"a", again)
    assert repr(other.data) == repr(event.data)
    assert again == ignored
    return event.data, ignored


@pytest.mark.parametrize(
    ("kind", "json", "taken"),
    [
        ("product_viewed", '{"product":42}', {"product": "42"}),
        ("stock_alert_requested", '{"product":-42}', {"product": "-42"}),
        ("order_placed", '{"order":1001}', {"order": "1001"}),
        ("order_cancelled", '{"order":0}', {"order": "0"}),
        ("order_placed", '{"order":"o","cart":12}', {"order": "o", "cart": "12"}),
        ("checkout_started", '{"cart":12}', {"cart": "12"}),
        ("contact_merged", '{"from":12}', {"from": "12"}),
        ("stock_changed", '{"quantity":"3","location":7}', {"quantity": 3, "location": "7"}),
        ("product_updated", '{"quantity":"-3"}', {"quantity": -3}),
        ("price_changed", '{"price":"19.90"}', {"price": Decimal("19.90")}),
        ("order_placed", '{"order":"o","total":"-1e2"}', {"order": "o", "total": Decimal("-1e2")}),
        ("order_placed", '{"order":"o","total":"39"}', {"order": "o", "total": 39}),
        (
            "cart_updated",
            '{"items":[{"product":1,"quantity":"2","price":"0.5"},null]}',
            {"items": [{"product": "1", "quantity": 2, "price": Decimal("0.5")}]},
        ),
        ("bought", '{"product":42}', {"product": "42"}),
        ("bought", '{"price":"4","order":5}', {"price": "4", "order": 5}),  # of no known type
    ],
)
def test_ids_and_numbers_count_as_what_they_plainly_are(
    kind: str, json: str, taken: dict[str, Any]
) -> None:
    data, ignored = data_of(kind, json)
    assert repr(data) == repr(taken)
    assert ignored == {}


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "+1", "01", ".5", "1.", "1e", "0x1", "1_0", "١", "NaN", "1e999"),
        *("9" * 400, "39,80", "39.80 EUR", "−1"),
    ],
)
def test_a_text_that_is_no_finite_json_number_is_none(text: str) -> None:
    order = msgspec.json.encode({"order": "o", "total": text}).decode()
    assert data_of("order_placed", order) == ({"order": "o"}, {"total": 1})


@pytest.mark.parametrize(
    ("kind", "json", "left", "fields"),
    [
        ("product_viewed", '{"product":"p","price":"19,90 EUR"}', {"product": "p"}, ["price"]),
        ("product_viewed", '{"product":"p","price":-1}', {"product": "p"}, ["price"]),
        ("product_viewed", '{"product":"p","brand":7,"x":7}', {"product": "p", "x": 7}, ["brand"]),
        ("wishlist_added", '{"product":"p","price":"19,90 EUR"}', {"product": "p"}, ["price"]),
        ("cart_item_added", '{"product":"p","quantity":-1}', {"product": "p"}, ["quantity"]),
        ("order_placed", '{"order":"o","items":"p"}', {"order": "o"}, ["items"]),
        ("order_placed", '{"order":"o","items":[{"sku":1}]}', {"order": "o"}, ["items"]),
        ("order_placed", '{"order":"o","items":["p"]}', {"order": "o"}, ["items"]),
        ("order_placed", '{"order":"o","cart":1.5}', {"order": "o"}, ["cart"]),
        ("message_sent", '{"channel":"c","campaign":7}', {"channel": "c"}, ["campaign"]),
        (
            "order_placed",
            '{"order":"o","items":[{"product":"p","price":true,"category":7}]}',
            {"order": "o", "items": [{"product": "p"}]},
            ["items.price", "items.category"],
        ),
        ("stock_changed", '{"quantity":1,"location":{}}', {"quantity": 1}, ["location"]),
        ("product_updated", '{"price":-1e27,"brand":"b"}', {"brand": "b"}, ["price"]),
    ],
)
def test_another_field_of_a_wrong_type_is_as_if_missing_and_counted(
    kind: str, json: str, left: dict[str, Any], fields: list[str]
) -> None:
    assert data_of(kind, json) == (left, dict.fromkeys(fields, 1))


def test_a_field_that_is_not_of_a_product_event_s_type_is_not_taken() -> None:
    json = '{"price":2,"quantity":"12","location":[],"brand":1e30,"other":1}'
    assert data_of("price_changed", json) == ({"price": 2}, {})


def test_integers_as_owner_and_id_count_as_their_decimal_text() -> None:
    value = f'{{"type":"looked","contact":17,"id":18,"time":"{TIME}"}}'.encode()
    event = decode_event(value, b"17")
    assert (event.contact, event.id, event.name) == ("17", "18", "18")


@pytest.mark.parametrize("read", [decode_event, decode_product])
@pytest.mark.parametrize("key", [None, b"", b"a"])
def test_a_record_without_a_value_is_refused(read: Any, key: bytes | None) -> None:
    with pytest.raises(Refused, match="null_value"):
        read(None, key)
