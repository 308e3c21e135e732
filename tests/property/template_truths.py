"""When a contact is in a segment of a template: the definitions, read off the whole log.

What is open in the cart is asked of a `cart` segment, whose truth is proved elsewhere.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from .grid import STEP_MS

Record = dict[str, Any]

TEN_DAYS = 10 * 86_400_000
RULES: Record = {
    "open": {"when": {"cart": {}}},
    "waits": {"when": {"cart": {"idle": "2s"}}},
    "cart": {"use": "abandoned_cart", "with": {"after": "2s", "yields_to": "checkout"}},
    "checkout": {"use": "abandoned_checkout", "with": {"after": ["2s", "4s"], "max_age": "7s"}},
    "browse": {"use": "abandoned_browse", "with": {"after": ["2s", "4s"], "max_age": "7s"}},
    "search": {"use": "abandoned_search", "with": {"after": ["2s", "4s"], "max_age": "7s"}},
    "cheaper": {"use": "price_drop", "with": {"within": "8s"}},
    "cheaper_for_long": {"use": "price_drop", "with": {"within": "8s", "hold": "2s"}},
    "few": {"use": "low_stock", "with": {"at_most": 2, "after": "2s", "within": "8s"}},
    "new": {
        "use": "welcome",
        "with": {"after": ["0s", "3s"], "of": ["searched", "product_viewed"]},
    },
    "first": {"use": "first_order"},
    "nth": {"use": "nth_order", "with": {"n": [2, 3]}},
    "gone": {"use": "win_back", "with": {"after": ["3s", "5s"], "at_least": 2}},
    "own_gap": {"use": "replenishment", "with": {"least": "2s", "early": "1s", "give_up": "3s"}},
    "gap": {"use": "replenishment", "with": {"gap": "4s", "early": "2s", "give_up": "3s"}},
    "tier": {"use": "value_tier", "with": {"tiers": [3, 6], "within": "6s"}},
    "asleep": {"use": "engagement_drop", "with": {"after": ["2s", "5s"], "sent": 2}},
}


class View(NamedTuple):
    """A contact (and product) at an instant: events up to it in order, and the cart's segments."""

    events: list[Record]
    product: str
    instant: int
    cart: set[str]

    def times(self, *types: str) -> list[int]:
        return [event["time"] for event in self.events if event["type"] in types]

    def age(self, *types: str) -> int | None:
        """How long ago the last event of these types was."""
        times = self.times(*types)
        return self.instant - times[-1] if times else None

    def fact(self, kind: str, field: str) -> Any:
        """What was last told of the product."""
        told = [
            event["data"][field]
            for event in self.events
            if event["type"] == kind and event["product"] == self.product
        ]
        return told[-1] if told else None

    @property
    def stock(self) -> Any:
        return self.fact("stock_changed", "quantity")

    def orders(self) -> list[int]:
        """When the product was ordered."""
        return [
            event["time"]
            for event in self.events
            if event["type"] == "order_placed"
            and any(item["product"] == self.product for item in event["data"].get("items", ()))
        ]


def ms(rung: str) -> int:
    return int(rung.removesuffix("s")) * STEP_MS


def is_left(at: View, first: str, stronger: tuple[str, ...], after: int, max_age: int) -> bool:
    age, since = at.age(first), at.age(*stronger)
    return age is not None and after <= age < max_age and (since is None or since > age)


def checkout_open(at: View) -> bool:
    return is_left(at, "checkout_started", ("order_placed",), 0, TEN_DAYS)


def wanted(at: View, after: int, within: int) -> tuple[bool, View | None]:
    """Whether the product is wanted, and the view of the moment of the last interest."""
    kinds = ("product_viewed", "wishlist_added", "cart_item_added")
    for place in range(len(at.events) - 1, -1, -1):
        event = at.events[place]
        if event["type"] in kinds and event["data"]["product"] == at.product:
            time = event["time"]
            ordered = any(order >= time for order in at.orders())
            holds = after <= at.instant - time < within and not ordered
            return holds, at._replace(events=at.events[: place + 1])
    return False, None


def cheaper(at: View) -> bool:
    holds, then = wanted(at, 0, 8 * STEP_MS)
    if then is None or not holds or (at.stock is not None and at.stock <= 0):
        return False
    before = then.events[-1]["data"].get("price")
    before = then.fact("price_changed", "price") if before is None else before
    price = at.fact("price_changed", "price")
    if before is None or price is None:
        return False
    fall = Fraction(str(before)) - Fraction(str(price))
    return price > 0 and fall > 0 and fall >= Fraction(str(before)) / 10


def cheaper_for_long(at: View) -> bool:
    """The price has been so for 2 s; told again it has been so since the first time."""
    since, price = None, None
    for event in at.events:
        if event["type"] != "price_changed" or event["product"] != at.product:
            continue
        if event["data"]["price"] != price:
            since, price = event["time"], event["data"]["price"]
    return since is not None and at.instant - since >= 2 * STEP_MS and cheaper(at)


def few(at: View) -> bool:
    holds, _ = wanted(at, 2 * STEP_MS, 8 * STEP_MS)
    return holds and at.stock is not None and 0 < at.stock <= 2


def due(at: View, gap: int | None, early: int) -> bool:
    orders = at.orders()[-8:]
    if gap is None and len(orders) > 1:
        gap = (orders[-1] - orders[0]) // (len(orders) - 1)
        gap = gap if gap >= 2 * STEP_MS else None
    if gap is None or not orders or (at.stock is not None and at.stock <= 0):
        return False
    return gap - early <= at.instant - orders[-1] < gap + 3 * STEP_MS


def is_new(at: View, after: int) -> bool:
    times = at.times("searched", "product_viewed")
    return bool(times) and at.instant - times[0] >= after and not at.times("order_placed")


def is_gone(at: View, after: int) -> bool:
    age = at.age("order_placed")
    return age is not None and age >= after and len(at.times("order_placed")) >= 2


def spent(at: View) -> Fraction:
    return sum(
        (
            Fraction(str(event["data"]["total"]))
            for event in at.events
            if event["type"] == "order_placed" and at.instant - event["time"] < 6 * STEP_MS
        ),
        Fraction(0),
    )


def is_asleep(at: View, after: int) -> bool:
    engaged = at.times("message_opened", "message_clicked")
    if not engaged or at.instant - engaged[-1] < after:
        return False
    return sum(time > engaged[-1] for time in at.times("message_sent")) >= 2


ADDED = ("cart_item_added", "checkout_started", "order_placed")
LOOKED = ("product_viewed", "wishlist_added", *ADDED)
TRUTHS: dict[str, Callable[[View, str], bool]] = {
    "cart": lambda at, rung: "waits" in at.cart and not checkout_open(at),
    "checkout": lambda at, rung: is_left(
        at, "checkout_started", ("order_placed",), ms(rung), 7 * STEP_MS
    ),
    "browse": lambda at, rung: (
        is_left(at, "product_viewed", ADDED, ms(rung), 7 * STEP_MS)
        and "open" not in at.cart
        and not checkout_open(at)
    ),
    "search": lambda at, rung: (
        is_left(at, "searched", LOOKED, ms(rung), 7 * STEP_MS)
        and "open" not in at.cart
        and not checkout_open(at)
    ),
    "cheaper": lambda at, rung: cheaper(at),
    "cheaper_for_long": lambda at, rung: cheaper_for_long(at),
    "few": lambda at, rung: few(at),
    "new": lambda at, rung: is_new(at, ms(rung)),
    "first": lambda at, rung: bool(at.times("order_placed")),
    "nth": lambda at, rung: len(at.times("order_placed")) >= int(rung),
    "gone": lambda at, rung: is_gone(at, ms(rung)),
    "own_gap": lambda at, rung: due(at, None, STEP_MS),
    "gap": lambda at, rung: due(at, 4 * STEP_MS, 2 * STEP_MS),
    "tier": lambda at, rung: spent(at) >= int(rung),
    "asleep": lambda at, rung: is_asleep(at, ms(rung)),
}
PER_PRODUCT = {"cheaper", "cheaper_for_long", "few", "own_gap", "gap"}
RUNGS = {
    name: rule.get("with", {}).get({"nth": "n", "tier": "tiers"}.get(name, "after"), [""])
    for name, rule in RULES.items()
}
