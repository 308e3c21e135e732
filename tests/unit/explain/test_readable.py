"""What a contact remembers, as she may read it: instants and types in words, and no raw numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import xxhash

from streamseg.core.counting.exposures import Exposures
from streamseg.core.counting.terms import Conversion
from streamseg.core.events import Event
from streamseg.core.features.base import Feature, UpdateContext
from streamseg.core.features.cart import Cart
from streamseg.core.features.first import First
from streamseg.core.features.instants import Instants, Latest
from streamseg.core.features.order_history import OrderHistory, OrderTerms
from streamseg.core.features.values import DistinctValues, Values
from streamseg.core.partition import Partition
from streamseg.core.policies.answers import Answer
from streamseg.core.policies.best_time import Engagement
from streamseg.core.policies.caps import Counted
from streamseg.core.values.timestamps import format_time
from streamseg.explain.dossier import Fired, Waits
from streamseg.explain.readable import fired, remembered, waits
from streamseg.rules import parse_rules
from tests.property.test_join import UNIONS, all_features, is_of

AT = 1_795_255_200_000  # as large as an instant is; no other number below is
MINUTE = 60_000
ANSWER = Answer("consent.email", "email", (("message_unsubscribed", None),))
OTHERS: list[Feature] = [
    ANSWER,
    Cart(),
    Counted("daily", "email", 5),
    Engagement(("message_clicked",), None),
]
EVENTS = [
    ("session_started", {}),
    ("contact_updated", {"consent": {"email": True}, "email": "a@shop.example"}),
    ("product_viewed", {"product": "p1", "price": Decimal("19.90"), "currency": "UAH"}),
    ("product_viewed", {"product": "p2", "price": 7}),
    ("cart_item_added", {"product": "p1", "quantity": 2, "price": 20, "category": "bags"}),
    ("message_sent", {"channel": "email", "trigger": "a" * 32}),
    ("message_clicked", {"channel": "email"}),
    ("order_placed", {"order": "o1", "items": [{"product": "p2"}], "total": 7, "currency": "UAH"}),
    ("order_cancelled", {"order": "o9"}),
]


def clock(minute: int) -> str:
    return format_time(AT + minute * MINUTE)


def state_of(feature: Feature, *more: tuple[str, dict[str, Any]]) -> Any:
    states: dict[int, Any] = {}
    ctx = UpdateContext()
    ctx.key = "p1"
    for minute, (kind, data) in enumerate([*EVENTS, *more]):
        event = Event(kind, "ann", AT + minute * MINUTE, data)
        if is_of(feature, event) and (feature.where is None or feature.where(data)):
            feature.update(states, 0, event, ctx)
    return states.get(0)


def numbers_in(told: Any) -> Iterator[int]:
    if isinstance(told, dict | list):
        for one in told.values() if isinstance(told, dict) else told:
            yield from numbers_in(one)
    elif isinstance(told, int):
        yield told


def test_every_feature_is_read_in_these_tests() -> None:
    tried = {type(one) for one in (*UNIONS, *OTHERS)} | {Exposures}
    assert {one.__name__ for one in all_features()} == {one.__name__ for one in tried}


@pytest.mark.parametrize("feature", [*UNIONS, *OTHERS], ids=lambda one: one.id[:40])
def test_no_instant_is_a_number(feature: Feature) -> None:
    state = state_of(feature)
    assert state is not None
    told = feature.readable(state)
    assert told
    assert b"2026-11-" in msgspec.json.encode(told)
    assert all(abs(one) < AT // 1_000_000 for one in numbers_in(told)), told


def test_types_of_events_are_named() -> None:
    assert First(None, None).readable(state_of(First(None, None))) == {
        "at": clock(0), "type": "session_started",
    }  # fmt: skip
    latest = Latest(("product_viewed", "my_event"), None)
    assert latest.readable(state_of(latest, ("my_event", {}))) == {
        "at": clock(9), "type": "my_event",
    }  # fmt: skip


def test_an_answer_is_yes_or_no() -> None:
    assert ANSWER.readable(state_of(ANSWER)) == {"answer": "yes", "at": clock(1)}
    stop = ("message_unsubscribed", {"channel": "email"})
    assert ANSWER.readable(state_of(ANSWER, stop)) == {"answer": "no", "at": clock(9)}


def test_values_are_as_they_were_told() -> None:
    views = ("product_viewed",)
    assert Instants(views, None, 5, None).readable(state_of(Instants(views, None, 5, None))) == [
        clock(2), clock(3),
    ]  # fmt: skip
    total = Values("sum", "price", views, None, None)
    assert total.readable(state_of(total)) == [
        {"at": clock(3), "value": Decimal("26.90"), "count": 2}
    ]
    seen = DistinctValues("product", views, None, None)
    assert seen.readable(state_of(seen, ("product_viewed", {"product": "x" * 99}))) == [
        {"last_at": clock(2), "value": "p1"},
        {"last_at": clock(3), "value": "p2"},
        {"last_at": clock(9), "value": {"hash": xxhash.xxh3_128_hexdigest(b"x" * 99)}},
    ]


def test_a_cart_has_its_products_and_their_changes() -> None:
    told = Cart().readable(state_of(Cart()))
    assert (told["opened_at"], told["changed_at"]) == (clock(4), clock(4))
    assert told["items"] == [
        {
            "product": "p1",
            "quantity": 2,
            "price": 20,
            "priced_at": clock(4),
            "category": "bags",
            "categorised_at": clock(4),
            "changes": [{"at": clock(4), "by": 2}],
        }
    ]
    (order,) = told["orders"]
    assert (order["at"], order["cart_hash"], len(order["product_hashes"])) == (clock(7), None, 1)
    removed = ("cart_item_removed", {"product": "p1"})
    again = ("cart_item_added", {"product": "p1"})
    (item,) = Cart().readable(state_of(Cart(), again, removed, again))["items"]
    assert [one["by"] for one in item["changes"]] == [1]


def test_orders_that_may_be_cancelled_are_told_apart() -> None:
    history = OrderHistory(OrderTerms(cancelled=40 * MINUTE), 90 * MINUTE, days=True)
    placed = ("order_placed", {"order": "o2", "total": 5})
    told = history.readable(state_of(history, placed, ("order_cancelled", {"order": "o3"})))
    assert told["orders"] == [{"at": clock(7), "amount": 7}, {"at": clock(9), "amount": 5}]
    assert told["before"] == {"orders": 0, "first_at": None, "amount": None}
    assert {tuple(sorted(one)) for one in told["may_be_cancelled"]} == {
        ("amount", "at", "order_hash"), ("at", "cancelled", "order_hash"),
    }  # fmt: skip


def test_exposures_have_months_in_words() -> None:
    feature = Exposures(Conversion())
    state = [
        [["left", "a", AT, 1, 7], ["left", "control", AT + MINUTE, 1, None]],
        [[AT + 2 * MINUTE, "7.50"]], 2026 * 12 + 10, 0b101, "14.5", ["left"],
    ]  # fmt: skip
    assert feature.readable(state) == {
        "exposures": [
            {
                "segment": "left", "variant": "a", "released_at": clock(0),
                "firings": 1, "revenue": 7,
            },
            {
                "segment": "left", "variant": "control", "released_at": clock(1),
                "firings": 1, "revenue": None,
            },
        ],
        "orders": [{"at": clock(2), "amount": Decimal("7.50")}],
        "first_month": "2026-11",
        "months_with_an_order": ["2026-11", "2027-01"],
        "spent": Decimal("14.5"),
        "mixed_in": ["left"],
    }  # fmt: skip


RULES = """
version: 1
policies: {zone: {default: UTC}, quiet: {from: '10:02', to: '12:00'}}
segments:
  - {name: left, use: abandoned_cart, with: {after: [1m, 5m]}}
  - {name: held, on: searched, trigger: {}}
  - {name: fans, per: category, when: {did: product_viewed, at_least: 1}, trigger: {}}
"""


def test_what_fired_and_what_waits_is_named() -> None:
    partition = Partition(parse_rules(RULES), lateness=MINUTE)
    for minute, kind, data in (
        (0, "cart_item_added", {"product": "p"}),
        (1, "product_viewed", {"product": "p", "category": "bags"}),
        (2, "searched", {"query": "x"}),
    ):
        event = Event(kind, "ann", AT + minute * MINUTE, data, f"e{minute}", f"e{minute}")
        partition.apply(event, None)
    partition.advance(AT + 5 * MINUTE + 1, None)
    partition.take()
    partition.install()
    peek = partition.peek("ann", AT + 5 * MINUTE + 1)
    assert peek is not None
    assert fired(peek) == [
        Fired("left", "1m", None, clock(1), clock(0), 1),
        Fired("fans", None, "bags", clock(1), clock(1), 1),
    ]
    until = {"quiet_hours": clock(120)}
    assert waits(peek) == [
        Waits("held", None, None, clock(2), f"{clock(2)}#e2", until),
        Waits("left", "5m", None, clock(5), clock(0), until),
    ]
    told = [(one.key, one.value) for one in remembered(peek)]
    assert ("bags", [clock(1)]) in told
