"""Records as the world sends them: right ones, right ones with something wrong, and noise.

`records` draws them; `raw_stream` makes any number of them from a seed, for a broker.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from streamseg.core.vocabulary import CONTACT_SHAPES, PRODUCT_SHAPES

START_MS: Final = 1_767_225_600_000  # 2026-01-01
CONTACTS: Final = ["ann", "bob", "", "é" * 128, "x" * 257]
PRODUCTS: Final = ["p", "q", "r", "p" * 256]

# Numbers as they stand in JSON, some of which it does not have.
_NUMBERS: Final = [
    *(
        "0",
        "-0.0",
        "1",
        "-1",
        "0.01",
        "19.90",
        "1e3",
        "-1e27",
        "1e-400",
        "1e308",
        "-1e308",
        "1e309",
    ),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "1" + "0" * 30),
    *("9" * 308, "9" * 400, "9" * 5000, "0." + "3" * 900, "1e99999999999", "NaN", "-Infinity"),
    *("1795255200", "1795255200000", "01", "+1", "1.", "0x10"),
]
_TEXTS: Final = [
    *("", "p", "q", "ann", "bags", "EUR", "12", "-3", "39.80", "39,80 EUR", "1e999", "\x00"),
    *("é" * 65, "x" * 64, "x" * 65, "x" * 256, "x" * 257, "x" * 5000, "\ud800", "😀" * 40),
    *("2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "trigger"),
]
_FIELDS: Final = [
    *("product", "quantity", "price", "category", "brand", "name", "location", "currency", "cart"),
    *("order", "total", "items", "query", "channel", "campaign", "from", "type", "country", "x"),
    *("a.b", "", "consent"),
]


class Raw(NamedTuple):
    """A record: its topic's short name, and what a client wrote."""

    topic: str
    key: bytes | None
    value: bytes | None


class _Number(NamedTuple):
    text: str


def _written(value: Any) -> str:
    """JSON in which numbers stand as they are, and half surrogates too."""
    if isinstance(value, _Number):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(one) for one in value) + "]"
    return json.dumps(value)


def _odd(rng: random.Random, depth: int = 0) -> Any:
    """A value that a field should not have, or perhaps should."""
    kind = rng.randrange(10 if depth < 3 else 7)
    if kind < 3:
        return _Number(rng.choice(_NUMBERS))
    if kind < 5:
        return rng.choice(_TEXTS)
    if kind < 7:
        return rng.choice([None, True, False])
    if kind == 7:
        return [_odd(rng, depth + 1) for _ in range(rng.randrange(3))]
    if kind == 8:
        return {rng.choice(_FIELDS): _odd(rng, depth + 1) for _ in range(rng.randrange(3))}
    value: Any = _odd(rng, depth + 1)
    for _ in range(rng.choice([1, 5, 29, 30, 31, 40])):
        value = [value]
    return value


def _likely(rng: random.Random, field: str) -> Any:
    """A value that a field has."""
    if field == "product":
        return rng.choice(PRODUCTS)
    if field in ("price", "total"):
        return _Number(rng.choice(["19.90", "5", "80", "0", "200.5"]))
    if field == "quantity":
        return _Number(rng.choice(["0", "1", "2", "7"]))
    if field == "items":
        names = ("product", "quantity", "price", "category")
        count = rng.randrange(4)
        return [{name: _likely(rng, name) for name in names} for _ in range(count)]
    if field == "location":
        return rng.choice(["A", "B"])
    return rng.choice(["bags", "o1", "o2", "k1", "email", "red bag"])


def valid_event(rng: random.Random, time: int) -> dict[str, Any]:
    """An event of any type, as a sender that reads the manual writes it."""
    kind = rng.choice([*CONTACT_SHAPES, *PRODUCT_SHAPES, *PRODUCT_SHAPES, "quiz_done"])
    of_product = kind in PRODUCT_SHAPES
    shape = PRODUCT_SHAPES.get(kind) or CONTACT_SHAPES.get(kind)
    data = {}
    for field, _ in shape.kinds.items() if shape else ():
        if field in shape.required or rng.random() < 0.6:
            data[field] = _likely(rng, field)
    if kind == "contact_updated":
        data = {"country": rng.choice(["PL", None]), "consent": {"email": rng.random() < 0.5}}
    owner = (
        {"product": rng.choice(PRODUCTS)} if of_product else {"contact": rng.choice(CONTACTS[:2])}
    )
    event: dict[str, Any] = {"type": kind, **owner, "time": time, "data": data}
    if rng.random() < 0.8:
        event["id"] = f"e{rng.randrange(10**6)}"
    return event


def _spoil(rng: random.Random, event: dict[str, Any]) -> None:
    """Make something of it another."""
    data = event["data"]
    for _ in range(rng.randint(1, 3)):
        kind = rng.randrange(8)
        if kind == 0:
            event[rng.choice(["id", "type", "contact", "product", "time", "data"])] = _odd(rng)
            return
        if kind == 1:
            event[rng.choice(["contact", "product"])] = rng.choice([*CONTACTS, _Number("17")])
        elif kind == 2 and data:
            del data[rng.choice(list(data))]
        elif kind == 3 and isinstance(data.get("items"), list) and data["items"]:
            item = rng.choice(data["items"])
            if isinstance(item, dict):
                item[rng.choice(_FIELDS)] = _odd(rng)
        elif kind == 4 and data:
            data[rng.choice(list(data))] = _odd(rng)
        else:
            data[rng.choice(_FIELDS)] = _odd(rng)


def _bitten(rng: random.Random, value: bytes) -> bytes:
    """The bytes with a few of them others, gone or doubled."""
    bytes_ = bytearray(value)
    for _ in range(rng.randint(1, 4)):
        if not bytes_:
            break
        place = rng.randrange(len(bytes_))
        change = rng.randrange(3)
        if change == 0:
            bytes_[place] = rng.randrange(256)
        elif change == 1:
            del bytes_[place : place + rng.randint(1, 8)]
        else:
            bytes_[place:place] = bytes_[place : place + rng.randint(1, 8)]
    return bytes(bytes_)


def raw_record(rng: random.Random, time: int) -> Raw:
    """One record; about half of them are right."""
    event = valid_event(rng, time)
    topic = "products" if event["type"] in PRODUCT_SHAPES else "events"
    owner = event.get("product" if topic == "products" else "contact")
    sort = rng.randrange(20)
    if sort == 0:
        return Raw(topic, rng.choice([None, b"", owner.encode()]), None)
    if sort == 1:
        return Raw(topic, rng.randbytes(rng.randrange(20)), rng.randbytes(rng.randrange(60)))
    if sort < 10:
        _spoil(rng, event)
        owner = event.get("product" if topic == "products" else "contact")
    value = _written(event).encode()
    if sort == 10:
        value = _bitten(rng, value)
    key: bytes | None = owner.text.encode() if isinstance(owner, _Number) else b"?"
    if isinstance(owner, str):
        key = owner.encode("utf-8", "surrogatepass")
    if rng.random() < 0.03:
        key = rng.choice([None, b"", b"\xff\xfe", b"ann", rng.randbytes(5)])
        topic = rng.choice([topic, "events", "products"])
    return Raw(topic, key, value)


def raw_stream(seed: int, count: int) -> Iterator[Raw]:
    """So many records of a seed, mostly in the order of their times."""
    rng = random.Random(seed)
    time = START_MS
    for _ in range(count):
        time += rng.choice([0, 1, 1_000, 60_000, 1_800_000])
        yield raw_record(rng, time - rng.choice([0, 0, 0, 0, 7_200_000]))


records = st.builds(
    lambda seed, count: list(raw_stream(seed, count)),
    st.integers(0, 2**32),
    st.integers(1, 60),
)
noise = st.one_of(st.none(), st.binary(max_size=40))
