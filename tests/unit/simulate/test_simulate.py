"""The simulated shop: repeatable, valid, in order, with everything that the segments live on."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from jsonschema import Draft202012Validator

from streamseg.core.events import Event, ProductEvent
from streamseg.formats.canonical import decode
from streamseg.simulate import ShopPlan, encode_line, event_time_ms, simulate
from streamseg.topics import load_schema

PLAN = ShopPlan(seed=7, contacts=200, products=40, rate=4.0, think_s=10, outage_s=600)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return [encode_line(event) for event in simulate(PLAN, events=12_000)]


@pytest.fixture(scope="module")
def decoded(lines: list[bytes]) -> list[Event | ProductEvent]:
    return [decode(line.rstrip()) for line in lines]


def _bytes_of_another_process(hash_seed: str) -> bytes:
    script = (
        "import sys\n"
        "from streamseg.simulate import ShopPlan, encode_line, simulate\n"
        "plan = ShopPlan(seed=7, contacts=200, products=40, rate=4.0, think_s=10, outage_s=600)\n"
        "sys.stdout.buffer.writelines(map(encode_line, simulate(plan, events=12_000)))\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, check=True
    ).stdout


def test_the_same_seed_gives_the_same_bytes_in_every_process(lines: list[bytes]) -> None:
    here = b"".join(lines)
    assert _bytes_of_another_process("1") == here
    assert _bytes_of_another_process("2") == here


def test_another_seed_gives_another_shop(lines: list[bytes]) -> None:
    other = ShopPlan(
        seed=8,
        contacts=PLAN.contacts,
        products=PLAN.products,
        rate=PLAN.rate,
        think_s=PLAN.think_s,
        outage_s=PLAN.outage_s,
    )
    assert [encode_line(event) for event in simulate(other, events=12_000)] != lines


def test_every_event_decodes_and_every_id_is_told_once(
    decoded: list[Event | ProductEvent],
) -> None:
    assert len(decoded) == 12_000
    assert len({event.id for event in decoded}) == 12_000


def test_every_event_fits_its_topic_s_schema(lines: list[bytes]) -> None:
    validators = {
        owner: Draft202012Validator(load_schema(schema))
        for owner, schema in (
            ("contact", "event.schema.json"),
            ("product", "product-event.schema.json"),
        )
    }
    for line in lines[:3_000]:
        event = json.loads(line)
        validators["product" if "product" in event else "contact"].validate(event)


def test_events_come_in_the_order_of_their_times(decoded: list[Event | ProductEvent]) -> None:
    assert decoded[0].time == PLAN.start_ms
    assert all(before.time <= after.time for before, after in pairwise(decoded))


def test_all_kinds_of_the_shop_s_events_occur(decoded: list[Event | ProductEvent]) -> None:
    assert {event.type for event in decoded} >= {
        "session_started",
        "page_viewed",
        "category_viewed",
        "product_viewed",
        "searched",
        "wishlist_added",
        "stock_alert_requested",
        "cart_item_added",
        "cart_item_removed",
        "cart_updated",
        "checkout_started",
        "order_placed",
        "order_cancelled",
        "message_sent",
        "message_delivered",
        "message_opened",
        "message_clicked",
        "contact_updated",
        "stock_changed",
        "price_changed",
        "product_updated",
    }


def test_the_rate_is_kept_on_average(decoded: list[Event | ProductEvent]) -> None:
    running = [event for event in decoded if event.time > PLAN.start_ms]
    seconds = (running[-1].time - PLAN.start_ms) / 1000
    assert len(running) / seconds == pytest.approx(PLAN.rate, rel=0.2)


def _stock_of(decoded: list[Event | ProductEvent]) -> dict[str, list[float]]:
    """The stock of every product after each of its changes, by the rules of located quantities."""
    held: defaultdict[str, dict[object, float]] = defaultdict(dict)
    told: defaultdict[str, list[float]] = defaultdict(list)
    for event in decoded:
        if event.type == "stock_changed":
            assert isinstance(event, ProductEvent)
            location, quantity = event.data.get("location"), event.data["quantity"]
            assert isinstance(quantity, int)
            assert quantity >= 0
            held[event.product][location] = quantity
            told[event.product].append(sum(held[event.product].values()))
    return told


def test_products_run_out_and_come_back(decoded: list[Event | ProductEvent]) -> None:
    told = _stock_of(decoded)
    ran_out = [p for p, stock in told.items() if any(a > 0 >= b for a, b in pairwise(stock))]
    came_back = [p for p, stock in told.items() if any(a <= 0 < b for a, b in pairwise(stock))]
    assert len(ran_out) > len(told) / 4
    assert len(came_back) > len(told) / 4


def test_a_product_is_kept_either_at_locations_or_as_a_whole(
    decoded: list[Event | ProductEvent],
) -> None:
    kinds: defaultdict[str, set[bool]] = defaultdict(set)
    for event in decoded:
        if isinstance(event, ProductEvent) and event.type == "stock_changed":
            kinds[event.product].add("location" in event.data)
    assert {frozenset(kind) for kind in kinds.values()} == {frozenset({True}), frozenset({False})}


def test_an_order_is_of_what_the_cart_holds(decoded: list[Event | ProductEvent]) -> None:
    carts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    orders = 0
    for event in decoded:
        if not isinstance(event, Event):
            continue
        cart, data = carts[event.contact], event.data
        if event.type == "cart_item_added":
            cart[data["product"]] += data["quantity"]
        elif event.type == "cart_item_removed":
            cart[data["product"]] -= data.get("quantity", cart[data["product"]])
        elif event.type == "cart_updated":
            carts[event.contact] = Counter({i["product"]: i["quantity"] for i in data["items"]})
        elif event.type == "order_placed":
            assert {i["product"]: i["quantity"] for i in data["items"]} == +cart
            assert data["total"] == sum(i["price"] * i["quantity"] for i in data["items"])
            cart.clear()
            orders += 1
    assert orders > 100


def test_seconds_end_the_run_before_the_first_event_past_them() -> None:
    times = [event_time_ms(event) for event in simulate(PLAN, seconds=60)]
    assert PLAN.start_ms + 30_000 < times[-1] < PLAN.start_ms + 60_000
    longer = [event_time_ms(event) for event in simulate(PLAN, seconds=600)]
    assert longer[: len(times)] == times
    assert longer[len(times)] >= PLAN.start_ms + 60_000


def test_a_shop_opened_later_repeats_no_id() -> None:
    later = ShopPlan(seed=7, contacts=200, products=40, start_ms=PLAN.start_ms + 1)
    first = {event["id"] for event in simulate(PLAN, events=500)}
    assert first.isdisjoint(event["id"] for event in simulate(later, events=500))


@pytest.mark.parametrize("wrong", ["contacts", "products", "rate", "think_s", "outage_s"])
def test_a_plan_that_cannot_be_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        ShopPlan(**{wrong: 0})


def test_guests_sign_in_and_become_contacts() -> None:
    plan = ShopPlan(seed=7, contacts=50, products=20, rate=4.0, think_s=5, guests=0.3)
    events = [decode(encode_line(event).rstrip()) for event in simulate(plan, events=3_000)]
    merges = [one for one in events if one.type == "contact_merged"]
    assert len(merges) > 20
    late_views = 0
    for merge in merges:
        assert isinstance(merge, Event)
        guest = merge.data["from"]
        of_guest = [one for one in events if isinstance(one, Event) and one.contact == guest]
        assert of_guest
        later = [one.type for one in of_guest if one.time > merge.time]
        assert {"order_cancelled", "product_viewed"} >= set(later)
        assert later.count("product_viewed") <= 1
        assert merge.contact.startswith("c-")
        late_views += "product_viewed" in later
    assert 0 < late_views < len(merges)


def test_a_share_of_guests_beyond_all_is_refused() -> None:
    with pytest.raises(ValueError, match="guests"):
        ShopPlan(guests=1.1)
