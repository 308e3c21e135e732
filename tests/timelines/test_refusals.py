"""Section 2: every kind of bad input, each among valid neighbours, in one replay."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from streamseg.core.errors import Refused
from streamseg.formats.canonical import decode_event, decode_product

from .command import FINDER, records, replay
from .drawing import rfc

TIME = rfc("10:00")


def contact(kind: str, data: str = "{}", **top: str) -> bytes:
    """A contact event with the given raw JSON in it; a field given as "" is left out."""
    fields = {"type": f'"{kind}"', "contact": '"c1"', "time": f'"{TIME}"', "data": data} | top
    return ("{" + ",".join(f'"{name}":{raw}' for name, raw in fields.items() if raw) + "}").encode()


def product(kind: str, data: str = "{}", **top: str) -> bytes:
    return contact(kind, data, **({"contact": "", "product": '"p1"'} | top))


def nested(containers: int) -> str:
    """Objects within objects, so many of them."""
    return '{"a":' * (containers - 1) + "{}" + "}" * (containers - 1)


def sized(size: int) -> bytes:
    """A valid event of exactly so many bytes."""
    empty = contact("looked", '{"x":""}')
    return empty.replace(b'"x":""', b'"x":"' + b"a" * (size - len(empty)) + b'"')


MIB = 1024 * 1024
ITEM_WITHOUT_PRODUCT = '{"items":[{"product":"p1"},{"quantity":1}]}'
MESSAGES = ["sent", "delivered", "opened", "clicked", "bounced", "complained", "unsubscribed"]
REFUSED: list[tuple[str, bytes]] = [
    ("not_utf8", contact("looked", '{"x":"?"}').replace(b"?", b"\xff")),
    ("not_utf8", contact("looked", '{"x":"?"}').replace(b"?", b"\xed\xa0\x80")),
    ("not_json", contact("looked")[:-1]),
    ("not_json", contact("looked") + b" x"),
    ("not_json", b"{'type':'looked'}"),
    ("not_json", b"looked"),
    ("not_object", b"[]"),
    ("not_object", b'"looked"'),
    ("not_object", b"17"),
    ("not_object", b"null"),
    ("no_type", contact("looked", type="")),
    ("no_type", contact("looked", type="null")),
    ("no_contact", contact("looked", contact="")),
    ("no_contact", contact("looked", contact="null")),
    ("no_contact", contact("product_viewed", '{"product":"p1"}', contact="", product='"p1"')),
    ("no_product", product("stock_changed", '{"quantity":1}', product="")),
    ("no_product", product("stock_changed", '{"quantity":1}', product="null")),
    (
        "no_product",
        product("price_changed", '{"price":1,"product":"p1"}', product="", contact='"c1"'),
    ),
    ("bad_time", contact("looked", time="")),
    ("bad_time", contact("looked", time='"2026-11-21T10:00:00"')),
    ("bad_time", product("stock_changed", '{"quantity":1}', time='"noon"')),
    ("bad_field", contact("looked", "[]")),
    ("bad_field", contact("looked", '"x"')),
    ("bad_field", contact("looked", "7")),
    ("bad_time", contact("looked", time="1795255200")),
    ("bad_time", contact("looked", time="99999999999")),
    ("bad_time", contact("looked", time="-1795255200000")),
    ("bad_time", contact("looked", time="253402300800000")),
    ("bad_time", product("stock_changed", '{"quantity":1}', time="1795255200")),
    ("bad_field", contact("looked", contact="1.5")),
    ("bad_field", contact("looked", contact="true")),
    ("bad_field", contact("looked", id="7.5")),
    ("bad_field", contact("looked", id='""')),
    ("bad_field", contact("product_viewed", '{"product":7.0}')),
    ("bad_field", contact("product_viewed", '{"product":true}')),
    ("bad_field", contact("order_placed", '{"order":["o1"]}')),
    ("bad_field", contact("cart_updated", '{"items":"p1"}')),
    ("bad_field", contact("cart_updated", '{"items":{}}')),
    ("bad_field", contact("cart_updated", '{"items":["p1"]}')),
    ("bad_field", contact("cart_updated", '{"items":[{"product":""}]}')),
    ("bad_field", product("stock_changed", '{"quantity":"seven"}')),
    ("bad_field", product("stock_changed", '{"quantity":true}')),
    ("bad_field", product("price_changed", '{"price":"7,00"}')),
    ("bad_field", product("price_changed", '{"price":-0.01}')),
    ("bad_field", product("price_changed", '{"price":"-1"}')),
    ("missing_field", contact("category_viewed")),
    ("missing_field", contact("category_viewed", data="")),
    ("missing_field", contact("category_viewed", data="null")),
    ("missing_field", contact("product_viewed", '{"category":"bags"}')),
    ("missing_field", contact("product_viewed", '{"product":null}')),
    ("missing_field", contact("searched")),
    ("missing_field", contact("wishlist_added")),
    ("missing_field", contact("stock_alert_requested")),
    ("missing_field", contact("cart_item_added", '{"quantity":1}')),
    ("missing_field", contact("cart_item_removed", '{"quantity":1}')),
    ("missing_field", contact("cart_updated", '{"cart":"k1"}')),
    ("missing_field", contact("cart_updated", ITEM_WITHOUT_PRODUCT)),
    ("missing_field", contact("order_placed", '{"total":1}')),
    ("missing_field", contact("order_cancelled")),
    *[("missing_field", contact(f"message_{what}", '{"campaign":"x"}')) for what in MESSAGES],
    ("missing_field", contact("contact_merged")),
    ("missing_field", product("stock_changed", '{"location":"L1"}')),
    ("missing_field", product("price_changed")),
    *[
        ("not_finite", contact("looked", f'{{"x":{number}}}'))
        for number in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999")
    ],
    ("not_finite", contact("product_viewed", '{"product":"p1","price":NaN}')),
    ("not_finite", product("price_changed", '{"price":1e999}')),
    ("not_finite", product("price_changed", f'{{"price":{"9" * 309}}}')),
    ("not_finite", contact("looked", f'{{"x":[{{"y":-{"9" * 5000}}}]}}')),
    ("not_finite", contact("looked", '{"x":[{"y":NaN}]}')),
    ("id_too_long", contact("looked", contact=f'"{"c" * 257}"')),
    ("id_too_long", contact("looked", contact=f'"{"é" * 129}"')),
    ("id_too_long", contact("looked", id=f'"{"e" * 257}"')),
    ("id_too_long", contact("looked", contact="9" * 257)),
    ("id_too_long", contact("product_viewed", f'{{"product":{"9" * 257}}}')),
    ("id_too_long", product("stock_changed", f'{{"quantity":1,"location":"{"l" * 257}"}}')),
    ("id_too_long", product("stock_changed", '{"quantity":1}', product=f'"{"p" * 257}"')),
    ("too_deep", contact("looked", nested(32))),
    ("too_deep", contact("looked", '{"x":' + "[" * 31 + "]" * 31 + "}")),
    ("too_large", sized(MIB + 1)),
]
ACCEPTED: list[bytes] = [
    contact("session_started"),
    contact("session_started", data=""),
    contact("session_started", data="null", id="null"),
    contact("looked", x='"unknown"', product='"p1"', topic="[1]"),
    contact("category_viewed", '{"category":"bags"}'),
    contact("product_viewed", '{"product":"p1","price":null,"brand":null}'),
    contact("cart_updated", '{"items":[]}'),
    contact("checkout_started"),
    contact("cart_updated", '{"items":[null]}'),
    contact("order_placed", '{"order":"o1"}'),
    contact("order_placed", '{"order":1,"items":"p1","total":"39,80 EUR","cart":[]}'),
    contact("order_placed", f'{{"order":"o1","items":[{{"sku":1}}],"x":"{"9" * 400}"}}'),
    contact("looked", contact="17", id="18"),
    contact("looked", f'{{"x":{"9" * 308}}}'),
    product("product_updated", '{"price":[],"quantity":"many","brand":1e30}'),
    product("price_changed", '{"price":2,"quantity":"12"}'),
    contact("contact_updated"),
    contact("contact_erased", contact='"c9"'),
    product("product_updated"),
    product("stock_changed", '{"quantity":0,"location":null}'),
    contact("looked", '{"x":1e308,"y":-1e308}'),
    contact("looked", contact=f'"{"c" * 256}"'),
    contact("looked", contact=f'"{"é" * 128}"'),
    contact("looked", id=f'"{"e" * 256}"'),
    contact("looked", nested(31)),
    contact("looked", '{"x":' + "[" * 30 + "]" * 30 + "}"),
    sized(MIB),
]


@dataclass(frozen=True)
class Outcome:
    lines: list[bytes]
    triggers: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    stderr: str


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A replay of all of them; after each comes a search, which fires."""
    folder = tmp_path_factory.mktemp("refusals")
    written: list[bytes] = []
    for each in [line for _, line in REFUSED] + ACCEPTED:
        written += [each, contact("searched", '{"query":"bags"}')]
    (folder / "events.ndjson").write_bytes(b"".join(line + b"\n" for line in written))
    result = replay(folder, FINDER, "--dlq", "dlq.ndjson", "events.ndjson")
    refused = records((folder / "dlq.ndjson").read_bytes())
    return Outcome(written, records(result.stdout), refused, result.stderr.decode())


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=lambda n: f"{n}-{REFUSED[n][0]}")
def test_bad_input_is_refused_with_its_code_and_place(outcome: Outcome, number: int) -> None:
    code, line = REFUSED[number]
    place = 2 * number + 1
    (refused,) = [each for each in outcome.refused if each["line"] == place]
    assert (refused["code"], refused["file"]) == (code, "events.ndjson")
    assert set(refused) == {"code", "message", "file", "line", "value"}
    assert refused["message"]
    if code != "not_utf8":
        assert refused["value"] == line.decode()


def test_refused_lines_are_told_in_their_order_and_nothing_else_is_refused(
    outcome: Outcome,
) -> None:
    assert [each["line"] for each in outcome.refused] == [2 * n + 1 for n in range(len(REFUSED))]


def test_every_valid_neighbour_is_processed(outcome: Outcome) -> None:
    expected = [f"{TIME}#line:{2 * n + 2}" for n in range(len(REFUSED) + len(ACCEPTED))]
    fired = [each for each in outcome.triggers if each["type"] == "trigger.fired"]
    assert [each["anchor"] for each in fired] == expected


def test_refused_records_are_counted_on_standard_error(outcome: Outcome) -> None:
    assert str(len(REFUSED)) in outcome.stderr


def test_the_dead_letters_are_written_in_utf_8_json_whatever_they_were(outcome: Outcome) -> None:
    assert all(json.dumps(each) for each in outcome.refused)
    bytes_that_are_no_text = [each for each in outcome.refused if each["code"] == "not_utf8"]
    assert all("looked" in each["value"] for each in bytes_that_are_no_text)


def test_a_record_whose_key_is_not_its_contact_or_product_is_refused() -> None:
    # Only in Kafka has a record a key.
    search = contact("searched", '{"query":"bags"}')
    stock = product("stock_changed", '{"quantity":1}')
    assert decode_event(search, b"c1").contact == "c1"
    assert decode_product(stock, b"p1").product == "p1"
    for decode, record in ((decode_event, search), (decode_product, stock)):
        for key in (b"other", b"", None):
            with pytest.raises(Refused) as refused:
                decode(record, key)
            assert refused.value.code == "key_mismatch"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (b"[]", "an array"),
        (b'"looked"', "a string"),
        (b"17.5", "a number"),
        (b"true", "a boolean"),
        (b"null", "null"),
    ],
)
def test_json_that_is_no_object_is_named_by_jsons_own_words(value: bytes, what: str) -> None:
    with pytest.raises(Refused, match=f": {what}, not an object$"):
        decode_event(value, None)
