"""Streams of few contacts and few products, whose events fall together.

What an event may say is enumerated once, the simplest first: an event then costs few draws.
"""

import json
from collections.abc import Iterable
from itertools import cycle
from itertools import product as combinations
from typing import Any, NamedTuple

from hypothesis import strategies as st

from .grid import AHEAD_MS, LENGTH, ORIGIN_MS, STEP_MS, either, instant, instants

Record = dict[str, Any]

PRODUCTS = ["p", "q"]
PRICES = [1, 5, 9.99, 0.1, 0.2, 20, 20.0]
PERHAPS_PRICES = [None, None, *PRICES]
PERHAPS_CATEGORIES = [None, "bags", "hats"]
PERHAPS_CARTS = [None, None, "k1", "k2"]
QUANTITIES = [0, 5, 0, 1, 0, 5, -1]


def variants(**fields: Iterable[Any]) -> list[Record]:
    """Every combination of values; a None leaves its field out."""
    return [
        {name: value for name, value in zip(fields, values, strict=True) if value is not None}
        for values in combinations(*fields.values())
    ]


SIMPLE_ITEMS = variants(
    product=PRODUCTS, quantity=[None, 2], price=[None, 0.1, 0.2, 5, 20], category=[None, "bags"]
)
ITEM_LISTS: list[list[Record]] = [
    *([item] for item in SIMPLE_ITEMS),
    *([one, two] for one in SIMPLE_ITEMS[:20] for two in SIMPLE_ITEMS[20:]),
    *([one, two, two] for one in SIMPLE_ITEMS[:20] for two in SIMPLE_ITEMS[:10]),
    *([one, {"product": one["product"], "quantity": 0, "price": 1}] for one in SIMPLE_ITEMS),
    *[[]] * 60,
]
BOUGHT: list[list[Record] | None] = [None, [], [{"product": "p"}], [{"product": "q"}]]
ABOUT_A_PRODUCT = variants(
    product=["p", "p", "q"], price=PERHAPS_PRICES, category=PERHAPS_CATEGORIES
)
SEEN_IN_A_CURRENCY = variants(
    product=PRODUCTS, price=[None, 5, 20, 0], currency=["EUR", "EUR", "PLN"]
)

CONTACT_DATA: dict[str, list[Record]] = {
    "product_viewed": [*ABOUT_A_PRODUCT, *SEEN_IN_A_CURRENCY * 3],
    "wishlist_added": ABOUT_A_PRODUCT,
    "stock_alert_requested": ABOUT_A_PRODUCT,
    "cart_item_added": variants(
        product=PRODUCTS,
        quantity=[None, None, 2, 3],
        price=PERHAPS_PRICES,
        category=PERHAPS_CATEGORIES,
    ),
    "cart_item_removed": variants(product=PRODUCTS, quantity=[None, None, 1, 2, 3]),
    "cart_updated": variants(items=ITEM_LISTS, cart=PERHAPS_CARTS),
    "checkout_started": variants(cart=PERHAPS_CARTS),
    "order_placed": variants(
        order=[f"o{n}" for n in range(6)],
        items=[*BOUGHT, [{"product": "q"}, {"product": "p", "category": "bags"}]],
        cart=PERHAPS_CARTS,
        total=[None, 0.1, 5, 20],
    ),
    "page_viewed": [{}],
    "searched": variants(query=["red bag", "hat"], price=[None, 5, 20]),
    "message_sent": [{"channel": "email"}],
    "contact_updated": [
        *({"country": value} for value in ("PL", "UA", "DE", None)),
        *({"age": value} for value in (17, 18.0, 18, "18", True, None)),
        *({"address": value} for value in ({"city": "Lviv"}, {"city": None}, None, "Lviv")),
        {"country": "PL", "age": 17},
    ],
    "contact_erased": [{}],
    "quiz_done": [{"score": score} for score in (1, 2, 0.1, "2", None, True)],
}
PRODUCT_DATA: dict[str, list[Record]] = {
    "stock_changed": [
        *variants(quantity=QUANTITIES) * 5,
        *variants(quantity=QUANTITIES, location=["L1", "L2"]),
    ],
    "price_changed": [
        *variants(price=PRICES),
        *variants(price=[0, 1, 5, 20], currency=[None, "EUR", "PLN", "PLN"]) * 3,
    ],
    "product_updated": [
        {"quantity": 0},
        {"quantity": 3},
        {"price": 5, "quantity": 1},
        {"price": 1},
        {"category": "bags"},
        {"category": "hats"},
        {"currency": "EUR"},
        {"price": 5, "currency": "PLN"},
    ],
}

TYPES_OF_WORDS = {
    "abandoned_cart": ["cart_item_added", "cart_item_removed", "cart_updated", "order_placed"],
    "back_in_stock": ["product_viewed"],
    "inactivity": ["page_viewed", "product_viewed", "message_sent"],
    "viewed": ["product_viewed"],
    "wishlist": ["wishlist_added"],
    "requested": ["stock_alert_requested"],
    "cart": ["cart_item_added", "cart_updated"],
}
TYPES_OF_CONDITIONS = {
    "cart": ["cart_item_added", "cart_item_removed", "cart_updated", "order_placed"],
    "interest": ["order_placed"],
    "product": ["product_viewed"],
    "attribute": ["contact_updated"],
    "per": ["product_viewed", "searched"],
}


def types_asked(rules: Any) -> set[str]:
    """The types of contact events that matter to the rules."""
    if isinstance(rules, str):
        return ({rules} & set(CONTACT_DATA)) | set(TYPES_OF_WORDS.get(rules, ()))
    if isinstance(rules, list):
        return {type_ for part in rules for type_ in types_asked(part)}
    if isinstance(rules, dict):
        asked = types_asked(list(rules.values()))
        return asked.union(*(TYPES_OF_CONDITIONS.get(name, ()) for name in rules))
    return set()


ids = st.sampled_from([None] * 12 + ["e1", "e2", "e3"])
contacts = st.sampled_from(["a", "a", "a", "b"])
a_product = st.sampled_from(["p", "p", "p", "q"])


SAID_BY_CONTACTS = {
    type_: st.sampled_from([(type_, data) for data in variety])
    for type_, variety in CONTACT_DATA.items()
}
"""Made once: to make a strategy costs more than to draw from it."""


def contact_events(types: Iterable[str]) -> st.SearchStrategy[Record]:
    """Events of a contact, of the types."""

    def event(said: tuple[str, Record], contact: str, time: int, name: str | None) -> Record:
        named = {} if name is None else {"id": name}
        return named | {"type": said[0], "contact": contact, "time": time, "data": said[1]}

    chosen = st.sampled_from(sorted(types)).flatmap(SAID_BY_CONTACTS.__getitem__)
    return st.builds(event, chosen, contacts, instants, ids)


SAID_OF_PRODUCTS = [(type_, data) for type_, variety in PRODUCT_DATA.items() for data in variety]
product_events = st.builds(
    lambda said, name, time: {"type": said[0], "product": name, "time": time, "data": said[1]},
    st.sampled_from(SAID_OF_PRODUCTS),
    a_product,
    instants,
)


any_events = contact_events(CONTACT_DATA)


def is_about_products(rules: Any) -> bool:
    return "product" in json.dumps(rules) or "back_in_stock" in json.dumps(rules)


def asked_events(rules: Any) -> st.SearchStrategy[Record]:
    """Events of contacts that the rules ask about."""
    return contact_events(types_asked(rules) or ["page_viewed"])


def events_for(rules: Any) -> st.SearchStrategy[Record]:
    """Events that the rules ask about, and a few others."""
    asked = asked_events(rules)
    return either(
        asked,
        asked,
        any_events,
        *([product_events, asked] if is_about_products(rules) else [asked]),
    )


def out_and_back(name: str, times: tuple[int, int]) -> list[Record]:
    """A product goes out of stock and comes back."""
    return [
        {"type": "stock_changed", "product": name, "time": time, "data": {"quantity": quantity}}
        for time, quantity in zip(sorted(times), (0, 5), strict=True)
    ]


stories = st.lists(st.builds(out_and_back, a_product, st.tuples(instants, instants)), max_size=3)
FEWEST, MOST = 8, 26


@st.composite
def streams(draw: st.DrawFn, rules: Any) -> list[Record]:
    """Events in any order."""
    events = draw(st.lists(events_for(rules), min_size=FEWEST, max_size=MOST))
    told = draw(stories) if is_about_products(rules) else []
    return [*(event for story in told for event in story), *events]


class Twist(NamedTuple):
    """What is made of a whole stream: what ``q`` is called in turn, of how long the steps are at
    whose beginnings all happens, and of which locations stock is told in turn.
    """

    names: tuple[str, ...]
    step_ms: int
    locations: tuple[str | None, ...]


twists = st.builds(
    Twist,
    st.sampled_from([("q",), ("q",), ("q", "r")]),
    st.sampled_from([1, 1, 1, 2 * STEP_MS, 3 * STEP_MS]),
    st.sampled_from([(), (), (), ("L1", "L2", None)]),
)


def twisted(events: list[Record], twist: Twist) -> list[Record]:
    """A stream with more products, more at one instant, or more locations."""
    names, locations = cycle(twist.names), cycle(twist.locations)

    def renamed(value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {name: renamed(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [renamed(one) for one in value]
        return next(names) if field == "product" and value == "q" else value

    made = []
    for event in events:
        record = renamed(event)
        step = (event["time"] - ORIGIN_MS) // twist.step_ms
        record["time"] = ORIGIN_MS + step * twist.step_ms
        location = next(locations, None) if event["type"] == "stock_changed" else None
        if location is not None:
            record["data"]["location"] = location
        made.append(record)
    return made


@st.composite
def ordered_streams(draw: st.DrawFn, rules: Any) -> list[Record]:
    """Events in the order of their times."""
    events = sorted(draw(streams(rules)), key=lambda event: event["time"])
    return twisted(events, draw(twists))


Arrival = tuple[int, Record]


def undoing(
    first: Record, other: Record | None, contact: str, gap: int, delay: int
) -> list[Arrival]:
    """An event, and the same or another one soon after it that arrives when much may have come of
    the first.
    """
    time = first["time"]
    first = {name: value for name, value in first.items() if name != "id"} | {"contact": contact}
    late = (other or first) | {"contact": contact, "time": time + gap * STEP_MS}
    return [(time, first), (late["time"] + delay * STEP_MS, late)]


its_contacts = st.sampled_from(["a", "c", "c"])
"""One who has other events, and one who has none."""
gaps = st.sampled_from([0, 1, 2])
late_by = st.sampled_from([4, 6, 9])
delays = st.sampled_from([0, 0, 0, 1, 2, 5, 9])
few_delays = st.sampled_from([0, 0, 0, 0, 0, 9])


clocks = st.lists(
    st.sampled_from([0, 0, 0, STEP_MS, 3 * STEP_MS, -2 * STEP_MS, AHEAD_MS, AHEAD_MS + 1]),
    min_size=1,
    max_size=7,
)
"""How far the clocks of senders are ahead of the arrival of their events, in turn."""


def with_clocks_ahead(events: list[Record], ahead: list[int]) -> list[Record]:
    return [
        event | {"received": event["time"] - ms}
        for event, ms in zip(events, cycle(ahead), strict=False)
    ]


@st.composite
def disordered_streams(draw: st.DrawFn, rules: Any) -> list[Record]:
    """Events of which some arrive late."""
    delay = delays if draw(st.booleans()) else few_delays
    events = [(event["time"] + draw(delay) * STEP_MS, event) for event in draw(streams(rules))]
    asked = asked_events(rules)
    for _ in range(draw(st.integers(1, 3))):
        other = draw(asked) if draw(st.booleans()) else None
        events += undoing(draw(asked), other, draw(its_contacts), draw(gaps), draw(late_by))
    arrived = [event for _, event in sorted(events, key=lambda arrival: arrival[0])]
    made = twisted(arrived, draw(twists))
    return with_clocks_ahead(made, draw(clocks)) if draw(st.integers(0, 3)) == 0 else made


ends = st.builds(instant, st.sampled_from([LENGTH, LENGTH + 4, LENGTH + 9]))
