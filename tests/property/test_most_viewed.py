"""The most viewed products are those that a list of all views gives, whatever happens."""

from collections import defaultdict
from typing import Any
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.counting import views
from streamseg.core.events import Event
from streamseg.core.features.favourites import PERIODS
from streamseg.core.partition import Partition
from streamseg.formats.views import encode_top
from streamseg.kpis.most_viewed import Ranking, ranking
from streamseg.rules import parse_rules

from .scale import examples

HOUR = 3_600_000
START = 497_222 * HOUR  # at the edge of an hour
RULES = """
version: 1
value:
  most_viewed:
    {over: [product_viewed, cart_item_added], weights: {cart_item_added: 3}, half_life: 1h, top: 50}
segments: [{name: searched, on: searched, trigger: false}]
"""
TYPES = ("product_viewed", "cart_item_added", "wishlist_added")
PRODUCTS = ("p1", "p2", "p3", "p4")
CONTACTS = tuple(f"c{number}" for number in range(12))

views_drawn = st.tuples(
    st.integers(0, 9 * HOUR), st.sampled_from(TYPES), st.sampled_from(CONTACTS),
    st.sampled_from(PRODUCTS),
)  # fmt: skip
ways = st.lists(st.sampled_from(("go on", "commit", "fail", "restart")), min_size=1, max_size=12)


class Shop:
    """Partitions with a changelog each, and the topic of statistics."""

    def __init__(self, partitions: int) -> None:
        self.rules = parse_rules(RULES)
        self.logs: list[dict[bytes, bytes]] = [{} for _ in range(partitions)]
        self.topic: dict[bytes, bytes] = {}
        self.tail: list[Event] = []  # since the last commit
        self.restart()

    def restart(self) -> None:
        self.partitions = []
        for log in self.logs:
            partition = Partition(self.rules, publishes=True)
            for key, value in log.items():
                partition.load(key, value)
            partition.ready()
            self.partitions.append(partition)

    def feed(self, event: Event) -> None:
        self.tail.append(event)
        self.partitions[crc32(event.contact.encode()) % len(self.partitions)].apply(event, None)

    def fail(self) -> None:
        """Lose what was not committed, and read it again."""
        for partition in self.partitions:
            partition.take()
            partition.rollback()
        tail, self.tail = self.tail, []
        for event in tail:
            self.feed(event)

    def commit(self) -> None:
        self.tail = []
        for number, (log, partition) in enumerate(zip(self.logs, self.partitions, strict=True)):
            batch = partition.take()
            for one, value in batch.changes:
                log.pop(one, None)
                if value is not None:
                    log[one] = value
            partition.install()
            for told in batch.outcomes:
                self.tell(*encode_top(told, number))

    def tell(self, key: bytes, value: bytes) -> None:
        self.topic[key] = value
        products = msgspec.json.decode(value)["products"]
        assert max([len(one["views"]) for one in products], default=0) <= PERIODS

    def go(self, way: str) -> None:
        if way == "fail":
            self.fail()
        elif way != "go on":
            self.commit()
        if way == "restart":
            self.restart()

    def end(self, now: int) -> Ranking:
        """What is told an hour after the end."""
        self.commit()
        for partition in self.partitions:
            partition.advance(now, None)
        self.commit()
        return ranking([msgspec.json.decode(value) for value in self.topic.values()], now)


def events_of(drawn: list[Any]) -> list[Event]:
    return [
        Event(kind, contact, START + at, {"product": product}, None, f"line:{number}")
        for number, (at, kind, contact, product) in enumerate(drawn)
    ]


def by_hand(events: list[Event], now: int) -> list[tuple[str, int]]:
    """Product and score, by the list of all views."""
    scores: dict[str, int] = defaultdict(int)
    last: dict[str, int] = {}
    for event in events:
        weight = {"product_viewed": 1, "cart_item_added": 3}.get(event.type, 0)
        age = now // HOUR - event.time // HOUR
        product = event.data["product"]
        if weight:
            scores[product] += weight * 2 ** (5 - age) if age < 6 else 0
            last[product] = max(last.get(product, 0), event.time)
    found = [(name, score) for name, score in scores.items() if score]
    return sorted(found, key=lambda one: (-one[1], -last[one[0]], one[0]))


@given(st.lists(views_drawn, max_size=60), ways, st.booleans())
@settings(max_examples=examples(60))
def test_partitions_add_up_to_a_list_of_all_views(
    drawn: list[Any], way: list[str], is_in_order: bool
) -> None:
    events = events_of(sorted(drawn) if is_in_order else drawn)
    end = max((event.time for event in events), default=START) + HOUR
    for partitions in (1, 16):
        shop = Shop(partitions)
        for number, event in enumerate(events):
            shop.feed(event)
            shop.go(way[number % len(way)])
        found = shop.end(end)
        assert [(one.product, one.score) for one in found.viewed] == by_hand(events, end)
        assert not found.is_approximate


def test_a_record_is_told_once_an_hour_and_not_without_need() -> None:
    shop = Shop(1)
    told: list[bytes] = []
    shop.tell = lambda key, value: told.append(key)  # type: ignore[method-assign]
    for minute in (0, 10, 50, 61, 62, 200):
        shop.feed(events_of([(minute * 60_000, "product_viewed", "c1", "p1")])[0])
        shop.commit()
    assert told == [b"top/0"] * 3
    assert shop.partitions[0].due is None
    shop.feed(events_of([(201 * 60_000, "product_viewed", "c1", "p1")])[0])
    shop.commit()
    assert shop.partitions[0].due == START + 4 * HOUR
    shop.restart()
    assert shop.partitions[0].due == START + 4 * HOUR
    shop.end(START + 4 * HOUR)
    assert told == [b"top/0"] * 4


def test_under_other_terms_all_begins_anew() -> None:
    shop = Shop(1)
    shop.feed(events_of([(0, "product_viewed", "c1", "p1")])[0])
    shop.commit()
    shop.rules = parse_rules(RULES.replace("half_life: 1h", "half_life: 2h"))
    shop.restart()
    shop.feed(events_of([(1, "product_viewed", "c1", "p2")])[0])
    shop.fail()
    assert [one.product for one in shop.end(START + HOUR).viewed] == ["p2"]


def test_without_the_rule_what_was_counted_goes() -> None:
    shop = Shop(1)
    shop.feed(events_of([(0, "product_viewed", "c1", "p1")])[0])
    shop.commit()
    assert any(key[:1] == views.PREFIX for key in shop.logs[0])
    shop.rules = parse_rules("version: 1\nsegments: [{name: searched, on: searched}]")
    shop.restart()
    shop.feed(events_of([(1, "product_viewed", "c1", "p2")])[0])
    shop.commit()
    assert not any(key[:1] == views.PREFIX for key in shop.logs[0])


def test_beyond_the_bound_the_lowest_leave_and_it_is_said() -> None:
    shop = Shop(1)
    many = views.MOST_PRODUCTS + views.ROOM
    drawn = [(1 + number, "product_viewed", "c1", f"x{number}") for number in range(many)]
    often = [(HOUR - 5, "cart_item_added", "c1", "often")]
    for event in events_of([*often, *drawn]):
        shop.feed(event)
    found = shop.end(START + HOUR)
    assert found.viewed[0].product == "often"
    assert found.is_approximate
    kept = [key for key in shop.logs[0] if key[:2] == views.PREFIX + b"p"]
    assert len(kept) == views.MOST_PRODUCTS
    for hour in range(2, 8):
        shop.feed(events_of([(hour * HOUR, "product_viewed", "c1", "again")])[0])
        shop.commit()
    assert not shop.end(START + 8 * HOUR).is_approximate


@pytest.mark.parametrize("length", [1, 250])
def test_a_record_fits_into_its_topic(length: int) -> None:
    shop = Shop(1)
    names = [f"{number:04}" + '"' * length for number in range(views.MOST_PRODUCTS)]
    for event in events_of(
        [(number, "product_viewed", "c1", one) for number, one in enumerate(names)]
    ):
        shop.feed(event)
    shop.end(START + HOUR)
    assert len(shop.topic[b"top/0"]) < 1_100_000
    told = msgspec.json.decode(shop.topic[b"top/0"])
    assert told["approximate"] == (len(told["products"]) < views.MOST_PRODUCTS)
