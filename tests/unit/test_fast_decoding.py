"""Most records are decoded on the fast path; that must never make a difference."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.errors import Refused
from streamseg.core.vocabulary import CONTACT_SHAPES
from streamseg.formats.canonical import decode, decode_event

NUMBERS = ["0", "-0", "0.0", "-0.0", "1", "-1", "2.50", "1e3", "1E-7", "1e-400", "1e308", "1e309"]
NUMBERS += ["-1e999", "12345678901234567890.5", "1e-9999999999", "9" * 40, "9" * 400]
FIELDS = ["product", "quantity", "price", "category", "order", "total", "cart", "query", "from"]
FIELDS += ["channel", "device", "number", "location", ""]
FIELDS_OF_EVENT = ["type", "contact", "time", "data", "id", "name"]
TIME = "2026-01-01T00:00:00.000Z"


def _written(document: Any) -> bytes:
    """JSON in which the marked texts are numbers, as they stand."""
    return json.dumps(document).replace('"@', "").replace('@"', "").encode()


numbers = st.sampled_from([f"@{number}@" for number in NUMBERS])
odd_texts = st.sampled_from(
    ["17", "-2.5", "1e999", "+1", "1 ", "", "x" * 65, "x" * 256, "x" * 257, "я" * 64, "я" * 129]
)
texts = st.one_of(*[st.just("p-1")] * 5, odd_texts)
scalars = st.one_of(texts, numbers, st.booleans(), st.none())
nested = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["a", "price"]), inner, max_size=2),
        inner.map(lambda value: [[[[[[[[[[[[value]]]]]]]]]]]]),
    ),
    max_leaves=4,
)
fields = st.sampled_from(FIELDS)


def _items(likely: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    records = st.dictionaries(fields, likely, max_size=3)
    items = st.builds(lambda product, more: {"product": product, **more}, texts, records)
    return st.one_of(st.lists(items, max_size=2), st.lists(scalars, max_size=1), items)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """An event, more often right than not."""
    likely = st.one_of(texts, numbers, numbers, scalars)
    kind = draw(st.sampled_from([*CONTACT_SHAPES, "coupon_used", "\0item", ""]))
    shape = CONTACT_SHAPES.get(kind)
    data = {name: draw(texts) for name in (shape.required if shape else ())}
    data |= draw(st.dictionaries(fields, likely, max_size=3))
    if draw(st.booleans()):
        data["context"] = draw(nested)
    if "items" in data or draw(st.booleans()):
        data["items"] = draw(_items(likely))
    event = {
        "type": kind,
        "contact": draw(texts),
        "time": draw(st.sampled_from([5, 100_000_000_000, TIME])),
    }
    return event | draw(st.fixed_dictionaries({"data": st.just(data)}, optional=OTHERS))


DEEP = json.loads("[" * 40 + "]" * 40)
OTHERS: dict[str, st.SearchStrategy[Any]] = {
    "id": texts,
    "product": texts,
    "extra": st.one_of(scalars, st.just(DEEP)),
}


def _told(read: Any, *arguments: Any) -> Any:
    try:
        event = read(*arguments)
    except Refused as error:
        return error.code, error.message
    fields = [getattr(event, name) for name in FIELDS_OF_EVENT]
    # 0 and -0.0 are equal, and so are True and 1
    return fields, repr(fields)


@settings(max_examples=400)
@given(events())
def test_the_fast_path_makes_no_difference(event: dict[str, Any]) -> None:
    """The topic's reader, which takes short cuts, reads what a file's reader reads."""
    value = _written(event)
    for _ in range(2):  # at first sight, and once the fields are known
        assert _told(decode_event, value, event["contact"].encode()) == _told(decode, value)


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_is_taken_for_another(number: str) -> None:
    """Zeros of all kinds are 0, what is no finite double is refused, at the top and in items."""
    priced = {"product": "p", "price": f"@{number}@"}
    for name, data in (("product_viewed", priced), ("cart_updated", {"items": [priced]})):
        value = _written({"type": name, "contact": "c", "time": TIME, "data": data})
        assert _told(decode_event, value, b"c") == _told(decode, value)


def test_decimals_that_are_kept_stay_what_was_written() -> None:
    """More different prices than are kept, each of them twice."""
    prices = [f"{cents // 100}.{cents % 100:02}" for cents in range(1, 6_001)] * 2
    for price in prices:
        data = {"product": "p", "price": f"@{price}@"}
        value = _written({"type": "product_viewed", "contact": "c", "time": TIME, "data": data})
        assert str(decode_event(value, b"c").data["price"]) == price


def test_an_item_is_not_taken_for_an_event_nor_an_event_for_an_item() -> None:
    """What is known to be right of the one says nothing of the other."""
    loose = {"product": "p-1", "quantity": -1}
    event = {"type": "", "contact": "c", "time": TIME, "data": loose}
    for name in ("bought", "\0item", "item"):
        value = _written({**event, "type": name})
        assert decode_event(value, b"c").data == loose
    value = _written({**event, "type": "cart_updated", "data": {"items": [loose]}})
    assert _told(decode_event, value, b"c") == _told(decode, value)
    assert decode_event(value, b"c").data == {"items": [{"product": "p-1"}]}
