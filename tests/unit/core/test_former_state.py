"""State written before it had this or that still reads, and goes on from where it was."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import xxhash

from streamseg.core.catalog import Catalog
from streamseg.core.duplicates import REMEMBERED
from streamseg.core.errors import Refused
from streamseg.core.events import Event, ProductEvent
from streamseg.core.products import ProductFacts
from streamseg.formats.signals import decode_change
from tests.unit.core.shop import Log, commit, restored

MINUTE = 60_000
CART = "version: 1\nsegments: [{name: left, use: abandoned_cart, with: {after: 1h}}]"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def event(kind: str, time: int, name: str | None = None, **data: Any) -> Event:
    return Event(kind, "c", time, data, name, name or "")


def snapshot(time: int, name: str) -> Event:
    return event("cart_updated", time, None, cart=name, items=[{"product": "p"}])


def formerly(value: bytes, ids: list[str]) -> bytes:
    """A contact's bytes as they were: ids without their types, and carts without closed names."""
    fields = _decode(value[7:])
    fields[3] = b"".join(xxhash.xxh3_64_digest(name.encode())[:7] for name in ids)
    fields[5] = {place: state[:5] for place, state in fields[5].items()}
    return value[:7] + _encode(fields)


def former_log(ids: list[str]) -> Log:
    """Contact c with a cart k1 that opened at 0 and is still open."""
    log = Log()
    partition = restored({}, CART)
    partition.apply(snapshot(0, "k1"), None)
    commit(partition, log)
    log[b"cc"] = formerly(log[b"cc"], ids)
    return log


def told(log: Log, *events: Event) -> list[tuple[str, str]]:
    partition = restored(log, CART)
    for one in events:
        partition.apply(one, None)
    partition.advance(300 * MINUTE, None)
    messages = [json.loads(message) for message in commit(partition, log)]
    return [(one["type"], one["entered_at"]) for one in messages]


def test_a_cart_of_before_goes_on_and_is_closed_by_name() -> None:
    assert told(former_log([])) == [("trigger.fired", "1970-01-01T01:00:00.000Z")]
    order = event("order_placed", 10 * MINUTE, None, order="o", cart="k1", items=[{"product": "x"}])
    assert told(former_log([]), order, snapshot(20 * MINUTE, "k1")) == []


def test_an_id_of_before_is_known_whatever_the_type_was() -> None:
    order = event("order_placed", MINUTE, "e1", order="o")
    assert told(former_log(["e0", "e1"]), order)
    assert not told(former_log(["e0", "e2"]), order)


def test_ids_of_before_leave_as_others_come() -> None:
    former = [f"f{n}" for n in range(REMEMBERED)]
    others = [event("page_viewed", n, f"n{n}") for n in range(10)]
    known = event("order_placed", MINUTE, "f10", order="o")
    assert told(former_log(former), *others, known)
    gone = event("order_placed", MINUTE, "f9", order="o")
    assert not told(former_log(former), *others, gone)


def test_a_restart_in_between_changes_nothing() -> None:
    log = former_log(["e0"])
    partition = restored(log, CART)
    partition.apply(event("page_viewed", 1, "e1"), None)
    commit(partition, log)
    assert told(log, event("order_placed", MINUTE, "e0", order="o"))


def test_products_of_before_have_no_currency() -> None:
    facts = [7, 100, 5, 120, "bags", None, None, 5, [], 3]
    assert ProductFacts.decode(_encode(facts)).currency is None
    assert _decode(ProductFacts.decode(_encode(facts)).encode()) == facts
    catalog = Catalog()
    catalog.load(b"pp", _encode([{"price": [100, 5]}, {}, None, None, None, 120, 5, 2]))
    catalog.ready()
    catalog.apply(ProductEvent("price_changed", "p", 9, {"price": 80, "currency": "EUR"}), None)
    (change,) = catalog.take().outcomes
    assert (change.price, change.currency) == (80, "EUR")
    assert (change.price_before, change.currency_before) == (100, None)


def test_a_signal_of_before_has_no_currency() -> None:
    change = decode_change(
        b'{"type":"product_changed","product":"p","time":1,"version":1,"stock":null,'
        b'"stock_time":null,"price":3,"price_time":1,"price_before":null,"category":null,'
        b'"brand":null,"name":null}'
    )
    assert (change.price, change.currency) == (3, None)
    try:
        decode_change(b'{"type":"product_changed","product":"p"}')
    except Refused:
        return
    raise AssertionError("a signal without its facts was taken")
