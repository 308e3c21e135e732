"""Two contacts who are one person are remembered as if all had been hers from the beginning."""

import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg import core
from streamseg.core.events import Event
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import Feature, States, UpdateContext, joined
from streamseg.core.features.favourites import Favourites
from streamseg.core.features.first import First
from streamseg.core.features.instants import Instants, Latest
from streamseg.core.features.interest import Interest
from streamseg.core.features.last_event import LastEvent
from streamseg.core.features.last_interest import LastInterest
from streamseg.core.features.order_history import OrderHistory, OrderTerms
from streamseg.core.features.orders import ProductOrders
from streamseg.core.features.recent_products import RecentProducts
from streamseg.core.features.sequels import FollowedEvents
from streamseg.core.features.values import DistinctValues, Values
from streamseg.core.policies.best_time import Engagement

from .scale import examples

KEY = "p1"
VIEWS = ("product_viewed",)
MINUTE = 60_000

# Every feature, in the forms that remember differently. A new one belongs here, or, with the reason
# for which it is no mere union, among the others.
UNIONS: list[Feature] = [
    Attribute("email"),
    Attribute("consent.email"),
    First(None, None),
    Instants(VIEWS, None, 3, None),
    Instants(VIEWS, None, 4, 20 * MINUTE, timed=True),
    Latest(None, None),
    Interest(("viewed", "cart")),
    LastEvent(VIEWS, None, ("price", "product")),
    LastInterest(("viewed",)),
    Favourites("product", VIEWS, {}, 4 * MINUTE),
    OrderHistory(OrderTerms(), 1),
    OrderHistory(OrderTerms(), 12 * MINUTE, days=True),
    OrderHistory(OrderTerms(currency="UAH", cancelled=40 * MINUTE), 12 * MINUTE, days=True),
    ProductOrders(None),
    ProductOrders(25 * MINUTE),
    RecentProducts(VIEWS),
    Engagement(("message_clicked", "product_viewed"), None),  # below 255 a quarter hour
    FollowedEvents(VIEWS, ("order_placed",), 10 * MINUTE),
    FollowedEvents(None, ("message_clicked",), 10 * MINUTE),
    *(Values(one, "price", VIEWS, None, None) for one in ("sum", "avg", "min", "max")),
    Values("sum", "price", VIEWS, None, 20 * MINUTE),
    DistinctValues("product", VIEWS, None, None),
    DistinctValues("product", VIEWS, None, 20 * MINUTE),
]
NO_UNIONS = {
    "Answer": "the keeper's answer holds, but for a no: a cookie does not say yes for her",
    "Cart": "each side's closings are of its own cart, see test_cart_union",
    "Counted": "what counts in a cap is told, and no event's",
    "Exposures": "they are told, and no event's",
}


def all_features() -> Iterator[type[Feature]]:
    for module in pkgutil.walk_packages(core.__path__, f"{core.__name__}."):
        if module.name != Feature.__module__:
            yield from (
                one
                for one in vars(import_module(module.name)).values()
                if inspect.isclass(one)
                and Feature in one.__mro__  # compiled, all abstract classes share ABC's cache
                and one.__module__ == module.name
            )


def test_every_feature_can_be_joined() -> None:
    bare = [one.__name__ for one in all_features() if one.join is Feature.join]
    assert not bare, f"these features have no join(older, newer, ctx): {', '.join(bare)}"


def test_every_feature_is_joined_in_these_tests() -> None:
    tried = {type(one).__name__ for one in UNIONS} | set(NO_UNIONS)
    untried = sorted({one.__name__ for one in all_features()} - tried)
    assert not untried, f"add to UNIONS, or with a reason to NO_UNIONS: {', '.join(untried)}"


products = st.sampled_from(["p1", "p2", "p3", "p4", "p5", "p6", "p7"])
prices = st.sampled_from([None, 0, 3, -2, Decimal("0.1"), Decimal("0.2"), 10**30])
data = {
    "product_viewed": st.fixed_dictionaries({"product": products, "price": prices}),
    "cart_item_added": st.fixed_dictionaries({"product": products}),
    "order_placed": st.fixed_dictionaries(
        {
            "items": st.lists(st.fixed_dictionaries({"product": products}), max_size=3),
            "order": st.uuids().map(str),
            "total": prices,
            "currency": st.sampled_from(["UAH", "UAH", "PLN"]),
        }
    ),
    "message_clicked": st.just({}),
    "contact_updated": st.one_of(
        st.fixed_dictionaries({"email": st.sampled_from([None, "a", "b", True])}),
        st.fixed_dictionaries({"consent": st.sampled_from([{"email": True}, {"email": "x"}, {}])}),
    ),
}
events = st.sampled_from(sorted(data)).flatmap(
    lambda kind: st.builds(
        lambda minute, told: Event(kind, "c", minute * MINUTE, told),
        st.integers(0, 40),
        data[kind],
    )
)


def fold(feature: Feature, arrived: Sequence[Event]) -> Any:
    """What a feature remembers of events, in the order in which they arrive."""
    states: States = {}
    ctx = UpdateContext()
    ctx.key = KEY
    for event in arrived:
        if is_of(feature, event):
            feature.update(states, 0, event, ctx)
    return states.get(0)


def is_of(feature: Feature, event: Event) -> bool:
    if isinstance(feature, Interest | LastInterest) and event.data.get("product") != KEY:
        return False
    activity = event.type not in ("contact_updated", "message_sent")
    of_any = feature.types is None and activity
    return of_any or event.type in (*(feature.types or ()), *feature.besides)


@pytest.mark.parametrize("feature", UNIONS, ids=lambda one: one.id[:40])
@settings(max_examples=examples(40))
@given(
    st.lists(events, max_size=14, unique_by=lambda one: one.time),
    st.lists(events, max_size=14, unique_by=lambda one: one.time),
)
def test_joined_is_as_if_all_had_come_to_one(
    feature: Feature, of_one: list[Event], of_other: list[Event]
) -> None:
    one, other = fold(feature, of_one), fold(feature, of_other)
    before = repr((one, other))
    found = joined(feature, one, other, UpdateContext())
    assert repr((one, other)) == before
    wanted = fold(feature, of_one + of_other)
    assert (found or None) == (wanted or None)
