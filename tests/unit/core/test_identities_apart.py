"""Contacts who live in different partitions: what is on its way when something else happens."""

from typing import Any

import msgspec
import pytest

from streamseg.core.events import Event
from streamseg.core.identity.graves import Grave
from streamseg.rules import parse_rules
from tests.property.installation import Installation, home_of

RULES = parse_rules(
    "version: 1\nsegments: [{name: left, use: abandoned_cart, with: {after: 1h}, membership: true}]"
)
HOUR = 3_600_000
K, A = "k", "a"


@pytest.fixture
def shop() -> Installation:
    made = Installation(RULES, 16)
    assert home_of(K, 16) != home_of(A, 16)
    return made


def event(kind: str, contact: str, time: int, **data: Any) -> Event:
    return Event(kind, contact, time, data, f"{kind}-{contact}-{time}", f"{time}")


def advance(shop: Installation, now: int) -> None:
    for index, partition in enumerate(shop.partitions):
        partition.advance(now, None)
        shop.commit(index)


def told(shop: Installation, stream: str = "triggers") -> list[tuple[str, str]]:
    found = [msgspec.json.decode(one) for one in shop.told[stream]]
    return [(one["type"], one["contact"]) for one in found]


def kinds(shop: Installation) -> set[bytes]:
    return {key[:1] for log in shop.logs for key in log} - {b"n", b"l"}


def merge(shop: Installation) -> None:
    """A has a cart, and K's partition has read that A is K; nothing is delivered yet."""
    shop.read(event("cart_item_added", A, 0, product="bag"))
    shop.read(event("contact_merged", K, 100, **{"from": A}))
    advance(shop, 200)


def test_state_that_is_on_its_way_to_an_erased_contact_is_dropped(  # 27
    shop: Installation,
) -> None:
    merge(shop)
    shop.deliver(home_of(K, 16), home_of(A, 16))  # take: A's state is on its way
    shop.read(event("contact_erased", K, 300))
    advance(shop, 300)
    shop.deliver_all()
    shop.end(2 * HOUR)
    assert told(shop) == [("contact.erased", K), ("contact.erased", A)]
    assert kinds(shop) == {b"g"}
    graves = [
        msgspec.msgpack.decode(value, type=Grave)
        for log in shop.logs
        for key, value in log.items()
        if key[:1] == b"g"
    ]
    assert sorted((one.asked, one.answered) for one in graves) == [(0, 0), (1, 1)]


def test_an_erasure_that_overtakes_the_merge_leaves_the_other_alone(shop: Installation) -> None:
    merge(shop)
    shop.read(event("contact_erased", K, 300))
    advance(shop, 300)
    shop.deliver_all()
    shop.end(2 * HOUR)
    assert [one for one in told(shop) if one[0] == "contact.erased"] == [
        ("contact.erased", K),
        ("contact.erased", A),
    ]
    assert kinds(shop) == {b"g"}


def test_events_behind_the_state_come_after_it(shop: Installation) -> None:
    merge(shop)
    shop.deliver(home_of(K, 16), home_of(A, 16))
    shop.read(event("order_placed", A, 400, order="o1", items=[{"product": "bag"}]))
    advance(shop, 400)
    shop.deliver_all()
    shop.end(2 * HOUR)
    assert told(shop) == []


def test_a_partition_that_starts_again_between_two_hops_goes_on(  # 24
    shop: Installation,
) -> None:
    merge(shop)
    shop.partitions = [shop._start(index) for index in range(16)]
    shop.deliver(home_of(K, 16), home_of(A, 16))
    shop.partitions = [shop._start(index) for index in range(16)]
    shop.deliver_all()
    shop.end(2 * HOUR)
    assert told(shop) == [("trigger.fired", K)]


def circle(shop: Installation, *merges: tuple[str, str]) -> dict[str, Any]:
    """Who leads to whom in a circle, read at once in partitions of their own, each with a product
    in the cart; the one trigger that is told of it.
    """
    people = list(dict.fromkeys(one for merge in merges for one in merge))
    assert len({home_of(one, 16) for one in people}) == len(people)
    for number, one in enumerate(people):
        shop.read(event("cart_item_added", one, number, product=f"p-{one}"))
    for number, (into, source) in enumerate(merges):
        shop.read(event("contact_merged", into, 1_000 + 50 * number, **{"from": source}))
    advance(shop, 2_000)
    shop.deliver_all()
    for number, one in enumerate(people):
        shop.feed(event("cart_item_added", one, 3_000 + number, product=f"later-{one}"))
    shop.end(2 * HOUR)
    (told,) = shop.told["triggers"]
    found: dict[str, Any] = msgspec.json.decode(told)
    items = found["context"]["cart"]["items"]
    assert sorted(one["product"] for one in items) == sorted(
        f"{kind}-{one}" for one in people for kind in ("p", "later")
    )
    assert all(one["quantity"] == 1 for one in items)
    return found


def test_of_two_who_lead_to_each_other_one_is_the_keeper(shop: Installation) -> None:  # 18
    assert circle(shop, (K, A), (A, K))["contact"] == K


def test_of_three_in_a_circle_one_is_the_keeper_and_has_all(shop: Installation) -> None:  # 19
    third = next(
        one for one in "lmnopq" if home_of(one, 16) not in (home_of(K, 16), home_of(A, 16))
    )
    assert circle(shop, (K, A), (third, K), (A, third))["contact"] == third


def test_a_stub_is_erased_by_way_of_its_keeper(shop: Installation) -> None:
    merge(shop)
    shop.deliver_all()
    shop.feed(event("contact_erased", A, 300))
    shop.end(2 * HOUR)
    assert sorted(told(shop)) == [("contact.erased", A), ("contact.erased", K)]
    assert kinds(shop) == {b"g"}


def test_who_was_in_two_arms_is_of_none_whichever_partitions_they_are_in() -> None:
    rules = parse_rules(
        "version: 1\nvalue: {kpis: {}}\nsegments:\n"
        "  - {name: s, on: searched, policy: {split: {of: {a: 50, control: 50}}}}"
    )
    policy = rules.defined[0].policy
    assert policy is not None
    apart = next(
        (one, other)
        for one in map(str, range(99))
        for other in map(str, range(99))
        if policy.arm_of(one) != policy.arm_of(other) and home_of(one, 16) != home_of(other, 16)
    )
    counted = []
    for count in (1, 16):
        shop = Installation(rules, count)
        for contact in apart:
            shop.feed(event("searched", contact, HOUR, query="x"))
        shop.feed(event("order_placed", apart[1], 2 * HOUR, order="o", total=7))
        shop.feed(event("contact_merged", apart[0], 3 * HOUR, **{"from": apart[1]}))
        shop.end(4 * HOUR)
        (merged,) = (one for one in shop.told["decisions"] if b"contact.merged" in one)
        assert msgspec.json.decode(merged)["mixed"] == ["s"]
        figures: dict[str, list[int]] = {}
        for partition in shop.partitions:
            assert partition.counted is not None
            for day in partition.counted.days():
                for variant, one in day.figures.get("s", {}).items():
                    sums = figures.setdefault(variant, [0, 0])
                    sums[0] += one.exposures
                    sums[1] += one.converted
        counted.append({variant: sums for variant, sums in figures.items() if any(sums)})
    assert counted[0] == counted[1] == {"mixed": [2, 1]}
