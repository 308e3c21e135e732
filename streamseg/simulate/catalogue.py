"""What the shop sells: products with a category, a brand and a price."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

# Category: its kinds of product, and the lowest and highest list price in whole units.
_CATEGORIES: dict[str, tuple[tuple[str, ...], int, int]] = {
    "bags": (("tote", "backpack", "clutch", "duffel"), 60, 420),
    "shoes": (("sneakers", "boots", "loafers", "sandals"), 50, 320),
    "dresses": (("shirt dress", "slip dress", "maxi dress"), 45, 260),
    "outerwear": (("parka", "trench coat", "puffer"), 110, 540),
    "knitwear": (("cardigan", "pullover", "vest"), 35, 190),
    "jewellery": (("ring", "necklace", "earrings", "bracelet"), 15, 240),
    "beauty": (("lipstick", "perfume", "cream"), 9, 130),
    "home": (("candle", "throw", "vase", "lamp"), 12, 180),
}
_BRANDS = ("Alder", "Borealis", "Cove", "Dunmore", "Etienne", "Fjord", "Gallant")


@dataclass(slots=True, eq=False)
class Product:
    """A sellable variant. Prices are in cents; `stock` holds a quantity per location; the product
    of `rank` 1 is the most looked at.

    A product kept without locations has the one key None, and one with no stock at all is never
    told to the stream (a gift card: it cannot run out).
    """

    id: str
    rank: int
    name: str
    category: str
    brand: str
    list_price_cents: int
    price_cents: int
    stock: dict[str | None, int]

    @property
    def price(self) -> float:
        return self.price_cents / 100

    @property
    def in_stock(self) -> bool:
        return not self.stock or sum(self.stock.values()) > 0


class Catalogue:
    """All products, the popular ones first: the n-th is looked at 1/n as often as the first."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = products
        self._by_category: dict[str, list[Product]] = {}
        for product in products:
            self._by_category.setdefault(product.category, []).append(product)
        self._weights = list(accumulate(1 / rank for rank in range(1, len(products) + 1)))

    @property
    def categories(self) -> Sequence[str]:
        return tuple(self._by_category)

    def pick(self, rng: Random, category: str | None = None) -> Product:
        """A product as a visitor would come upon it, of this category if one is named."""
        if category is None:
            return rng.choices(self.products, cum_weights=self._weights)[0]
        shelf = self._by_category[category]
        return shelf[int(len(shelf) * rng.random() ** 2)]

    def share(self, product: Product) -> float:
        """The part of all looks that this product gets, 0 to 1."""
        return 1 / product.rank / self._weights[-1]


def make_catalogue(rng: Random, count: int) -> Catalogue:
    """`count` products `p-1`, `p-2`, … of the categories in turn."""
    categories = list(_CATEGORIES)
    return Catalogue(
        [_product(rng, n, categories[n % len(categories)]) for n in range(1, count + 1)]
    )


def _product(rng: Random, number: int, category: str) -> Product:
    kinds, lowest, highest = _CATEGORIES[category]
    brand = rng.choice(_BRANDS)
    price_cents = rng.randint(lowest, highest) * 100 - rng.choice((0, 1, 10, 50))
    return Product(
        id=f"p-{number}",
        rank=number,
        name=f"{brand} {rng.choice(kinds)}",
        category=category,
        brand=brand,
        list_price_cents=price_cents,
        price_cents=price_cents,
        stock={},
    )
