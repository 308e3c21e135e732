"""The shop's goods: opening stock, sales, stock-outs and restocks, price changes."""

from streamseg.simulate.catalogue import Product
from streamseg.simulate.floor import Floor
from streamseg.simulate.schedule import Process

LOCATIONS = ("warsaw", "kyiv", "berlin")

# One product in so many has no stock that the stream is told of; it cannot run out.
_UNCOUNTED = 25
_EVENTS_PER_SELL_OUT = 60
_EVENTS_PER_PRICE_CHANGE = 120
# In a busy shop sell-outs are no denser than leaves most products on sale, and deliveries, which
# are to last for so many outages while a piece is sold among so many events, are larger.
_SOLD_OUT_AT_MOST = 0.1
_EVENTS_PER_SALE = 25
_OUTAGES_PER_DELIVERY = 5


def open_shop(floor: Floor) -> Process:
    """Tells every product once: its facts, and its stock per location or as a whole."""
    for number, product in enumerate(floor.catalogue.products, start=1):
        floor.tell_product(
            product,
            "product_updated",
            name=product.name,
            category=product.category,
            brand=product.brand,
            price=product.price,
        )
        if number % _UNCOUNTED:
            for location in _locations(floor):
                _set_stock(floor, product, location, _delivery(floor, product))
    yield from ()


def sell(floor: Floor, product: Product, quantity: int) -> None:
    """Takes up to `quantity` pieces out of stock; the last piece of all starts an outage."""
    for location, held in list(product.stock.items()):
        taken = min(held, quantity)
        if not taken:
            continue
        quantity -= taken
        _set_stock(floor, product, location, held - taken)
        if not product.in_stock:
            floor.schedule.start(restock(floor, product), floor.wait(floor.plan.outage_s))


def sell_outs(floor: Floor) -> Process:
    """Again and again a product goes all at once: a big order, a stock count, a recall."""
    seldom = floor.plan.outage_s / (_SOLD_OUT_AT_MOST * floor.plan.products)
    while True:
        yield floor.wait(max(_EVENTS_PER_SELL_OUT / floor.plan.rate, seldom))
        product = floor.catalogue.pick(floor.rng)
        sell(floor, product, sum(product.stock.values()))


def restock(floor: Floor, product: Product) -> Process:
    """A delivery at one location, sometimes at the others a little later."""
    for location in list(product.stock):
        delivered = _delivery(floor, product)
        _set_stock(floor, product, location, product.stock[location] + delivered)
        if floor.happens(0.6):
            return
        yield floor.wait(floor.plan.outage_s / 10)


def price_changes(floor: Floor) -> Process:
    """Again and again a product is marked down, or goes back to its list price."""
    while True:
        yield floor.wait(_EVENTS_PER_PRICE_CHANGE / floor.plan.rate)
        product = floor.catalogue.pick(floor.rng)
        if product.price_cents == product.list_price_cents:
            product.price_cents = product.list_price_cents * floor.rng.randint(70, 95) // 100
        else:
            product.price_cents = product.list_price_cents
        floor.tell_product(product, "price_changed", price=product.price)


def _delivery(floor: Floor, product: Product) -> int:
    sold_a_second = floor.plan.rate / _EVENTS_PER_SALE * floor.catalogue.share(product)
    lasts_s = _OUTAGES_PER_DELIVERY * floor.plan.outage_s
    return floor.rng.randint(3, 25) + int(sold_a_second * lasts_s)


def _locations(floor: Floor) -> list[str | None]:
    if floor.happens(0.4):
        return [None]
    return list(floor.rng.sample(LOCATIONS, floor.rng.randint(1, 2)))


def _set_stock(floor: Floor, product: Product, location: str | None, quantity: int) -> None:
    product.stock[location] = quantity
    if location is None:
        floor.tell_product(product, "stock_changed", quantity=quantity)
    else:
        floor.tell_product(product, "stock_changed", quantity=quantity, location=location)
