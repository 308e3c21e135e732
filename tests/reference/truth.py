"""The truth of a condition for a contact (and a key) at an instant, as each is defined."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from .carts import Cart
from .labels import condition_holds
from .records import Event, interests_of, matching
from .shelf import Product
from .values import (
    OPERATORS,
    Json,
    duration_ms,
    exact,
    field,
    figure_matches,
    is_number,
    kind,
    share,
    value_matches,
    where_matches,
)


@dataclass(frozen=True)
class Asked:
    """What a condition is asked of."""

    at: int
    arrived: list[Event]
    """All the contact's events, in the order of arrival."""
    counted: list[Event]
    """Those that count for the key, or all where there is none."""
    key: str | None
    product: Product
    """The product that the key names."""
    is_member: Callable[[str], bool]
    """Whether the contact is in the segment of a name, under this key where both have the same."""
    cart: Callable[[], Cart]
    """The open cart; of a template that is about a cart, that one."""
    value: Mapping[str, Json]
    """What the rules say of orders and labels."""


def span_start(asked: Asked, condition: Mapping[str, Json], name: str = "within") -> float:
    """The t-W of (t-W, t]; without W, before everything."""
    return asked.at - duration_ms(condition[name]) if name in condition else float("-inf")


def operators_in(condition: Mapping[str, Json]) -> dict[str, Json]:
    return {name: x for name, x in condition.items() if name in OPERATORS}


def did(asked: Asked, condition: Mapping[str, Json]) -> bool:
    events = matching(asked.counted, condition["did"], condition.get("where"))
    count = sum(span_start(asked, condition) < event.time <= asked.at for event in events)
    least = condition.get("at_least", 0 if "at_most" in condition else 1)
    return least <= count <= condition.get("at_most", float("inf"))  # type: ignore[no-any-return]


def idle(asked: Asked, condition: Mapping[str, Json]) -> bool:
    events = matching(asked.counted, condition["idle"], condition.get("where"))
    return bool(events) and asked.at - events[-1].time >= duration_ms(condition["for"])


def figure(condition: Mapping[str, Json], values: list[Json]) -> Fraction | None:
    """The aggregate of the values of the matching events; None where it is of none."""
    if condition["aggregate"] == "distinct":
        scalars = [v for v in values if v is not None and not isinstance(v, dict | list)]
        return Fraction(len({(kind(v), exact(v) if is_number(v) else v) for v in scalars}))
    numbers = [exact(value) for value in values if is_number(value)]
    if condition["aggregate"] == "sum":
        return sum(numbers, Fraction(0))
    if not numbers:
        return None
    if condition["aggregate"] == "avg":
        return sum(numbers, Fraction(0)) / len(numbers)
    return min(numbers) if condition["aggregate"] == "min" else max(numbers)


def aggregate(asked: Asked, condition: Mapping[str, Json]) -> bool:
    start = span_start(asked, condition)
    events = matching(asked.counted, condition["over"], condition.get("where"))
    found = figure(condition, [field(e.data, condition["of"]) for e in events if e.time > start])
    return found is not None and figure_matches(found, operators_in(condition))


def attribute(asked: Asked, condition: Mapping[str, Json]) -> bool:
    attributes: dict[str, Json] = {}
    for event in matching(asked.arrived, "contact_updated"):
        attributes |= event.data
    return value_matches(field(attributes, condition["attribute"]), operators_in(condition))


def cart(asked: Asked, condition: Mapping[str, Json]) -> bool:
    wanted: Mapping[str, Json] = condition["cart"]
    found = asked.cart()
    if found.opened is None:
        return False
    contents = found.contents()
    items = [
        {"product": p, "quantity": int(i.quantity), "price": i.price, "category": i.category}
        for p, i in contents.items()
    ]
    return (
        ("items" not in wanted or figure_matches(Fraction(len(items)), wanted["items"]))
        and ("total" not in wanted or figure_matches(found.total(), wanted["total"]))
        and (
            "contains" not in wanted
            or any(where_matches(item, wanted["contains"]) for item in items)
        )
        and ("idle" not in wanted or asked.at - found.changed >= duration_ms(wanted["idle"]))
    )


def followed(asked: Asked, condition: Mapping[str, Json]) -> bool:
    start = span_start(asked, condition, "last")
    within = duration_ms(condition["within"]) if "within" in condition else float("inf")
    followers = matching(asked.counted, condition["by"])
    return any(
        first.time <= by.time <= first.time + within
        for first in matching(asked.counted, condition["first"])
        if first.time > start
        for by in followers
    )


def not_followed(asked: Asked, condition: Mapping[str, Json]) -> bool:
    firsts = matching(asked.counted, condition["first"])
    return (
        bool(firsts)
        and asked.at - firsts[-1].time >= duration_ms(condition["within"])
        and not any(by.time >= firsts[-1].time for by in matching(asked.counted, condition["by"]))
    )


def interest(asked: Asked, condition: Mapping[str, Json]) -> bool:
    wanted: Mapping[str, Json] = condition["interest"]
    start = span_start(asked, wanted)
    return any(
        event.time > start
        and (wanted.get("while", "any") == "any" or asked.product.was_out(event.time))
        for event in asked.counted
        if asked.key in interests_of(event, wanted["by"])
    )


def price_before(asked: Asked, origin: str) -> tuple[Json, str | None]:
    """The price that a drop is measured from, and its currency."""
    if origin == "last":
        earlier = list(zip(asked.product.prices, asked.product.currencies, strict=True))[-2:-1]
        return (earlier[0][0][1], earlier[0][1]) if earlier else (None, None)
    views = matching(asked.counted, "product_viewed")
    if not views:
        return None, None
    told = views[-1].data.get("price")
    if told is None:
        return views[-1].catalog
    return told, views[-1].data.get("currency")


def drop_matches(asked: Asked, wanted: Mapping[str, Json]) -> bool:
    before, currency = price_before(asked, wanted.get("from", "seen"))
    now = asked.product.fact("price")
    if before is None or now is None or exact(before) <= 0 or exact(now) <= 0:
        return False
    currencies = {currency, asked.product.currencies[-1]} - {None}
    if len(currencies) > 1:
        return False
    drop = (exact(before) - exact(now)) / exact(before)
    return drop >= share(wanted["gte"])


def facts_of(product: Product) -> dict[str, Json]:
    stock = product.stock()
    return {
        "stock": None if stock is None else float(stock) if stock.denominator > 1 else int(stock),
        "price": product.fact("price"),
        "category": product.fact("category"),
        "brand": product.fact("brand"),
    }


def product(asked: Asked, condition: Mapping[str, Json]) -> bool:
    wanted: Mapping[str, Json] = condition["product"]
    facts = facts_of(asked.product)
    return all(
        drop_matches(asked, x) if name == "price_drop" else value_matches(facts[name], x)
        for name, x in wanted.items()
    )


def of_label(asked: Asked, condition: Mapping[str, Json]) -> bool:
    return condition_holds(asked.value, condition, asked.arrived, asked.at)


CONDITIONS: dict[str, Callable[[Asked, Mapping[str, Json]], bool]] = {
    "did": did,
    "idle": idle,
    "aggregate": aggregate,
    "attribute": attribute,
    "cart": cart,
    "followed": lambda asked, condition: followed(asked, condition["followed"]),
    "not_followed": lambda asked, condition: not_followed(asked, condition["not_followed"]),
    "interest": interest,
    "product": product,
    "lifecycle": of_label,
    "tier": of_label,
    "rfm": of_label,
    "in_segment": lambda asked, condition: asked.is_member(condition["in_segment"]),
}


def holds(asked: Asked, condition: Mapping[str, Json]) -> bool:
    """Whether a condition holds."""
    if "all" in condition:
        return all(holds(asked, each) for each in condition["all"])
    if "any" in condition:
        return any(holds(asked, each) for each in condition["any"])
    if "not" in condition:
        return not holds(asked, condition["not"])
    return next(ask for name, ask in CONDITIONS.items() if name in condition)(asked, condition)
