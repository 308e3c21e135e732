"""Histories of few people who are merged and erased, and rules that ask about what they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import yaml
from hypothesis import strategies as st

from streamseg.core.events import Event, ProductEvent

MINUTE: Final = 60_000
WHO: Final = ["a", "b", "c", "d"]
Data = dict[str, Any]
Happening = Event | ProductEvent

PEOPLE: Final = """
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: [10m, 30m], max_age: 2h}, membership: true}
  - {name: any_order, use: abandoned_cart, with: {after: 20m, order_closes: any}, membership: true}
  - {name: silent, use: inactivity, with: {after: [15m, 40m]}, membership: true}
  - {name: searched, "on": searched, when: {did: product_viewed}}
  - name: bags
    when: {did: product_viewed, where: {category: bags}, at_least: 3, within: 1h}
    trigger: {cooldown: 20m, limit: 2}
    membership: true
  - {name: rich, when: {aggregate: sum, of: total, over: order_placed, gte: 10}, trigger: {}}
  - {name: pl, when: {attribute: country, eq: PL}, trigger: {}, membership: true}
  - name: fans
    per: category
    max_keys: 2
    when: {did: product_viewed, at_least: 2}
    trigger: {}
    membership: true
  - name: fresh
    per: category
    max_keys: 1
    when: {did: product_viewed, within: 20m}
    trigger: {cooldown: 30m}
    membership: true
  - name: both
    when: {all: [{in_segment: rich}, {not: {in_segment: bags}}]}
    trigger: {}
  - name: bought
    when: {not_followed: {first: product_viewed, by: order_placed, within: 20m}}
    trigger: {}
    membership: true
"""
PRODUCTS: Final = """
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: [10m, 30m], max_age: 2h}, membership: true}
  - {name: silent, use: inactivity, with: {after: [15m, 40m]}, membership: true}
  - {name: searched, "on": searched, when: {did: product_viewed}}
  - {name: back, use: back_in_stock, with: {by: [viewed, cart], within: 90m}, membership: true}
  - {name: again, use: back_in_stock, with: {repeat: each_restock, hold: 4m, within: 2h}}
  - {name: any_time, use: back_in_stock, with: {while: any, within: 40m}, membership: true}
  - name: eager
    per: product
    max_keys: 2
    when:
      all:
        - {interest: {by: [viewed, cart], within: 30m, while: any}}
        - {product: {stock: {gt: 0}, price: {lte: 5}}}
    trigger: {cooldown: 15m}
    membership: true
  - {name: cheaper, per: product, when: {product: {price_drop: {gte: 10%}}}, trigger: {}}
  - {name: twice, per: product, when: {did: product_viewed, at_least: 2}, trigger: {limit: 1}}
"""
POLICIES: Final = (
    {
        "quiet": {"from": "01:00", "to": "02:00"},
        "caps": {"hour": {"max": 1, "within": "1h"}},
        "expires": "75m",
    },
    {
        "caps": {"day": {"max": 2, "per": "day"}, "short": {"max": 1, "within": "12m"}},
        "expires": "40m",
    },
    {
        "zone": {"attribute": "tz"},
        "quiet": {"from": "02:00", "to": "03:00"},
        "consent": {"email": {"grant": "consent.email", "channel": "email"}},
        "holdout": {"percent": 50, "seed": "s"},
        "snooze": "pause",
        "expires": "50m",
    },
    {
        "zone": {"attribute": "tz"},
        "caps": {
            "mails": {"max": 1, "within": "25m", "count": ["fired", "sent"], "channel": "email"},
            "sent": {"max": 2, "per": "day", "count": ["sent"], "channel": "email"},
        },
        "expires": "70m",
    },
)
OWN_POLICIES: Final[dict[str, Data]] = {
    "cart_left": {"priority": 80},
    "silent": {"priority": 20, "split": {"of": {"x": 40, "control": 60}, "seed": "k"}},
    "bags": {"expires": "0s"},
    "searched": {"expires": "30m"},
}
SEEN: Final = ["p1", "p2", "p3"]
SEND_AT: Final[dict[str, Data]] = {
    name: {"send_at": {"best": {"else": clock, "within": "1ms"}}}
    for name, clock in {
        "any_order": "01:00", "rich": "00:40", "pl": "02:00", "fans": "01:30",
        "back": "01:00", "eager": "00:50", "twice": "02:30",
    }.items()
}  # fmt: skip
"""Where messages are counted, some wait for a time of the clock, too."""
products = st.sampled_from(SEEN)
data: dict[str, st.SearchStrategy[Data]] = {
    "product_viewed": st.fixed_dictionaries(
        {"product": products, "category": st.sampled_from(["bags", "hats", "toys"])}
    ),
    "cart_item_added": st.fixed_dictionaries({"product": products, "price": st.integers(1, 3)}),
    "cart_item_removed": st.fixed_dictionaries({"product": products}),
    "order_placed": st.builds(
        lambda order, product, total: {
            "order": f"o{order}",
            "items": [{"product": product}],
            "total": total,
        },
        st.integers(0, 99),
        products,
        st.integers(1, 6),
    ),
    "searched": st.just({"query": "x"}),
    "contact_updated": st.fixed_dictionaries({"country": st.sampled_from(["PL", "UA", None])}),
    "contact_merged": st.fixed_dictionaries({"from": st.sampled_from(WHO)}),
    "contact_erased": st.just({}),
}
KINDS: Final = [*data, "contact_merged", "contact_merged", "cart_item_added", "product_viewed"]
asked_by_policies = st.sampled_from(
    [
        {"consent": {"email": True}},
        {"consent": {"email": True}},
        {"consent": {"email": False}},
        {"tz": "+00:30"},
        {"tz": "-01:10"},
        {"pause": 100_000_000_000},
    ]
)
sent = st.fixed_dictionaries({"channel": st.sampled_from(["email", "email", "push"])})
told_of_products: dict[str, st.SearchStrategy[Data]] = {
    "stock_changed": st.fixed_dictionaries({"quantity": st.sampled_from([0, 0, 5])}),
    "price_changed": st.fixed_dictionaries({"price": st.sampled_from([2, 5, 9])}),
}
OF_SHOPS: Final = [*KINDS, *["stock_changed"] * 6, "price_changed", *["answered", "sent"] * 2]
GAPS: Final = [1, 3 * MINUTE, 7 * MINUTE, 11 * MINUTE, 26 * MINUTE]


def _happening(kind: str) -> st.SearchStrategy[tuple[str, str, Data]]:
    if kind in told_of_products:
        return st.tuples(st.just(kind), products, told_of_products[kind])
    if kind == "answered":
        return st.tuples(st.just("contact_updated"), st.sampled_from(WHO), asked_by_policies)
    if kind == "sent":
        return st.tuples(st.just("message_sent"), st.sampled_from(WHO), sent)
    return st.tuples(st.just(kind), st.sampled_from(WHO), data[kind])


@st.composite
def happenings(draw: st.DrawFn, kinds: Sequence[str] = tuple(OF_SHOPS)) -> list[Happening]:
    """What happens to people and products, in the order of times, at most one an instant."""
    told = draw(st.lists(st.sampled_from(kinds).flatmap(_happening), min_size=4, max_size=25))
    time, found = 0, list[Happening]()
    for number, (kind, whose, fields) in enumerate(told):
        time += draw(st.sampled_from(GAPS))
        make = ProductEvent if kind in told_of_products else Event
        found.append(make(kind, whose, time, fields, f"e{number}", f"e{number}"))
    return found


@st.composite
def histories(draw: st.DrawFn, kinds: Sequence[str] = tuple(KINDS)) -> list[Event]:
    """What happens to people."""
    return [one for one in draw(happenings(kinds)) if isinstance(one, Event)]


def rules_of(text: str, policies: Data | None = None) -> Data:
    """The rules of a text; with policies for all, some segments have one of their own."""
    rules: Data = yaml.safe_load(text)
    if policies is None:
        return rules
    own = {name: dict(one) for name, one in OWN_POLICIES.items()}
    if "sent" in str(policies):
        own |= {name: own.get(name, {}) | one for name, one in SEND_AT.items()}
    if "consent" in policies:
        for segment in rules["segments"]:
            asked = "none" if segment["name"] in ("searched", "back") else ["email"]
            own.setdefault(segment["name"], {})["consent"] = asked
    rules["segments"] = [
        one | ({"policy": own[one["name"]]} if one["name"] in own else {})
        for one in rules["segments"]
    ]
    return rules | {"policies": policies}


FILES: Final = [rules_of(text, one) for one in (None, *POLICIES) for text in (PEOPLE, PRODUCTS)]
