"""What is known of the products: a plain fold of their events in the order of arrival."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from .values import Json, exact

NEVER = -(2**62)
WHOLE = None


@dataclass
class Product:
    quantities: dict[str | None, tuple[int, Json]] = field(default_factory=dict)
    """Location (None: the whole) -> time of its fact, quantity."""
    whole_at: int = NEVER
    """When a quantity without location last replaced all locations."""
    facts: dict[str, tuple[int, Json]] = field(default_factory=dict)
    """price, category, brand, name -> time of the fact, value."""
    stocks: list[tuple[int, Fraction]] = field(default_factory=list)
    """Every stock the product had, from when on."""
    prices: list[tuple[int, Json]] = field(default_factory=list)
    """Every price the product had, from when on."""
    currencies: list[str | None] = field(default_factory=list)
    """The currency of each of these prices."""
    apart: str | None = None
    """A currency that was told before any price."""
    currency_at: int = NEVER

    kind_at: int = NEVER
    """When category, brand or currency last became another."""

    @property
    def changed(self) -> int:
        """When stock, price, category, brand or currency last became another."""
        times = [time for time, _ in [*self.stocks, *self.prices]]
        return max([self.kind_at, *times])

    def is_other_than(self, before: "Product") -> bool:
        """Whether stock, price, category, brand or currency are others."""
        sides = [(len(p.stocks), len(p.prices), p.kind_at) for p in (self, before)]
        return sides[0] != sides[1] or self.kind() != before.kind()

    def kind(self) -> tuple[Json, Json, str | None]:
        currency = self.currencies[-1] if self.currencies else self.apart
        return self.fact("category"), self.fact("brand"), currency

    def changed_since(self, before: "Product", time: int) -> int:
        """From when on stock and price are others than `before` by an event of a time."""
        stocks, prices = self.stocks[len(before.stocks) :], self.prices[len(before.prices) :]
        return max([time, *(since for since, _ in [*stocks, *prices])])

    def stock(self) -> Fraction | None:
        return self.stocks[-1][1] if self.stocks else None

    def fact(self, name: str) -> Json:
        return self.facts[name][1] if name in self.facts else None

    def price_at(self, time: int) -> tuple[Json, str | None]:
        """The price that held at a time and its currency, None if none was told by then."""
        held = [
            (price, currency)
            for (since, price), currency in zip(self.prices, self.currencies, strict=True)
            if since <= time
        ]
        return held[-1] if held else (None, None)

    def spans_without_stock(self) -> list[tuple[int, int]]:
        """[from, to) of every time out of stock; the last may be open (to: the end of time)."""
        spans: list[tuple[int, int]] = []
        out_since: int | None = None
        for time, quantity in self.stocks:
            if quantity <= 0 and out_since is None:
                out_since = time
            elif quantity > 0 and out_since is not None:
                spans.append((out_since, time))
                out_since = None
        return spans if out_since is None else [*spans, (out_since, -NEVER)]

    def was_out(self, time: int) -> bool:
        return any(start <= time < end for start, end in self.spans_without_stock())

    def episodes(self, hold: int) -> list[tuple[int, int]]:
        """[from, restock) of every out-of-stock episode.

        A restock that was over before `hold` did not end its episode: the next span goes on.
        """
        episodes: list[tuple[int, int]] = []
        for start, end in self.spans_without_stock():
            if episodes and start - episodes[-1][1] < hold:
                episodes[-1] = (episodes[-1][0], end)
            else:
                episodes.append((start, end))
        return episodes

    def stock_told(self, location: str | None, quantity: Json, time: int) -> None:
        """One quantity told; for each location an older one than its fact is ignored.

        A whole replaces the locations told until then; a located one after it drops it.
        """
        own = self.quantities.get(location, (NEVER, None))[0]
        if time < max(self.whole_at, own):
            return
        latest = max([self.whole_at, *(at for at, _ in self.quantities.values())])
        if location is WHOLE:
            self.whole_at = time
            newer = {name: fact for name, fact in self.quantities.items() if fact[0] > time}
            self.quantities = newer or {WHOLE: (time, quantity)}
        else:
            self.quantities.pop(WHOLE, None)
            self.quantities[location] = (time, quantity)
        total = sum((exact(each) for _, each in self.quantities.values()), Fraction(0))
        if total != self.stock():
            self.stocks.append((max(time, latest), total))

    def fact_told(self, name: str, value: Json, time: int) -> None:
        if name in self.facts and time < self.facts[name][0]:
            return
        self.facts[name] = (time, value)

    def price_told(self, price: Json, currency: str | None, time: int) -> None:
        """A price, its currency, or both: a currency alone is that of the price as it is."""
        if "price" in self.facts and time < self.facts["price"][0]:
            return
        if currency is not None and time < self.currency_at:
            currency = None
        known = self.currencies[-1] if self.prices else self.apart
        is_newer_known = time < self.currency_at
        if price is None and not self.prices:
            self.apart = currency or self.apart
        elif price is not None and (not self.prices or exact(price) != exact(self.prices[-1][1])):
            self.prices.append((time, price))
            self.currencies.append(known if is_newer_known else currency)
        elif currency is not None and known is not None and currency != known:
            self.prices.append((time, self.prices[-1][1]))
            self.currencies.append(currency)
        else:
            self.currencies[-1] = known if currency is None else currency
        if price is not None:
            self.facts["price"] = (time, price)
        if currency is not None:
            self.currency_at = time

    def told(self, data: Mapping[str, Json], time: int) -> None:
        """One event of the product."""
        if data.get("quantity") is not None:
            self.stock_told(data.get("location"), data["quantity"], time)
        if data.get("price") is not None or data.get("currency") is not None:
            self.price_told(data.get("price"), data.get("currency"), time)
        kind = self.kind()
        for name in ("category", "brand", "name"):
            if data.get(name) is not None:
                self.fact_told(name, data[name], time)
        if self.kind() != kind:
            self.kind_at = max(self.kind_at, time)
