"""The catalog: the facts of products as events tell them, with stock by location.

One task for each partition of the products' topic. A quantity of a location and a quantity of the
whole replace each other by their times, not by their arrival, so that late events give the same
result:

    whole 10:00 = 5      A 10:05 = 2     -> {A: 2}         the located one drops the whole
    A 10:05 = 2          whole 10:00 = 5 -> {A: 2}         the same, in another order of arrival
"""

from __future__ import annotations

from typing import Any

import msgspec

from streamseg.core.errors import StateError
from streamseg.core.events import UNKNOWN, ProductEvent
from streamseg.core.features.base import FOREVER
from streamseg.core.features.last_interest import MAX_CURRENCY
from streamseg.core.messages.outcomes import Batch, ProductChange
from streamseg.core.store import Store
from streamseg.core.values.numbers import kept, pack, unpack
from streamseg.core.values.predicates import Number, exact_sum

MAX_LOCATIONS = 4096
MAX_TEXT = 1024  # characters of a category, brand or name
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_NOW = b"n"


class Product:
    """What is known of a product, each fact with the time of the event that told it."""

    __slots__ = (
        "currency_before",
        "facts",
        "locations",
        "price_before",
        "price_time",
        "stock",
        "stock_time",
        "version",
        "whole_time",
    )

    def __init__(self) -> None:
        self.facts: dict[str, tuple[Any, int]] = {}  # price, currency, category, brand, name
        self.locations: dict[str, tuple[Any, int]] = {}  # "" is the whole
        self.whole_time: int | None = None
        self.stock: Number | None = None
        self.stock_time: int | None = None
        self.price_before: Number | None = None
        self.currency_before: str | None = None
        self.price_time: int | None = None
        self.version = 0

    def encode(self) -> bytes:
        """The bytes at rest."""
        price, told = self.facts.get("price", (None, 0))
        facts = {**self.facts, "price": (pack(price), told)} if price is not None else self.facts
        locations = {name: (pack(stock), told) for name, (stock, told) in self.locations.items()}
        fields = [
            facts,
            locations,
            self.whole_time,
            pack(self.stock),
            self.stock_time,
            pack(self.price_before),
            self.price_time,
            self.version,
        ]
        if self.currency_before is not None:
            fields.append(self.currency_before)
        return _encode(fields)

    @classmethod
    def decode(cls, key: bytes, value: bytes) -> Product:
        """The product that ``encode`` wrote."""
        product = cls()
        try:
            facts, locations, product.whole_time, stock, product.stock_time, *rest = _decode(value)
        except (msgspec.DecodeError, ValueError) as error:
            raise StateError(f"the state of product {key!r} is damaged: {error}") from error
        product.facts = {
            name: (unpack(fact) if name == "price" else fact, told)
            for name, (fact, told) in facts.items()
        }
        product.locations = {name: (unpack(fact), told) for name, (fact, told) in locations.items()}
        product.stock, product.price_before = unpack(stock), unpack(rest[0])
        product.price_time, product.version, *rest = rest[1:]
        if rest:
            product.currency_before = rest[0]
        return product

    def tell(self, name: str, fact: Any, time: int) -> bool:
        """Take a fact, unless it is older than the one it would replace; returns whether it
        differs from that.
        """
        known, told = self.facts.get(name, (None, -FOREVER))
        if time < told:
            return False
        self.facts[name] = (fact, time)
        return bool(known != fact)

    def cost(self, price: Number | None, currency: str | None, time: int) -> bool:
        """Take a price, its currency, or both; returns whether either has changed.

        A price in another currency is another price. One that is told again without a currency
        keeps it, and a currency alone is that of the price as it is.
        """
        known, told = self.facts.get("price", (None, -FOREVER))
        before, named = self.facts.get("currency", (None, -FOREVER))
        if time < told:
            return False
        if time < named:
            currency = before
        is_same = price is None or price == known
        is_other = not is_same or (
            known is not None and None not in (before, currency) and before != currency
        )
        if is_other:
            self.price_before, self.price_time = known, time
            self.currency_before = None if known is None else before
        if price is not None:
            self.facts["price"] = (price, time)
        if currency is not None:
            self.facts["currency"] = (currency, max(time, named))
        elif not is_same:
            self.facts.pop("currency", None)
        return is_other or (currency is not None and before != currency)

    def count(self, quantity: Number, location: str | None, time: int) -> bool:
        """Take a quantity, of a location or of the whole; returns whether the stock has changed."""
        latest = max([time, *(told for _, told in self.locations.values())])
        if self.whole_time is not None and time < self.whole_time:
            return False
        if location is None:
            self.whole_time = time
            self.locations = {
                name: (stock, told) for name, (stock, told) in self.locations.items() if told > time
            }
            if not self.locations:
                self.locations = {"": (quantity, time)}
        else:
            if time < self.locations.get(location, (0, time))[1]:
                return False
            self.locations.pop("", None)
            self.locations[location] = (quantity, time)
            if len(self.locations) > MAX_LOCATIONS:
                del self.locations[min(self.locations, key=self._told_at)]
        stock = kept(exact_sum([stock for stock, _ in self.locations.values()]))
        if stock == self.stock:
            return False
        self.stock, self.stock_time = stock, max(latest, self.stock_time or latest)
        return True

    def _told_at(self, location: str) -> tuple[int, str]:
        return self.locations[location][1], location


class Catalog:
    """The task of a partition of products; its outcomes are the changes of facts."""

    def __init__(self) -> None:
        self.now = -FOREVER
        self._now_installed = self.now
        self._products: Store[Product] = Store(b"p", Product.decode, Product.encode)
        self._outcomes: list[Any] = []
        self.due: int | None = None
        self.timers = 0
        self.members: dict[str, int] = {}
        self.waiting_triggers: dict[tuple[str, str], int] = {}
        self.unaware: dict[str, int] = {}

    def must_wait(self, instant: int) -> bool:
        """There is no work in slices."""
        return False

    @property
    def contacts(self) -> int:
        """Products with state."""
        return len(self._products)

    @property
    def state_bytes(self) -> int:
        """Bytes of keys and values at rest."""
        return self._products.size

    def load(self, key: bytes, value: bytes | None) -> None:
        """Take a record of the changelog."""
        if key == _NOW:
            self.now = self._now_installed = _decode(value or b"\x00")
        elif key[:1] == b"p":
            self._products.load(key[1:], value)
        else:
            raise StateError(f"unknown kind of state {key[:1]!r}: written by a newer version?")

    def ready(self) -> None:
        """Nothing is derived from products."""
        self._products.loaded()

    def build(self, most: int | None) -> bool:
        """There is nothing to build."""
        return True

    def apply(self, record: ProductEvent, wall: int | None) -> None:
        """Take an event; a change of facts is an outcome."""
        time = record.time
        self.now = max(self.now, record.reaches)
        product = self._products.get(record.product)
        if product is None:
            product = Product()
            self._products.add(record.product, product)
        changed = False
        data = record.data
        if (quantity := data.get("quantity")) is not None:
            changed |= product.count(kept(quantity), data.get("location"), time)
        price, currency = data.get("price"), data.get("currency")
        if price is not None or currency is not None:
            currency = None if currency is None else currency[:MAX_CURRENCY]
            changed |= product.cost(None if price is None else kept(price), currency, time)
        for name in ("category", "brand", "name"):
            if (fact := data.get(name)) is not None:
                changed |= product.tell(name, fact[:MAX_TEXT], time)
        if changed:
            product.version += 1
            arrival = None if record.arrival == UNKNOWN else record.arrival
            self._outcomes.append(_change(record.product, product, time, arrival))

    def advance(self, now: int, wall: int | None, limit: int | None = None) -> bool:
        """Time alone changes no product."""
        self.now = max(self.now, now)
        return True

    def take(self) -> Batch:
        """The outcomes and changelog records since the last take."""
        changes = self._products.take()
        if self.now != self._now_installed:
            changes.append((_NOW, _encode(self.now)))
        batch = Batch(self._outcomes, changes)
        self._outcomes = []
        return batch

    def install(self) -> None:
        """What was taken is committed."""
        self._products.install()
        self._now_installed = self.now

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self._products.rollback()
        self._outcomes = []
        self.now = self._now_installed


def _change(key: str, product: Product, time: int, arrival: int | None) -> ProductChange:
    return ProductChange(
        product=key,
        time=time,
        version=product.version,
        stock=product.stock,
        stock_time=product.stock_time,
        price=product.facts.get("price", (None,))[0],
        price_time=product.price_time,
        price_before=product.price_before,
        category=product.facts.get("category", (None,))[0],
        brand=product.facts.get("brand", (None,))[0],
        name=product.facts.get("name", (None,))[0],
        currency=product.facts.get("currency", (None,))[0],
        currency_before=product.currency_before,
        arrival=arrival,
    )
