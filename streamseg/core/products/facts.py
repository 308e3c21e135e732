"""What a partition knows of a product: its facts, and when it was in and out of stock."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Final

import msgspec

from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.values.numbers import pack, unpack
from streamseg.core.values.predicates import Number

MAX_TURNS: Final = 64  # 32 stays out of stock

_NOT_ASKED: Final[dict[int, list[tuple[int, int]]]] = {}  # replaced, never altered
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode


class ProductFacts:
    """The facts of a product, each None where it was never told. An object is never altered:
    ``after`` makes another.

    - ``currency``: that of the price; ``currency_before``: that of the price before
    - ``turns``: when it went out of stock and came back, in turn, beginning with going out; a
      product whose stock was never told is in stock
    - ``changed_at``: when an event last changed its stock, price, currency, category or brand
    """

    __slots__ = (
        "_restocks",
        "_value",
        "brand",
        "category",
        "changed_at",
        "currency",
        "currency_before",
        "name",
        "price",
        "price_before",
        "price_time",
        "stock",
        "turns",
        "version",
    )

    def __init__(self) -> None:
        self.stock: Number | None = None
        self.price: Number | None = None
        self.price_time: int | None = None
        self.price_before: Number | None = None
        self.category: str | None = None
        self.brand: str | None = None
        self.name: str | None = None
        self.changed_at: int | None = None
        self.currency: str | None = None
        self.currency_before: str | None = None
        self.turns: list[int] = []
        self.version = 0
        self._value: bytes | None = None
        self._restocks = _NOT_ASKED  # a cache by ``hold``: all contacts that wait ask the same

    def after(self, change: ProductChange) -> ProductFacts:
        """The facts after a change; these facts themselves where the change is not newer."""
        if change.version <= self.version:
            return self
        facts = ProductFacts()
        facts.version = change.version
        facts.stock, facts.turns, facts.changed_at = self.stock, self.turns, self.changed_at
        if change.stock != self.stock:
            facts._restock(change)
        kind = self.category, self.brand, self.currency
        if (change.category, change.brand, change.currency) != kind:
            facts._touch(change.time)
        if change.price != self.price or change.price_time != self.price_time:
            facts._touch(change.price_time)
        facts.price = change.price
        facts.price_time = change.price_time
        facts.price_before = change.price_before
        facts.currency = change.currency
        facts.currency_before = change.currency_before
        facts.category = change.category
        facts.brand = change.brand
        facts.name = change.name
        return facts

    def _restock(self, change: ProductChange) -> None:
        self.stock = change.stock
        self._touch(change.stock_time)
        out = change.stock is not None and change.stock <= 0
        if out != self.out_of_stock:
            turns = [*self.turns, change.stock_time or 0]
            self.turns = turns[2:] if len(turns) > MAX_TURNS else turns

    def _touch(self, instant: int | None) -> None:
        if instant is not None and (self.changed_at is None or instant > self.changed_at):
            self.changed_at = instant

    @property
    def out_of_stock(self) -> bool:
        """Whether it is out of stock now."""
        return len(self.turns) % 2 == 1

    def stay(self, instant: int) -> int:
        """The number of the stay in or out of stock at an instant; odd: out of stock."""
        return bisect_right(self.turns, instant)

    def was_out_at(self, instant: int) -> bool:
        """Whether it was out of stock at an instant."""
        return self.stay(instant) % 2 == 1

    def price_at(self, instant: int) -> tuple[Number | None, str | None]:
        """The price at an instant and its currency, as far as remembered."""
        if self.price_time is not None and instant < self.price_time:
            return self.price_before, self.currency_before
        return self.price, self.currency

    def restocks(self, hold: int) -> list[tuple[int, int]]:
        """The out-of-stock episodes that have ended, as (start, restock), in order.

        A restock that did not last ``hold`` ms did not end its episode. The last restock counts,
        though it may not have lasted that long yet.
        """
        known = self._restocks.get(hold)
        if known is None:
            known = self._find_restocks(hold)
            self._restocks = {**self._restocks, hold: known}
        return known

    def _find_restocks(self, hold: int) -> list[tuple[int, int]]:
        episodes: list[tuple[int, int]] = []
        start: int | None = None
        turns = self.turns
        for place in range(0, len(turns) - 1, 2):
            start = turns[place] if start is None else start
            restock = turns[place + 1]
            following = turns[place + 2] if place + 2 < len(turns) else None
            if following is None or following - restock >= hold:
                episodes.append((start, restock))
                start = None
        return episodes

    def encode(self) -> bytes:
        """The facts as bytes at rest."""
        if self._value is None:
            fields = [
                pack(self.stock),
                pack(self.price),
                self.price_time,
                pack(self.price_before),
                self.category,
                self.brand,
                self.name,
                self.changed_at,
                self.turns,
                self.version,
            ]
            if self.currency is not None or self.currency_before is not None:
                fields += [self.currency, self.currency_before]
            self._value = _encode(fields)
        return self._value

    @classmethod
    def decode(cls, value: bytes) -> ProductFacts:
        """The facts that ``encode`` wrote."""
        facts = cls()
        fields: list[Any] = _decode(value)
        stock, price, facts.price_time, before, *rest = fields
        facts.stock, facts.price, facts.price_before = unpack(stock), unpack(price), unpack(before)
        facts.category, facts.brand, facts.name, *rest = rest
        facts.changed_at, facts.turns, facts.version, *rest = rest
        if rest:
            facts.currency, facts.currency_before = rest
        facts._value = value
        return facts
