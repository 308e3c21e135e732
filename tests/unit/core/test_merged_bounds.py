"""What a merge is bounded by, and what comes along with who is merged."""

from __future__ import annotations

import pytest

from streamseg.core.contacts.contact import Contact
from streamseg.core.events import Event
from streamseg.core.identity.links import MAX_IDS, decode_links
from streamseg.core.messages.outcomes import MERGE_REFUSED, ContactNews, Outcome, ProductChange
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules
from tests.unit.core.test_identities import Run, mail_in

HOUR = 3_600_000
ORDERS = "version: 1\nsegments: [{name: two, when: {did: order_placed, at_least: 2}, trigger: {}}]"
BACK = "version: 1\nsegments: [{name: back, use: back_in_stock}]"


def refused(outcomes: list[object]) -> list[str | None]:
    news = [one for one in outcomes if isinstance(one, ContactNews)]
    return [one.source for one in news if one.type == MERGE_REFUSED]


def test_at_most_so_many_ids_lead_to_one_contact() -> None:
    run = Run()
    for number in range(MAX_IDS):
        assert refused(run.tell("contact_merged", "k", number, **{"from": f"a{number}"})) == []
    assert refused(run.tell("contact_merged", "k", 999, **{"from": "one-more"})) == ["one-more"]
    assert len(decode_links(b"k", run.log[b"sk"]).ids) == MAX_IDS
    assert b"sone-more" not in run.log


@pytest.mark.parametrize(("mine", "others", "is_refused"), [(200, 55, False), (200, 56, True)])
def test_the_ids_of_who_is_merged_have_to_find_room(
    mine: int, others: int, is_refused: bool
) -> None:
    """A brings those who led to A, and itself; across partitions `take` says how many may come."""
    p, q = Run("k", *(f"k{n}" for n in range(mine))), Run("a", *(f"a{n}" for n in range(others)))
    for n in range(mine):
        p.tell("contact_merged", "k", n, **{"from": f"k{n}"})
    for n in range(others):
        q.tell("contact_merged", "a", n, **{"from": f"a{n}"})
    (take,) = mail_in(p.tell("contact_merged", "k", 500, **{"from": "a"}))
    q.partition.advance(500, None)
    q.partition.apply(take, None)
    told = q.commit()
    assert bool(refused(told)) == is_refused
    if is_refused:
        assert mail_in(told) == []
        return
    (state,) = mail_in(told)
    p.partition.advance(500, None)
    p.partition.apply(state, None)
    p.commit()
    assert len(decode_links(b"k", p.log[b"sk"]).ids) == mine + others + 1 <= MAX_IDS


@pytest.mark.parametrize("order", ["a6", "a69", "k6", "k69"])
def test_the_last_64_orders_of_each_side_are_remembered_after_a_merge(order: str) -> None:
    run = Run(rules=ORDERS)
    times = iter(range(1, 999))
    for who in "ak":
        for number in range(70):
            run.tell("order_placed", who, next(times), order=f"{who}{number}")
    run.tell("contact_merged", "k", 1_000, **{"from": "a"})
    before = run.partition.take().duplicates
    run.partition.apply(Event("order_placed", "k", 2_000, {"order": order}), None)
    assert run.partition.take().duplicates - before == 1


@pytest.mark.parametrize("order", ["a5", "k5"])
def test_those_before_are_not(order: str) -> None:
    run = Run(rules=ORDERS)
    times = iter(range(1, 999))
    for who in "ak":
        for number in range(70):
            run.tell("order_placed", who, next(times), order=f"{who}{number}")
    run.tell("contact_merged", "k", 1_000, **{"from": "a"})
    run.partition.apply(Event("order_placed", "k", 2_000, {"order": order}), None)
    assert run.partition.take().duplicates == 0


def stock(version: int, time: int, count: int) -> ProductChange:
    return ProductChange("bag", time, version, stock=count, stock_time=time)


def viewed(who: str, time: int) -> Event:
    return Event("product_viewed", who, time, {"product": "bag"}, f"v-{who}", f"v-{who}")


def backs(partition: Partition) -> list[str]:
    return [one.contact for one in partition.take().outcomes if isinstance(one, Outcome)]


def test_who_waits_for_a_product_is_found_under_the_keepers_id() -> None:
    partition = Partition(parse_rules(BACK))
    partition.ready()
    partition.build(None)
    partition.apply(stock(1, 1_000, 0), None)
    partition.apply(viewed("a", 2_000), None)
    partition.take()
    partition.install()
    assert list(partition._state.index.of("bag")) == [b"a"]
    partition.apply(Event("contact_merged", "k", 3_000, {"from": "a"}), None)
    partition.take()
    partition.install()
    assert list(partition._state.index.of("bag")) == [b"k"], "a left the index, and k came"
    partition.apply(stock(2, 4_000, 3), None)
    assert backs(partition) == ["k"]


def test_a_keeper_who_takes_a_product_over_is_not_told_of_a_change_that_was_on_its_way() -> None:
    """The restock of 4,000 is brought in slices of one contact; k has no interest of its own."""
    partition = Partition(parse_rules(BACK), slice_size=1)
    partition.ready()
    partition.build(None)
    partition.apply(stock(1, 1_000, 0), None)
    for who in ("a", "b", "c"):
        partition.apply(viewed(who, 2_000), None)
    partition.apply(stock(2, 4_000, 3), None)
    partition.apply(Event("contact_merged", "zz", 4_001, {"from": "a"}), None)
    while not partition.advance(partition.now, None, 1):
        pass
    told = backs(partition)
    assert sorted(told) in (["a", "b", "c"], ["b", "c", "zz"]), "of one interest once"


def test_a_feature_is_known_since_the_later_of_both() -> None:
    """The rule is new, and came to a's partition later: of the hours before nothing is known."""
    silent = "version: 1\nsegments: [{name: s, when: {not: {did: searched, within: 10h}}}]"
    p, q = Run("k"), Run("a")
    for run, who, hours in ((p, "k", 2), (q, "a", 5)):
        run.tell("session_started", who, 0)
        run.partition.advance(hours * HOUR, None)
        run.commit()
        run.rules = silent
        run.restart()
        run.tell("session_started", who, hours * HOUR)
    (take,) = mail_in(p.tell("contact_merged", "k", 6 * HOUR, **{"from": "a"}))
    q.partition.advance(6 * HOUR, None)
    q.partition.apply(take, None)
    (state,) = mail_in(q.commit())
    assert set(Contact.decode(b"k", p.log[b"ck"]).kept_since.values()) == {2 * HOUR}
    p.partition.apply(state, None)
    p.commit()
    assert set(Contact.decode(b"k", p.log[b"ck"]).kept_since.values()) == {5 * HOUR}


def test_what_is_dropped_at_a_grave_is_counted() -> None:
    run = Run()
    run.tell("contact_erased", "k", 100)
    partition = run.partition
    for late in (
        Event("page_viewed", "k", 99, {}),
        Event("contact_merged", "n", 98, {"from": "k"}),  # k has nothing to give
        Event("contact_merged", "k", 97, {"from": "a"}),
        Event("page_viewed", "k", 101, {}),
    ):
        partition.apply(late, None)
    assert partition.take().erased == 3
    partition.install()
    assert partition.take().erased == 0
